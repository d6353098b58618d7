'use client';

import { useMemo } from 'react';
import { ChartFrame } from '@/components/charts/chart-frame';
import { DataRegion } from '@/components/data-region';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import type { Schemas } from '@/lib/api/client';
import { count } from '@/lib/format';
import { keepPeaks } from './peaks';
import { useCloses, useSeries } from './queries';
import { nameOf, seriesConfig, type Closes } from './series-config';
import { bucketEnd, FEW, type Filters, type SetFilters } from './use-filters';

const HEIGHT = 340;
const MOST_POINTS = 2_000; // a line; the server sends no more, and a screen shows no more

export function SeriesChart({ filters, set }: { filters: Filters; set: SetFilters }) {
  const query = useSeries(filters);
  const { closes, failed } = useCloses(filters.t[0], filters.from ?? query.data?.start, filters.to); // asked for beside the series, not after it
  return (
    <DataRegion
      query={query}
      skeleton={<Skeleton className="h-[452px] sm:h-[438px]" />}
      isEmpty={(found) => found.series.every((one) => one.points.length === 0)}
      empty={{ title: 'No tweets in this period.', action: <Button variant="outline" onClick={() => void set(null)}>Show the last 30 days of all tweets</Button> }}
      partial={(found) => [missing(found), failed ? 'Prices could not be loaded.' : null].filter(Boolean).join(' ') || null}
    >
      {(found) => <Drawn found={found} closes={closes?.ticker === found.series[0]?.ticker ? closes : null} set={set} />}
    </DataRegion>
  );
}

function missing(found: Schemas['SeriesResponse']): string | null {
  const none = found.series.filter((one) => !one.points.length).map((one) => nameOf(one.ticker));
  const thinned = found.series.filter((one) => one.n_total > MOST_POINTS).map((one) => `${count(keepPeaks(one.points, MOST_POINTS).length)} of ${count(one.n_total)} points of ${nameOf(one.ticker)} are drawn, peaks among them`);
  return [...(none.length ? [`No tweets about ${none.join(', ')} in this period.`] : []), ...thinned].join(' ') || null;
}

function Drawn({ found, closes, set }: { found: Schemas['SeriesResponse']; closes: Closes | null; set: SetFilters }) {
  const open = (time: string) => void set({ at: new Date(time).toISOString().replace('.000Z', 'Z') });
  const version = useMemo(() => ({ found, closes }), [found, closes]);
  const priced = (ticker: string, time: string) => (closes ? [ticker === closes.ticker ? closeIn(closes, time, found.bucket) : null] : []);
  const rows = () => found.series.flatMap((one) => one.points.map((point) => [nameOf(one.ticker), point.time.slice(0, 16).replace('T', ' '), point.net, point.low, point.high, point.n, point.n_abstained, ...priced(one.ticker, point.time), point.n < FEW ? 'too few tweets' : '']));
  const timeOf = (row: number) => found.series.flatMap((one) => one.points)[row]!.time;
  return (
    <ChartFrame
      title="Net sentiment over time"
      n={found.series.reduce((sum, one) => sum + one.points.reduce((all, point) => all + point.n, 0), 0)}
      caption={
        <>
          Mean place of the judged tweets between −1 (bearish) and 1 (bullish), per {found.bucket} in UTC; the band is the 95 % interval, bars are the volume. Hollow: fewer than {FEW} tweets, too few to say much. Click for the tweets, drag to choose a period.{closes ? ` Dashed, on the right axis: daily close of ${nameOf(closes.ticker)}, adjusted for splits and dividends.` : ''}
        </>
      }
      height={HEIGHT}
      columns={['ticker', 'time', 'net', 'low', 'high', 'n', 'n_abstained', ...(closes ? ['close'] : []), 'note']}
      rows={rows}
      rowAction={(row) => (
        <Button variant="outline" size="sm" onClick={() => open(timeOf(row))}>
          Tweets
        </Button>
      )}
      fileName="tweetsent-series"
      chart={{ build: () => seriesConfig(drawn(found), { onBucket: open, onSpan: (from, to) => void set(spanOf(from, to, found.bucket)) }, closes), version }}
    />
  );
}

const drawn = (found: Schemas['SeriesResponse']): Schemas['SeriesResponse'] => ({ ...found, series: found.series.map((one) => ({ ...one, points: [...keepPeaks(one.points, MOST_POINTS)] })) });

/** The last close of a bucket; none where no day of it was traded. */
export function closeIn({ closes }: Closes, time: string, bucket: Schemas['SeriesResponse']['bucket']): number | null {
  const [first, end] = [time.slice(0, 10), bucketEnd(time, bucket)];
  const last = closes.filter((one) => one.day >= first && one.day < (bucket === 'hour' ? `${first}~` : end.slice(0, 10))).at(-1);
  return last?.close ?? null;
}

/** The chosen period in whole days, or to the second where buckets are hours; at least one bucket. */
export function spanOf(from: string, to: string, bucket: Schemas['SeriesResponse']['bucket']): { from: string; to: string; at: null } {
  const cut = (iso: string) => (bucket === 'hour' ? `${iso.slice(0, 13)}:00Z` : iso.slice(0, 10));
  const start = cut(from);
  const whole = bucket === 'hour' ? 'hour' : 'day';
  return { from: start, to: cut(bucketEnd(cut(to), whole)), at: null };
}
