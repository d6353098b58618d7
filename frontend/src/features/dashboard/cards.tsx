'use client';

import type { ReactNode } from 'react';
import { DataRegion } from '@/components/data-region';
import { LabelMark, TONE_FILL, useTone } from '@/components/label-mark';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import type { Schemas } from '@/lib/api/client';
import { count, decimal, interval, moment, percent } from '@/lib/format';
import { useSummary } from './queries';
import type { Filters } from './use-filters';

const GRID = 'grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-4';

export function Cards({ filters }: { filters: Filters }) {
  const query = useSummary(filters);
  return (
    <DataRegion
      query={query}
      skeleton={
        <div className={GRID}>
          {[0, 1, 2, 3].map((i) => (
            <Skeleton key={i} className="h-32" />
          ))}
        </div>
      }
      empty={{ title: 'No data.' }}
      partial={(found) => (filters.t.length > 1 ? `The figures below are of $${found.ticker}, the first of the chosen tickers.` : null)}
    >
      {(found) => <Figures found={found} />}
    </DataRegion>
  );
}

function Figures({ found }: { found: Schemas['SummaryResponse'] }) {
  const { current, previous, change, z } = found;
  const before = `Before (${moment(previous.start, 'UTC', 'date')} to ${moment(previous.end, 'UTC', 'date')})`;
  return (
    <div className={GRID}>
      <Figure title="Net sentiment" value={decimal(current.net, 2, true)} note={`95 % interval ${interval(current.low, current.high)}, −1 bearish to 1 bullish`}>
        {before}: {decimal(previous.net, 2, true)}
        {change == null ? '' : `; change ${decimal(change, 2, true)}${z == null ? '' : `, ${decimal(Math.abs(z), 1)} standard errors`}`}
      </Figure>
      <Figure title="Volume" value={count(current.n)} note={`tweets, ${moment(current.start, 'UTC', 'date')} to ${moment(current.end, 'UTC', 'date')}`}>
        {before}: {count(previous.n)}
      </Figure>
      <Card className="flex flex-col gap-2">
        <CardTitle>Share per label</CardTitle>
        {current.shares.length ? <Shares shares={current.shares} /> : <p className="text-muted-foreground">No tweets in this period.</p>}
      </Card>
      <Figure title="Abstentions" value={current.n ? percent(current.n_abstained / current.n, 1) : '–'} note={`${count(current.n_abstained)} of ${count(current.n)} tweets without a judgement`}>
        {before}: {previous.n ? percent(previous.n_abstained / previous.n, 1) : '–'}
      </Figure>
    </div>
  );
}

function Figure({ title, value, note, children }: { title: string; value: string; note: string; children: ReactNode }) {
  return (
    <Card className="flex min-h-32 flex-col gap-1">
      <CardTitle>{title}</CardTitle>
      <p className="text-3xl font-semibold tabular-nums">{value}</p>
      <p className="text-xs text-muted-foreground">{note}</p>
      <p className="mt-auto text-xs tabular-nums text-muted-foreground">{children}</p>
    </Card>
  );
}

/** Shares with their intervals; the bar shows the share, the line the interval. */
export function Shares({ shares }: { shares: Schemas['LabelShare'][] }) {
  const tone = useTone();
  return (
    <ul className="flex flex-col gap-1.5">
      {shares.map((share) => (
        <li key={share.label} className="grid grid-cols-[6rem_1fr_3rem] items-center gap-2" title={`${count(share.n)} tweets, 95 % interval ${interval(share.low, share.high, (v) => percent(v, 1))}`}>
          <LabelMark label={share.label} className="text-xs" />
          <span className="relative h-3 rounded-sm bg-muted">
            <span className={`absolute inset-y-0 left-0 rounded-sm ${TONE_FILL[tone(share.label)]}`} style={{ width: `${share.share * 100}%` }} />
            <span className="absolute inset-y-1 border-x border-foreground bg-foreground/40" style={{ left: `${share.low * 100}%`, width: `${Math.max(0.5, (share.high - share.low) * 100)}%` }} />
          </span>
          <span className="text-right text-xs tabular-nums">{percent(share.share)}</span>
        </li>
      ))}
    </ul>
  );
}
