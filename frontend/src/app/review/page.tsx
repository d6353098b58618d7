import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Review } from '@/features/review/review';

export const metadata: Metadata = { title: 'Review' };

export default function ReviewPage() {
  return (
    <>
      <PageTitle title="Review" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Review />
      </Suspense>
    </>
  );
}
