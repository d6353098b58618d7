import { keepPeaks } from '@/features/dashboard/peaks';
import { expect, test, vi } from 'vitest';
import { segments } from '@/features/analyze/explanation';
import { parseTable, previewText } from '@/features/analyze/preview';
import { cashtags } from '@/features/analyze/use-answer';
import { closeIn, spanOf } from '@/features/dashboard/series-chart';
import { bucketEnd } from '@/features/dashboard/use-filters';
import { boards, type RunRow } from '@/features/models/figures';
import { api, ask } from '@/lib/api/client';
import { csvText } from '@/lib/csv';
import { eventParser, readEvents } from '@/lib/event-stream';
import { count, decimal, moment, percent } from '@/lib/format';
import { tickText, timeTicks } from '@/lib/time-ticks';
import { refuses, server } from './server';

test('the client throws the problem that the server told', async () => {
  server.use(refuses('get', '/tickers', 429, { title: 'Too Many Requests' }, { 'retry-after': '7' }));
  await expect(ask(api.GET('/api/v1/tickers'))).rejects.toMatchObject({ status: 429, title: 'Too Many Requests', requestId: 'abc123', retryAfterS: 7, passes: true });
});

test('an undefined figure is a dash and never 0', () => {
  expect([decimal(null), decimal(NaN), percent(undefined)]).toEqual(['–', '–', '–']);
  expect([decimal(-0.004), decimal(-0.5, 2, true), decimal(0.5, 2, true)]).toEqual(['0.00', '−0.50', '+0.50']);
});

test('counts and moments are written as Intl writes them', () => {
  const numbers = new Intl.NumberFormat('en');
  for (const n of [0, 7, 999, 1000, -1234, 12345, 999999, 1234567890, -100]) expect(count(n)).toBe(numbers.format(n));
  const zones = [['UTC', 'UTC', ' UTC'], ['local', undefined, '']] as const;
  for (const at of [Date.UTC(2024, 1, 29, 23, 59, 58), Date.UTC(1999, 11, 31, 0, 5), Date.UTC(2026, 6, 4, 12)]) {
    for (const [zone, timeZone, after] of zones) {
      const wanted = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZone }).format(at);
      expect(moment(new Date(at).toISOString(), zone, 'second')).toBe(wanted + after);
    }
  }
  expect([moment('2024-05-06', 'UTC', 'date'), moment('x'), moment('2024-05-06T07:08:09Z')]).toEqual(['6 May 2024', '–', '6 May 2024, 07:08 UTC']);
  const at = Date.UTC(2024, 4, 6, 15);
  expect([3.6e6, 5 * 8.64e7, 60 * 8.64e7, 400 * 8.64e7].map((span) => tickText(at, span))).toEqual(['15:00', '6 May, 15:00', '6 May', 'May 2024']);
});

test('a CSV computes nothing in a spreadsheet', () => {
  expect(csvText(['text', 'n'], [['=1+1', 2], [' @SUM(A1)', -3], ['a "b", c', null]])).toBe('text,n\r\n\'=1+1,2\r\n\' @SUM(A1),-3\r\n"a ""b"", c",\r\n');
});

test('events are put together again wherever the stream was cut', () => {
  const text = 'retry: 2000\n\nid: 7\nevent: tweet\ndata: {"a":1}\n\n: heartbeat\n\ndata: x\ndata: y\n\n';
  for (const size of [1, 3, 1000]) {
    const parse = eventParser();
    const found = (text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).flatMap(parse);
    expect(found).toEqual([{ id: '7', kind: 'tweet', data: '{"a":1}' }, { id: '7', kind: 'message', data: 'x\ny' }]);
  }
});

test('pieces are cut by code points, as Python counts them', () => {
  const pieces = [{ start: 2, end: 6, text: 'moon', score: 0.5, spread: null }];
  expect(segments({ text: '🚀 moon!', pieces })).toEqual([{ text: '🚀 ', score: null }, { text: 'moon', score: 0.5 }, { text: '!', score: null }]);
});

test('a preview reads quoted fields and keeps going at a broken JSON line', () => {
  expect(parseTable('a,b\n"x, ""y""","line\nbreak"\n', ',')).toEqual([['a', 'b'], ['x, "y"', 'line\nbreak']]);
  expect(previewText('a.jsonl', '{"text":"hi"}\n{broken\n')).toEqual({ columns: ['text'], rows: [['hi']] });
  expect(previewText('a.parquet', 'PAR1')).toBeNull();
});

test('cashtags are found once, in capitals', () => {
  expect(cashtags('$tsla up, $TSLA and $BRK.B; $5 and cash$')).toEqual(['TSLA', 'BRK.B']);
});

test('a bucket ends where the next begins, months by the calendar', () => {
  expect(bucketEnd('2024-02-01T00:00:00Z', 'month')).toBe('2024-03-01T00:00:00.000Z');
  expect(bucketEnd('2024-02-28', 'day')).toBe('2024-02-29T00:00:00.000Z');
});

