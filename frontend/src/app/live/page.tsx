import type { Metadata } from 'next';
import { PageTitle } from '@/components/page-title';
import { Live } from '@/features/live/live';

export const metadata: Metadata = { title: 'Live' };

export default function LivePage() {
  return (
    <>
      <PageTitle title="Live" />
      <Live />
    </>
  );
}
