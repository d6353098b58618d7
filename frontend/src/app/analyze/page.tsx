import type { Metadata } from 'next';
import { InBrowser } from '@/components/in-browser';
import { PageTitle } from '@/components/page-title';
import { Skeleton } from '@/components/ui/skeleton';
import { Analyze } from '@/features/analyze/analyze-later';

export const metadata: Metadata = { title: 'Analyze' };

export default function AnalyzePage() {
  return (
    <>
      <PageTitle title="Analyze" lead="What the active model makes of a tweet, of many, or of a whole file: how sure it is, which words led there, and a place to put a wrong label right." />
      <InBrowser fallback={<Skeleton className="h-96" />}>
        <Analyze />
      </InBrowser>
    </>
  );
}
