import type { ChartConfiguration, ChartDataset, Point as XY } from 'chart.js';
import type { Schemas } from '@/lib/api/client';
import { count, decimal, interval, moment } from '@/lib/format';
import { tickText, timeTicks } from '@/lib/time-ticks';
import { LINE_DASHES, LINE_TOKENS, tokenColor } from '@/lib/tokens';
import { FEW } from './use-filters';

type Series = Schemas['SeriesResponse'];
type Point = Schemas['Point'];
export type Closes = Schemas['TickerPrices'];
type Acts = { onBucket: (time: string) => void; onSpan: (from: string, to: string) => void };

export const nameOf = (ticker: string): string => (ticker === '*' ? 'all tweets' : `$${ticker}`);

const HALF_BUCKET_MS = { hour: 1.8e6, day: 4.32e7, week: 3.024e8, month: 1.3e9 };

/** A line a ticker with the band of its interval, over bars of the volume; hollow points where there are few tweets. With prices, a ticker's close on an axis of its own. */
export function seriesConfig(found: Series, acts: Acts, closes: Closes | null = null): ChartConfiguration {
  const lines = found.series.flatMap((series, i) => lineSets(series, i, found.series.length));
  const bars = found.series.map((series, i) => barSet(series, i));
  return {
    type: 'line',
    data: { datasets: [...lines, ...bars, ...(closes ? [closeSet(closes)] : [])] as ChartDataset<'line', XY[]>[] },
    options: {
      parsing: false,
      normalized: true,
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'nearest', intersect: false, axis: 'x' },
      onClick: (event, _, chart) => {
        const at = chart.scales.x?.getValueForPixel(event.x ?? NaN) ?? NaN;
        const nearest = found.series.flatMap((one) => one.points).reduce<Point | null>((best, one) => (best && Math.abs(Date.parse(best.time) - at) <= Math.abs(Date.parse(one.time) - at) ? best : one), null);
        if (nearest && !Number.isNaN(at)) acts.onBucket(nearest.time);
      },
      scales: {
        x: {
          type: 'linear',
          offset: false,
          min: Date.parse(found.start) - HALF_BUCKET_MS[found.bucket], // the period asked for, also where it has no tweets
          max: Date.parse(found.end),
          grid: { display: false },
          afterBuildTicks: (scale: { min: number; max: number; width: number; ticks: { value: number }[] }) => {
            scale.ticks = timeTicks(scale.min, scale.max, Math.max(2, Math.floor(scale.width / 90))).map((value) => ({ value }));
          },
          ticks: { maxRotation: 0, callback: (value) => tickText(Number(value), Date.parse(found.end) - Date.parse(found.start)) },
        },
        net: { min: -1, max: 1, position: 'left', title: { display: true, text: 'net sentiment' }, grid: { color: tokenColor('border', 0.6) }, ticks: { callback: (value) => decimal(Number(value), 1, true) } },
        volume: { min: 0, max: 4 * Math.max(1, ...found.series.flatMap((one) => one.points.map((point) => point.n))), position: 'right', display: false },
        ...(closes ? { close: { position: 'right', grid: { display: false }, title: { display: true, text: `${nameOf(closes.ticker)} close` } } } : {}),
      },
      plugins: {
        legend: { display: found.series.length > 1 || closes !== null, labels: { filter: (item) => !item.text.startsWith('_'), usePointStyle: false, boxHeight: 2 } },
        tooltip: {
          filter: (item) => !item.dataset.label?.startsWith('_'),
          callbacks: {
            title: (items) => (items[0] ? moment(new Date(items[0].parsed.x ?? 0).toISOString(), 'UTC', found.bucket === 'hour' ? 'minute' : 'date') : ''),
            label: (item) => item.dataset.yAxisID === 'close' ? `${item.dataset.label}: ${decimal(item.parsed.y, 2)}` : tooltip(found.series[item.datasetIndex / 3]?.points[item.dataIndex], item.dataset.label ?? ''),
          },
        },
        zoom: {
          limits: { x: { min: 'original', max: 'original' } },
          zoom: { mode: 'x', drag: { enabled: true, backgroundColor: tokenColor('ring', 0.2), threshold: 12 }, onZoom: ({ chart, trigger }: { chart: { scales: Record<string, { min: number; max: number } | undefined> }; trigger?: string }) => {
            const x = chart.scales.x;
            if (trigger === 'drag' && x) acts.onSpan(new Date(x.min).toISOString(), new Date(x.max - 1).toISOString());
          } },
        },
      },
    },
  } as ChartConfiguration;
}

function tooltip(point: Point | undefined, name: string): string[] {
  if (!point) return [];
  return [`${name}: ${decimal(point.net, 2, true)} (${interval(point.low, point.high)})`, `${count(point.n)} tweets, ${count(point.n_abstained)} without a judgement${point.n < FEW ? '; too few tweets' : ''}`];
}

function lineSets(series: Schemas['TickerSeries'], i: number, many: number) {
  const token = LINE_TOKENS[i % LINE_TOKENS.length]!;
  const at = (pick: (point: Point) => number | null) => series.points.map((point) => ({ x: Date.parse(point.time), y: pick(point) ?? NaN }));
  const hollow = (point: Point) => point.n < FEW;
  const dense = series.points.length > 400;
  const band = { yAxisID: 'net', borderWidth: 0, pointRadius: 0, pointHitRadius: 0, spanGaps: false };
  return [
    {
      ...{ label: nameOf(series.ticker), yAxisID: 'net', data: at((point) => point.net), borderColor: tokenColor(token), borderWidth: 2, borderDash: [...LINE_DASHES[i % LINE_DASHES.length]!] },
      ...{ pointRadius: dense ? 0 : 3, pointBorderColor: tokenColor(token), pointBackgroundColor: series.points.map((point) => (hollow(point) ? tokenColor('card') : tokenColor(token))) },
      ...{ spanGaps: false, tension: 0 },
    },
    { ...band, label: '_low', data: at((point) => point.low), fill: false },
    { ...band, label: '_high', data: at((point) => point.high), fill: '-1', backgroundColor: tokenColor(token, many > 2 ? 0.1 : 0.18) },
  ];
}

function closeSet({ ticker, closes }: Closes) {
  const data = closes.map((one) => ({ x: Date.parse(one.day), y: one.close }));
  return { label: `${nameOf(ticker)} close`, yAxisID: 'close', data, borderColor: tokenColor('foreground', 0.6), borderWidth: 1, borderDash: [3, 3], pointRadius: 0, tension: 0, order: 5 };
}

function barSet(series: Schemas['TickerSeries'], i: number) {
  const token = LINE_TOKENS[i % LINE_TOKENS.length]!;
  const data = series.points.map((point) => ({ x: Date.parse(point.time), y: point.n }));
  const color = tokenColor(i === 0 ? 'muted-foreground' : token, 0.45);
  return { type: 'bar' as const, label: '_volume', yAxisID: 'volume', data, borderColor: color, borderWidth: 1, backgroundColor: series.points.map((point) => (point.n < FEW ? 'transparent' : color)), maxBarThickness: 18, order: 10 };
}
