'use client';

import type { ChartConfiguration } from 'chart.js';
import { ChartFrame } from '@/components/charts/chart-frame';
import { EmptyNote } from '@/components/data-region';
import type { Schemas } from '@/lib/api/client';
import { LINE_DASHES, LINE_TOKENS, tokenColor } from '@/lib/tokens';

type Line = { name: string; points: { x: number; y: number }[] };

const X = ['epoch', 'step'];

/** Numbers of the history by name; losses and the rest apart, for their scales differ. */
export function linesOf(history: readonly Record<string, unknown>[]): { losses: Line[]; others: Line[]; x: string } {
  const x = X.find((name) => history.some((row) => typeof row[name] === 'number')) ?? 'row';
  const names = [...new Set(history.flatMap((row) => Object.keys(row)))].filter((name) => !X.includes(name) && name !== 'learning_rate' && !/(runtime|per_second|seconds)/.test(name));
  const lines = names.map((name) => ({ name, points: history.flatMap((row, i) => (typeof row[name] === 'number' ? [{ x: typeof row[x] === 'number' ? row[x] : i, y: row[name] }] : [])) })).filter((line) => line.points.length);
  return { losses: lines.filter((line) => line.name.includes('loss')), others: lines.filter((line) => !line.name.includes('loss') && line.points.every((point) => Math.abs(point.y) <= 1)), x };
}

export function Curves({ found }: { found: Schemas['RunDetail'] }) {
  const { losses, others, x } = linesOf(found.history);
  if (!losses.length && !others.length) return <EmptyNote title="This model is fitted in one go: it has no training curve." />;
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {[{ title: 'Loss', lines: losses }, { title: 'Validation metrics', lines: others }].map(({ title, lines }) =>
        lines.length ? (
          <ChartFrame
            key={title}
            title={title}
            n={lines[0]?.points.length ?? 0}
            unit="evaluations"
            height={280}
            caption={`As it was logged, without smoothing; by ${x}.`}
            columns={['series', x, 'value']}
            rows={() => lines.flatMap((line) => line.points.map((point) => [line.name, point.x, point.y]))}
            fileName={`${found.run.run_id}-${title.toLowerCase().replaceAll(' ', '-')}`}
            chart={{ build: () => config(lines, x), version: `${found.run.run_id}-${title}` }}
          />
        ) : null,
      )}
    </div>
  );
}

function config(lines: Line[], x: string): ChartConfiguration {
  return {
    type: 'line',
    data: { datasets: lines.map((line, i) => ({ label: line.name, data: line.points, borderColor: tokenColor(LINE_TOKENS[i % LINE_TOKENS.length]!), borderDash: [...LINE_DASHES[(i + Math.floor(i / LINE_TOKENS.length)) % LINE_DASHES.length]!], borderWidth: 2, pointRadius: 2 })) },
    options: { animation: false, maintainAspectRatio: false, scales: { x: { type: 'linear', title: { display: true, text: x } } }, plugins: { legend: { labels: { boxHeight: 2 } }, zoom: { zoom: { mode: 'x' }, limits: { x: { min: 'original', max: 'original' } } } } },
  };
}
