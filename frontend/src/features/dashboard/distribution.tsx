'use client';

import { ChartFrame } from '@/components/charts/chart-frame';
import { DataRegion } from '@/components/data-region';
import { Skeleton } from '@/components/ui/skeleton';
import { Shares } from './cards';
import { useSummary } from './queries';
import type { Filters } from './use-filters';

export function Distribution({ filters }: { filters: Filters }) {
  const query = useSummary(filters);
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-56" />} isEmpty={(found) => found.current.n === 0} empty={{ title: 'No tweets in this period: nothing to distribute.' }}>
      {({ current, previous }) => (
        <ChartFrame
          title="Distribution of labels"
          n={current.n}
          height={220}
          caption="Share of all tweets of the period; the dark line is the 95 % interval (Wilson). Below: the period before."
          columns={['period', 'label', 'n', 'share', 'low', 'high']}
          rows={() => [...current.shares.map((one) => ['now', one.label, one.n, one.share, one.low, one.high]), ...previous.shares.map((one) => ['before', one.label, one.n, one.share, one.low, one.high])]}
          fileName="tweetsent-distribution"
        >
          <div className="flex flex-col gap-4">
            <Shares shares={current.shares} />
            {previous.shares.length ? (
              <div>
                <p className="mb-1 text-xs text-muted-foreground">Before</p>
                <Shares shares={previous.shares} />
              </div>
            ) : null}
          </div>
        </ChartFrame>
      )}
    </DataRegion>
  );
}
