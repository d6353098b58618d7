import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Compare } from '@/features/models/compare-later';

export const metadata: Metadata = { title: 'Compare runs' };

export default function ComparePage() {
  return (
    <>
      <PageTitle title="Compare runs" lead="Does one run really beat the other? The differences on the rows that both have scored, with intervals and the tests behind them." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Compare />
      </InBrowser>
    </>
  );
}