test('a brushed period is whole days and never empty', () => {
  expect(spanOf('2024-03-01T05:00:00.000Z', '2024-03-01T09:00:00.000Z', 'day')).toEqual({ from: '2024-03-01', to: '2024-03-02', at: null });
});

test('ticks of a long axis are first days of months, of a short one whole hours', () => {
  expect(timeTicks(Date.UTC(2024, 0, 15), Date.UTC(2024, 5, 2), 6).map((at) => new Date(at).toISOString().slice(0, 10))).toEqual(['2024-02-01', '2024-03-01', '2024-04-01', '2024-05-01', '2024-06-01']);
  expect(timeTicks(0, 7_200_000, 4)).toEqual([0, 3_600_000, 7_200_000]);
});

const run = (id: string, more: Partial<RunRow> & { f1: [number, number, number] }): RunRow => ({ run_id: id, kind: 'train', created_at: id, model: id, data: 'd', seed: 1, test_fingerprint: 'A', n_test: 10, is_best: false, has_model: true, recipe: more.model ?? id, metrics: { macro_f1: { value: more.f1[0], low: more.f1[1], high: more.f1[2] } }, ...more });

test('test sets are ranked apart, seeds are folded, ties are marked', () => {
  const found = boards([run('x', { f1: [0.8, 0.75, 0.85] }), run('y', { f1: [0.74, 0.7, 0.76] }), run('z', { f1: [0.5, 0.4, 0.6] }), run('z2', { f1: [0.7, 0.6, 0.8], model: 'z', seed: 2 }), run('v', { f1: [0.3, 0.2, 0.4], model: 'z', recipe: 'another learning rate' }), run('w', { f1: [0.99, 0.98, 1], test_fingerprint: 'B' })]);
  expect(found.map((board) => board.fingerprint)).toEqual(['A', 'B']);
  expect(found[0]?.entries.map(({ newest, best, tied }) => [newest.model, best, tied])).toEqual([['x', true, false], ['y', false, true], ['z', false, false], ['z', false, false]]);
  expect(found[0]?.entries[2]).toMatchObject({ seeds: 2, mean: { macro_f1: { value: 0.6, low: 0.5, high: 0.7 } } }); // not the newest run's interval
});

test('100,000 points become 2,000 with the same extremes and ends', () => {
  const points = Array.from({ length: 100_000 }, (_, i) => ({ time: String(i), n: i === 7_777 ? 900 : 1, n_abstained: 0, net: i === 123 ? -1 : i === 99_000 ? 1 : i % 100 === 0 ? null : Math.sin(i) / 2, low: null, high: null, labels: {} }));
  const kept = keepPeaks(points, 2_000);
  expect(kept.length).toBeLessThanOrEqual(2_000);
  expect(kept.map((one) => Number(one.time))).toEqual([...new Set([0, 123, 7_777, 99_000, 99_999, ...kept.map((one) => Number(one.time))])].sort((a, b) => a - b));
  expect(keepPeaks(points.slice(0, 2_000), 2_000)).toHaveLength(2_000);
});

test('a bucket is shown with its last close, and with none where nothing was traded', () => {
  const closes = { ticker: 'X', n_total: 3, closes: [{ day: '2024-01-05', close: 1 }, { day: '2024-01-08', close: 2 }, { day: '2024-01-09', close: 3 }] };
  const at = (time: string, bucket: 'hour' | 'day' | 'week' | 'month') => closeIn(closes, time, bucket);
  expect([at('2024-01-08T00:00:00Z', 'day'), at('2024-01-08T13:00:00Z', 'hour'), at('2024-01-08T00:00:00Z', 'week'), at('2024-01-01T00:00:00Z', 'week'), at('2024-01-01T00:00:00Z', 'month')]).toEqual([2, 2, 3, 1, 3]);
  expect(at('2024-01-06T00:00:00Z', 'day')).toBeNull();
});

test('a stream that falls silent is given up after ten seconds, one that speaks is not', async () => {
  vi.useFakeTimers();
  let say: (text: string) => void = () => undefined;
  const stream = new ReadableStream<Uint8Array>({ start: (control) => void (say = (text) => control.enqueue(new TextEncoder().encode(text))) });
  vi.stubGlobal('fetch', async () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } }));
  const seen: string[] = [];
  const reading = readEvents('/live', null, new AbortController().signal, (event) => void seen.push(event.data)).then(() => 'ended', (thrown: Error) => thrown.message);
  for (const text of [': heartbeat\n\n', 'data: one\n\n', ': heartbeat\n\n']) {
    await vi.advanceTimersByTimeAsync(6_000);
    say(text);
  }
  await vi.advanceTimersByTimeAsync(9_000);
  expect(seen).toEqual(['one']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await reading).toBe('nothing was heard for 10 s');
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
