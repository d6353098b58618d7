import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Settings } from '@/features/settings/settings-later';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <>
      <PageTitle title="Settings" lead="The key to this server, how the page looks, how times are shown, and what answers behind it." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Settings />
      </InBrowser>
    </>
  );
}
