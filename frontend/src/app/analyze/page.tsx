import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Analyze } from '@/features/analyze/analyze';

export const metadata: Metadata = { title: 'Analyze' };

export default function AnalyzePage() {
  return (
    <>
      <PageTitle title="Analyze" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Analyze />
      </Suspense>
    </>
  );
}
