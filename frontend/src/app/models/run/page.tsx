import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Run } from '@/features/models/run-later';

export const metadata: Metadata = { title: 'Run' };

export default function RunPage() {
  return (
    <>
      <PageTitle title="Run" lead="One run: its scores with their intervals, where it goes wrong, how far its confidence can be trusted, and the report to pass on." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Run />
      </InBrowser>
    </>
  );
}
