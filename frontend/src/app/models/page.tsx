import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Models } from '@/features/models/models';

export const metadata: Metadata = { title: 'Models' };

export default function ModelsPage() {
  return (
    <>
      <PageTitle title="Models" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Models />
      </Suspense>
    </>
  );
}
