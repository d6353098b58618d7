import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Models } from '@/features/models/models-later';

export const metadata: Metadata = { title: 'Models' };

export default function ModelsPage() {
  return (
    <>
      <PageTitle title="Models" lead="What was trained and how well it does on tweets that it has not seen: with intervals, beside the baseline. Choose two runs to compare them." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Models />
      </InBrowser>
    </>
  );
}
