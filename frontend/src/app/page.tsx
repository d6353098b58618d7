import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Dashboard } from '@/features/dashboard/dashboard-later';

export default function DashboardPage() {
  return (
    <>
      <PageTitle title="Dashboard" lead="What the stored tweets say about the market, as the active model reads them. Each figure tells how many tweets it stands on and how sure it is; a click in the chart leads to the tweets." />
      <InBrowser fallback={<Skeleton className="h-dvh" />}>
        <Dashboard />
      </InBrowser>
    </>
  );
}
