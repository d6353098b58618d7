'use client';

import type { ChartConfiguration } from 'chart.js';
import { ChartFrame } from '@/components/charts/chart-frame';
import { DataRegion } from '@/components/data-region';
import { Skeleton } from '@/components/ui/skeleton';
import type { Schemas } from '@/lib/api/client';
import { decimal, interval } from '@/lib/format';
import { tokenColor } from '@/lib/tokens';
import { figureOf } from './figures';
import { useCalibration } from './queries';

type Bin = { confidence: number; accuracy: number; n: number; low: number | null; high: number | null };

function binsOf(rows: Schemas['Calibration']['bins']): Bin[] {
  const pick = (row: Record<string, unknown>, name: string) => (typeof row[name] === 'number' ? row[name] : NaN);
  return rows.map((row) => ({ confidence: pick(row, 'confidence'), accuracy: pick(row, 'accuracy'), n: pick(row, 'n'), low: pick(row, 'accuracy_low'), high: pick(row, 'accuracy_high') })).filter((bin) => bin.n > 0);
}

export function Calibration({ id }: { id: string }) {
  const query = useCalibration(id);
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-80" />} isEmpty={(found) => found.bins.length === 0} empty={{ title: 'This run scored no test rows: nothing says how far its scores can be trusted.' }}>
      {(found) => {
        const bins = binsOf(found.bins);
        const error = figureOf(found.expected_calibration_error);
        return (
          <ChartFrame
            title="Reliability"
            n={bins.reduce((sum, bin) => sum + bin.n, 0)}
            height={260}
            caption={`On the line, scores are probabilities; the band is the 95 % interval (Wilson) of the accuracy. Calibration error ${decimal(error.value, 3)} (${interval(error.low, error.high, (value) => decimal(value, 3))})${found.temperature === null ? '' : `, temperature ${decimal(found.temperature, 2)}`}. Hollow: fewer than 20 tweets.`}
            columns={['mean score', 'accuracy', 'low', 'high', 'n']}
            rows={() => bins.map((bin) => [bin.confidence, bin.accuracy, bin.low, bin.high, bin.n])}
            fileName={`${id}-reliability`}
            chart={{ build: () => config(bins), version: found }}
          />
        );
      }}
    </DataRegion>
  );
}

function config(bins: Bin[]): ChartConfiguration {
  const ink = tokenColor('ring');
  const points = bins.map((bin) => ({ x: bin.confidence, y: bin.accuracy }));
  const edge = (side: 'low' | 'high') => bins.map((bin) => ({ x: bin.confidence, y: bin[side] ?? NaN }));
  const band = { borderWidth: 0, pointRadius: 0 };
  return {
    type: 'line',
    data: {
      datasets: [
        { label: 'model', data: points, borderColor: ink, borderWidth: 2, pointRadius: 4, pointBorderColor: ink, pointBackgroundColor: bins.map((bin) => (bin.n < 20 ? tokenColor('card') : ink)) },
        { label: 'low', data: edge('low'), ...band },
        { label: 'high', data: edge('high'), ...band, fill: '-1', backgroundColor: tokenColor('ring', 0.15) },
        { label: 'scores are probabilities', data: [{ x: 0, y: 0 }, { x: 1, y: 1 }], borderColor: tokenColor('muted-foreground'), borderDash: [4, 4], borderWidth: 1, pointRadius: 0 },
      ],
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      scales: { x: { type: 'linear', min: 0, max: 1, title: { display: true, text: 'score' } }, y: { min: 0, max: 1, title: { display: true, text: 'accuracy' } } },
      plugins: { legend: { display: false }, tooltip: { filter: (item) => item.datasetIndex === 0, callbacks: { title: () => '', label: (item) => `score ${decimal(item.parsed.x, 2)}, accuracy ${decimal(item.parsed.y, 2)}, n ${bins[item.dataIndex]?.n ?? 0}` } } },
    },
  };
}
