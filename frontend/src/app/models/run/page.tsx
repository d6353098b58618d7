import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Run } from '@/features/models/run';

export const metadata: Metadata = { title: 'Run' };

export default function RunPage() {
  return (
    <>
      <PageTitle title="Run" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Run />
      </Suspense>
    </>
  );
}
