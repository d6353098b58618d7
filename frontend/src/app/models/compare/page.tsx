import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Compare } from '@/features/models/compare';

export const metadata: Metadata = { title: 'Compare runs' };

export default function ComparePage() {
  return (
    <>
      <PageTitle title="Compare runs" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Compare />
      </Suspense>
    </>
  );
}
