import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { LiveFrame } from '@/features/live/frame';
import { Live } from '@/features/live/live-later';

export const metadata: Metadata = { title: 'Live' };

export default function LivePage() {
  return (
    <>
      <PageTitle title="Live" lead="Tweets as they are sent in, with what the active model says of each. After a gap the stream goes on where it stopped; nothing is shown twice." />
      <InBrowser fallback={<LiveFrame />}>
        <Live />
      </InBrowser>
    </>
  );
}
