'use client';

import Link from 'next/link';
import { parseAsArrayOf, parseAsString, useQueryState } from 'nuqs';
import { DataRegion, EmptyNote, Note } from '@/components/data-region';
import { CircleAlert } from 'lucide-react';
import { Foreign } from '@/components/foreign';
import { LabelMark } from '@/components/label-mark';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { Table } from '@/components/ui/table';
import type { Schemas } from '@/lib/api/client';
import { count, decimal, interval } from '@/lib/format';
import { figureOf, METRICS } from './figures';
import { useComparison } from './queries';

type Found = Schemas['RunComparison'];

export function Compare() {
  const [wanted] = useQueryState('ids', parseAsArrayOf(parseAsString).withDefault([]));
  const ids = [...new Set(wanted.filter((id) => /^[a-z0-9][a-z0-9_-]{0,80}$/.test(id)))].slice(0, 5);
  const query = useComparison(ids);
  if (ids.length < 2) return <EmptyNote title="Choose two to five runs on the leaderboard." action={<Link className="underline" href="/models/?tab=runs">To the leaderboard</Link>} />;
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-[32rem]" />} empty={{ title: 'Nothing to compare.' }}>
      {(found) => (
        <div className="flex flex-col gap-4">
          <Scores found={found} />
          <Pairs found={found} />
          <Differing found={found} />
          <Disagreements found={found} />
        </div>
      )}
    </DataRegion>
  );
}

function Scores({ found }: { found: Found }) {
  const differs = new Set(found.runs.map((run) => run.test_fingerprint)).size > 1;
  return (
    <Card>
      <CardTitle className="mb-2">Scores</CardTitle>
      {differs ? <Note icon={<CircleAlert className="size-4" />}>These runs were scored on different test sets: the columns say nothing about which is better. The paired tests below use shared tweets only.</Note> : null}
      <Table
        caption="Scores"
        rows={found.runs}
        rowKey={(run) => run.run_id}
        columns={[
          { title: 'Run', cell: (run) => <Link href={`/models/run/?id=${run.run_id}`} className="break-all font-mono text-xs underline">{run.run_id}</Link> },
          { title: 'n', numeric: true, cell: (run) => count(run.n_test) },
          ...METRICS.map(({ id, title }) => ({ title, numeric: true, cell: (run: Schemas['RunRow']) => { const { value, low, high } = figureOf(run.metrics[id]); return `${decimal(value, 3)} (${interval(low, high, (one) => decimal(one, 3))})`; } })),
        ]}
      />
    </Card>
  );
}

function Pairs({ found }: { found: Found }) {
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Is one really better?</CardTitle>
      {found.pairs.map((pair) => {
        const verdict = typeof pair.result?.verdict === 'string' ? pair.result.verdict : '';
        return (
          <div key={pair.run_b} className="foreign">
            <p className="font-mono text-xs">{pair.run_a} → {pair.run_b}</p>
            {pair.problem ? <p className="text-muted-foreground">{pair.problem}</p> : <p>{verdict}</p>}
          </div>
        );
      })}
    </Card>
  );
}

function Differing({ found }: { found: Found }) {
  const rows = Object.entries(found.parameters);
  return (
    <Card>
      <CardTitle className="mb-2">Parameters that differ</CardTitle>
      {rows.length ? <Table caption="Parameters that differ" rows={rows} rowKey={([name]) => name} columns={[{ title: 'Name', cell: ([name]) => name }, ...found.runs.map((run) => ({ title: run.run_id, cell: ([, values]: [string, Record<string, string>]) => <span className="foreign font-mono text-xs">{values[run.run_id] || '–'}</span> }))]} /> : <p className="text-muted-foreground">None: the runs had the same parameters.</p>}
    </Card>
  );
}

function Disagreements({ found }: { found: Found }) {
  return (
    <Card>
      <CardTitle className="mb-2">Where they disagree</CardTitle>
      {found.disagreements.length ? (
        <Table
          caption="Tweets on which the runs disagree"
          rows={found.disagreements}
          rowKey={(row) => row.tweet_id}
          columns={[
            { title: 'Tweet', className: 'min-w-72', cell: (row) => <Foreign className="max-h-24">{row.text}</Foreign> },
            { title: 'True', cell: (row) => (row.label ? <LabelMark label={row.label} /> : '–') },
            ...found.runs.map((run) => ({ title: run.run_id, cell: (row: Schemas['Disagreement']) => <LabelMark label={row.predicted[run.run_id] ?? '–'} /> })),
          ]}
        />
      ) : (
        <p className="text-muted-foreground">No shared test tweet is judged differently.</p>
      )}
    </Card>
  );
}
