import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Live } from '@/features/live/live';

export const metadata: Metadata = { title: 'Live' };

export default function LivePage() {
  return (
    <>
      <PageTitle title="Live" />
      <Suspense fallback={<Skeleton className="h-96" />}>
        <Live />
      </Suspense>
    </>
  );
}
