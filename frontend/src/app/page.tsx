import { Suspense } from 'react';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Dashboard } from '@/features/dashboard/dashboard';

export default function DashboardPage() {
  return (
    <>
      <PageTitle title="Dashboard" />
      <Suspense fallback={<Skeleton className="h-dvh" />}>
        <Dashboard />
      </Suspense>
    </>
  );
}
