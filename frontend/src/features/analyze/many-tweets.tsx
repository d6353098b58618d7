'use client';

import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { ProblemNote } from '@/components/data-region';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Field, Textarea } from '@/components/ui/field';
import { VirtualList } from '@/components/virtual-list';
import type { Schemas } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { saveCsv } from '@/lib/csv';
import { count, percent } from '@/lib/format';
import { cn } from '@/lib/utils';
import { usePreferences } from '@/stores/preferences';
import { predict } from './use-answer';

const CHUNK = 256;
const MOST = 5_000;

type Row = { text: string; prediction: Schemas['Prediction'] };

export function ManyTweets() {
  const [pasted, setPasted] = useState('');
  const [done, setDone] = useState(0);
  const [rows, setRows] = useState<Row[]>([]); // those scored so far, also when a part failed
  const texts = pasted.split('\n').map((line) => line.trim()).filter(Boolean);
  const score = useMutation<void, ApiProblem, { wanted: string[]; kept: Row[] }>({
    mutationFn: async ({ wanted, kept }) => {
      const found = [...kept];
      try {
        while (found.length < wanted.length) {
          const chunk = wanted.slice(found.length, found.length + CHUNK);
          const answer = await predict({ texts: chunk });
          found.push(...answer.predictions.map((prediction, i) => ({ text: chunk[i] ?? '', prediction })));
          setDone(found.length);
        }
      } finally {
        setRows(found);
      }
    },
  });
  const run = () => (setDone(0), setRows([]), score.mutate({ wanted: texts.slice(0, MOST), kept: [] }));
  const goOn = () => score.variables && score.mutate({ ...score.variables, kept: rows });
  return (
    <div className="flex flex-col gap-4">
      <Field label="Tweets, one a line" hint={`${count(texts.length)} tweets${texts.length > MOST ? `; only the first ${count(MOST)} are sent: take a file for more` : ''}`}>
        <Textarea data-search dir="auto" rows={8} value={pasted} onChange={(event) => setPasted(event.target.value)} />
      </Field>
      <Button className="self-start" onClick={run} disabled={!texts.length || score.isPending}>
        {score.isPending ? `${count(done)} of ${count(score.variables.wanted.length)} …` : 'Analyze all'}
      </Button>
      {score.error ? <ProblemNote problem={asProblem(score.error)} onRetry={goOn} /> : null}
      {score.error && rows.length ? <p role="status" className="text-muted-foreground">{count(rows.length)} of {count(score.variables.wanted.length)} are scored and kept; Retry goes on behind them.</p> : null}
      {rows.length ? <Rows rows={rows} /> : null}
    </div>
  );
}

function Rows({ rows: scored }: { rows: Row[] }) {
  const limit = usePreferences((state) => state.abstainBelow) ?? 0;
  const rows = scored.map(({ text, prediction }) => ({ text, prediction: { ...prediction, abstained: prediction.abstained || prediction.score < limit } }));
  const counts = new Map<string, number>();
  for (const { prediction } of rows) if (!prediction.abstained) counts.set(prediction.label, (counts.get(prediction.label) ?? 0) + 1);
  const silent = rows.filter((row) => row.prediction.abstained).length;
  const names = Object.keys(rows[0]?.prediction.probs ?? {});
  const save = () => saveCsv('tweetsent-tweets.csv', ['text', 'label', 'score', 'abstained', ...names.map((name) => `prob_${name}`)], rows.map(({ text, prediction }) => [text, prediction.label, prediction.score, prediction.abstained, ...names.map((name) => prediction.probs[name])]));
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-4" role="status">
        {[...counts].map(([label, n]) => (
          <span key={label} className="inline-flex items-center gap-2 tabular-nums">
            <LabelMark label={label} /> {count(n)}
          </span>
        ))}
        {silent ? <span className="text-muted-foreground tabular-nums">no judgement {count(silent)}</span> : null}
        <Button variant="outline" size="sm" className="ml-auto" onClick={save}>
          <Download /> CSV
        </Button>
      </div>
      <VirtualList label="Scored tweets" rows={rows} rowHeight={36} height={Math.min(480, rows.length * 36)}>
        {(row) => (
          <>
            <LabelMark label={row.prediction.label} abstained={row.prediction.abstained} className={cn('text-xs', row.prediction.abstained ? 'w-44 opacity-70' : 'w-24')} />
            <span className="w-12 shrink-0 text-right text-xs tabular-nums">{percent(row.prediction.score)}</span>
            <span dir="auto" className="foreign min-w-0 flex-1 truncate !whitespace-nowrap" title={row.text}>
              {row.text}
            </span>
          </>
        )}
      </VirtualList>
    </div>
  );
}
