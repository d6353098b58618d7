'use client';

import { DataRegion } from '@/components/data-region';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { api, type Schemas } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';
import { count, decimal, interval, percent } from '@/lib/format';

export function Statistics({ queue }: { queue: string }) {
  const query = useApi(['review', 'stats', queue], (signal) => api.GET('/api/v1/review/stats', { params: { query: { queue } }, signal }));
  return (
    <Card className="self-start">
      <CardTitle className="mb-3">How far we are, and how far we agree</CardTitle>
      <DataRegion query={query} skeleton={<Skeleton className="h-48" />} empty={{ title: 'Nothing decided yet.' }}>
        {(found) => (
          <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1.5 tabular-nums">
            <Row name="Items" value={count(found.n_items)} />
            <Row name="Decided by somebody" value={count(found.n_decided)} />
            <Row name="Left" value={count(found.n_remaining)} />
            <Row name="Disputed" value={count(found.n_disputed)} />
            <Row name="Adjudicated" value={count(found.n_adjudicated)} />
            <Row name="Equal to the machines' consensus" value={shown(found.with_consensus, percent)} />
            <Row name="Krippendorff's alpha between reviewers" value={found.between_reviewers ? shown(found.between_reviewers, decimal) : 'no item has two decisions'} />
          </dl>
        )}
      </DataRegion>
    </Card>
  );
}

const shown = (figure: Schemas['Figure'], show: (value: number) => string): string => (figure.value === null ? '–' : `${show(figure.value)} (${interval(figure.low, figure.high, show)}), n ${count(figure.n)}`);

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="max-w-36 text-right">{value}</dd>
    </>
  );
}
