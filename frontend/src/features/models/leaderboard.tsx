'use client';

import Link from 'next/link';
import { useState } from 'react';
import { DataRegion } from '@/components/data-region';
import { Badge } from '@/components/ui/badge';
import { buttonVariants } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { Table } from '@/components/ui/table';
import type { Schemas } from '@/lib/api/client';
import { count, decimal, interval, moment } from '@/lib/format';
import { boards, METRICS, type Board, type Entry } from './figures';
import { useRuns } from './queries';

export function Leaderboard() {
  const query = useRuns();
  const [chosen, setChosen] = useState<string[]>([]);
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-5));
  return (
    <DataRegion
      query={query}
      skeleton={<Skeleton className="h-80" />}
      isEmpty={(found) => found.runs.length === 0 && found.failed.length === 0}
      empty={{ title: 'No runs yet. Train one: tweetsent run train -p data my_tweets.csv' }}
      partial={(found) => (found.next_cursor === null ? null : `The newest ${count(found.runs.length)} of ${count(found.n_total)} runs.`)}
    >
      {(found) => (
        <div className="flex flex-col gap-4">
          <div className="flex flex-wrap items-center gap-3">
            <p className="text-muted-foreground">Choose two to five runs to compare them. Ranked by macro F1, each test set for itself.</p>
            {chosen.length > 1 ? (
              <Link href={`/models/compare/?ids=${chosen.join(',')}`} className={buttonVariants({})}>
                Compare {chosen.length} runs
              </Link>
            ) : null}
          </div>
          {boards(found.runs).map((board) => (
            <BoardTable key={board.fingerprint} board={board} chosen={chosen} toggle={toggle} />
          ))}
          <Failed rows={found.failed} />
        </div>
      )}
    </DataRegion>
  );
}

function BoardTable({ board, chosen, toggle }: { board: Board; chosen: string[]; toggle: (id: string) => void }) {
  const title = `Test set ${board.fingerprint} (${board.data})`;
  return (
    <Card className="flex flex-col gap-2">
      <CardTitle className="foreign">
        {title}, n = {count(board.n)}
      </CardTitle>
      <Table
        caption={title}
        rows={board.entries}
        rowKey={(entry) => entry.newest.run_id}
        columns={[
          { title: 'Compare', cell: (entry) => <input type="checkbox" className="size-4 accent-ring" checked={chosen.includes(entry.newest.run_id)} onChange={() => toggle(entry.newest.run_id)} aria-label={`Compare ${entry.newest.run_id}`} /> },
          { title: 'Run', className: 'min-w-40 sm:min-w-64', cell: (entry) => <Name entry={entry} /> },
          ...METRICS.map(({ id, title: name }) => ({ title: name, numeric: true, cell: (entry: Entry) => <Score entry={entry} metric={id} /> })),
        ]}
      />
    </Card>
  );
}

function Name({ entry }: { entry: Entry }) {
  const { seeds } = entry;
  return (
    <span className="flex flex-col gap-0.5">
      <span className="flex flex-wrap items-center gap-1.5">
        <Link href={`/models/run/?id=${entry.newest.run_id}`} className="font-medium underline underline-offset-4">
          {entry.newest.model}
        </Link>
        {entry.best ? <Badge>best here</Badge> : entry.tied ? <Badge variant="outline">tie with the best</Badge> : null}
        {seeds > 1 ? <Badge variant="outline">mean of {seeds} seeds</Badge> : null}
      </span>
      <span className="break-all font-mono text-xs text-muted-foreground">{entry.newest.run_id}</span>
    </span>
  );
}

function Score({ entry, metric }: { entry: Entry; metric: string }) {
  const { value, low, high } = entry.mean[metric] ?? { value: null, low: null, high: null };
  return (
    <span className="flex flex-col">
      <span>{decimal(value, 3)}</span>
      <span className="text-xs text-muted-foreground">{interval(low, high, (value) => decimal(value, 3))}</span>
    </span>
  );
}

function Failed({ rows }: { rows: Schemas['FailedRunRow'][] }) {
  if (!rows.length) return null;
  return (
    <details className="rounded-lg border bg-card p-4">
      <summary className="cursor-pointer font-semibold">{count(rows.length)} failed runs</summary>
      <ul className="mt-2 flex flex-col gap-2">
        {rows.map((row) => (
          <li key={row.run_id} className="foreign">
            <span className="font-mono text-xs">{row.run_id}</span> {moment(row.failed_at)}: {row.error}
          </li>
        ))}
      </ul>
    </details>
  );
}
