'use client';

import { parseAsString, useQueryStates } from 'nuqs';
import { ChartFrame } from '@/components/charts/chart-frame';
import { DataRegion } from '@/components/data-region';
import { Foreign } from '@/components/foreign';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import type { Schemas } from '@/lib/api/client';
import { count, percent } from '@/lib/format';
import { cn } from '@/lib/utils';
import { useConfusion, useErrors } from './queries';

/** True against predicted labels; each cell opens its tweets. */
export function Confusion({ id }: { id: string }) {
  const query = useConfusion(id);
  const [cell, setCell] = useQueryStates({ y: parseAsString, p: parseAsString });
  return (
    <>
      <DataRegion query={query} skeleton={<Skeleton className="h-80" />} isEmpty={(found) => !found.counts} empty={{ title: 'This run scored no test rows: there is no confusion matrix.' }}>
        {(found) => <Matrix found={found} cell={cell} onCell={(y, p) => void setCell({ y, p })} />}
      </DataRegion>
      {cell.y && cell.p ? <Behind id={id} label={cell.y} predicted={cell.p} onClose={() => void setCell(null)} /> : null}
    </>
  );
}

type MatrixProps = { found: Schemas['Confusion']; cell: { y: string | null; p: string | null }; onCell: (label: string, predicted: string) => void };

function Matrix({ found, cell, onCell }: MatrixProps) {
  const counts = found.counts ?? [];
  const names = found.label_names;
  const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  return (
    <ChartFrame title="Confusion matrix" n={totals.reduce((sum, n) => sum + n, 0)} height={260} caption="Rows: true labels; columns: predicted ones; per cent of the row. A cell opens its tweets." columns={['true', ...names]} rows={() => counts.map((row, i) => [names[i], ...row])} fileName={`${found.run_id}-confusion`}>
      <div className="max-w-full overflow-x-auto">
        <table className="w-full border-separate border-spacing-1 tabular-nums">
          <thead>
            <tr>
              <th scope="col" className="text-left text-xs font-normal text-muted-foreground">true \ predicted</th>
              {names.map((name) => <th key={name} scope="col"><LabelMark label={name} className="text-xs" /></th>)}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, i) => (
              <tr key={names[i]}>
                <th scope="row" className="text-left"><LabelMark label={names[i] ?? ''} className="text-xs" /></th>
                {row.map((n, j) => {
                  const share = totals[i] ? n / totals[i]! : 0;
                  const isChosen = cell.y === names[i] && cell.p === names[j];
                  return (
                    <td key={names[j]}>
                      <button type="button" aria-pressed={isChosen} aria-label={`${count(n)} tweets: true ${names[i]}, predicted ${names[j]}`} onClick={() => onCell(names[i] ?? '', names[j] ?? '')} className={cn('flex h-14 w-full min-w-16 flex-col items-center justify-center rounded hover:border-ring', isChosen ? 'border-2 border-ring' : 'border')} style={{ backgroundColor: `hsl(var(--ring) / ${(share * 0.35).toFixed(2)})` }}>
                        <span className="font-semibold">{count(n)}</span>
                        <span className="text-xs">{percent(share)}</span>
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </ChartFrame>
  );
}

function Behind({ id, label, predicted, onClose }: { id: string; label: string; predicted: string; onClose: () => void }) {
  const query = useErrors(id, label, predicted);
  return (
    <Card className="flex flex-col gap-3 lg:col-span-2">
      <div className="flex flex-wrap items-center gap-2">
        <CardTitle className="flex flex-wrap gap-2">True <LabelMark label={label} /> predicted <LabelMark label={predicted} /></CardTitle>
        <Button variant="outline" size="sm" className="ml-auto" onClick={onClose}>Close</Button>
      </div>
      <DataRegion query={query} skeleton={<Skeleton className="h-40" />} isEmpty={(found) => found.rows.length === 0} empty={{ title: 'No tweet is in this cell.' }} partial={(found) => (found.n_total > found.rows.length ? `The ${count(found.rows.length)} surest of ${count(found.n_total)} tweets.` : null)}>
        {(found) => (
          <ul className="max-h-96 overflow-y-auto" tabIndex={0} aria-label="Tweets of the cell">
            {found.rows.map((row) => (
              <li key={row.tweet_id} className="flex gap-3 border-b py-2 last:border-0">
                <span className="w-12 shrink-0 text-right tabular-nums text-muted-foreground">{percent(row.score)}</span>
                <Foreign className="max-h-32">{row.text}</Foreign>
              </li>
            ))}
          </ul>
        )}
      </DataRegion>
    </Card>
  );
}
