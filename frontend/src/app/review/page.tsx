import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Review } from '@/features/review/review-later';

export const metadata: Metadata = { title: 'Review' };

export default function ReviewPage() {
  return (
    <>
      <PageTitle title="Review" lead="Tweets that the annotators disagree on, or that are probably labelled wrong. One key decides; each decision is kept once, also when the network is away for a while." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Review />
      </InBrowser>
    </>
  );
}
