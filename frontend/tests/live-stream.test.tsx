import { QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useStream } from '@/features/live/use-stream';
import { makeClient } from '@/lib/api/query-client';
import { useLive } from '@/stores/live';

vi.mock('@/lib/api/session', () => {
  const session = { data: { name: 'ada', scopes: [], expires_at: '' } };
  return { useSession: () => session };
});

type Connection = { lastId: string | null; say: (text: string) => void; end: () => void };
let connections: Connection[];
let greeting: string; // what the server says to each reader at once

const NOW = Date.parse('2024-05-06T07:08:09Z');
const body = (event: number, ageS = 0) => JSON.stringify({ event, tweet_id: `t${event}`, text: `tweet ${event}`, created_at: '', author: null, lang: null, source: null, is_retweet: false, tickers: [], prediction: null, model_version: 'm', scored_at: new Date(Date.now() - ageS * 1_000).toISOString() });
const told = (event: number, data = body(event)) => `id: ${event}\nevent: tweet\ndata: ${data}\n\n`;
const start = (event: number) => `id: ${event}\nevent: start\ndata: {}\n\n`;
const after = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const shown = () => useLive.getState().rows.map((row) => row.event);
const watch = () => renderHook(({ running }) => useStream(running), { initialProps: { running: true }, wrapper: ({ children }: { children: ReactNode }) => <QueryClientProvider client={makeClient()}>{children}</QueryClientProvider> });

async function fetchLive(_url: string, init: RequestInit): Promise<Response> {
  const lastId = new Headers(init.headers).get('last-event-id');
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (control) => {
      const say = (text: string) => control.enqueue(new TextEncoder().encode(text));
      connections.push({ lastId, say, end: () => control.close() });
      if (greeting) say(greeting);
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal('fetch', fetchLive);
  [connections, greeting] = [[], ''];
  useLive.setState(useLive.getInitialState());
});
afterEach(() => (vi.useRealTimers(), vi.unstubAllGlobals()));

test.each([7, 0])('a cut before the first tweet is resumed from where the server began (%i), and that is shown as no tweet', async (began) => {
  greeting = start(began);
  watch();
  await after(500);
  expect([shown(), useLive.getState().state]).toEqual([[], 'live']);
  connections[0]!.end();
  await after(1_100);
  expect(connections.map((one) => one.lastId)).toEqual([null, String(began)]);
});

test('Stop and Start before the first tweet lose nothing', async () => {
  greeting = start(7);
  const { rerender } = watch();
  await after(500);
  rerender({ running: false });
  await after(5_000);
  expect(useLive.getState().state).toBe('stopped');
  rerender({ running: true });
  await after(0);
  expect(connections.map((one) => one.lastId)).toEqual([null, '7']);
});

test('Stop and Start ask again for what had come and was not shown yet', async () => {
  const { rerender } = watch();
  await after(0);
  connections[0]!.say(start(7) + told(8));
  await after(300);
  connections[0]!.say(told(9));
  await after(10);
  rerender({ running: false });
  rerender({ running: true });
  await after(0);
  expect(connections[1]!.lastId).toBe('8');
  connections[1]!.say(told(9) + told(10));
  await after(300);
  expect(shown()).toEqual([10, 9, 8]);
});

test('an event that cannot be read is counted and passed over; the stream stays open', async () => {
  watch();
  await after(0);
  connections[0]!.say(start(7) + told(8) + told(9, '{broken') + told(10, '{"text":1}') + told(11));
  await after(300);
  expect([shown(), useLive.getState().unread, connections.length]).toEqual([[11, 8], 2, 1]);
  connections[0]!.end();
  await after(1_100);
  expect(connections[1]!.lastId).toBe('11');
});

test('a server that opens and says nothing of use is asked less and less often; one that speaks is asked soon', async () => {
  greeting = 'retry: 2000\n\n';
  watch();
  for (const ms of [0, 1_100, 2_100, 4_100, 8_100]) {
    await after(ms);
    connections.at(-1)!.end();
    await after(0);
  }
  expect(connections).toHaveLength(5);
  await after(7_900);
  expect(connections).toHaveLength(5);
  greeting = ': heartbeat\n\n';
  await after(200);
  expect(connections).toHaveLength(6);
  connections[5]!.end();
  await after(1_100);
  expect(connections).toHaveLength(7);
});

test('what is caught up on is no rate and no lag', async () => {
  watch();
  await after(0);
  connections[0]!.say(start(7) + told(8, body(8, 3_600)) + told(9, body(9, 3_600)));
  await after(300);
  expect(useLive.getState()).toMatchObject({ state: 'replay', arrivals: [], lagMs: null });
  connections[0]!.say(told(10));
  await after(250);
  expect(useLive.getState()).toMatchObject({ state: 'live', arrivals: [{ n: 1 }] });
  expect(useLive.getState().lagMs).toBeLessThanOrEqual(250);
});
