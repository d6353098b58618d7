import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readEvents } from '@/lib/event-stream';

const never = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (stream: ReadableStream<Uint8Array>) => new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>, { headers: { 'content-type': 'text/event-stream' } });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => (vi.useRealTimers(), vi.unstubAllGlobals()));

test('a server that takes the request and never answers is left after ten seconds', async () => {
  let asked: AbortSignal | null | undefined;
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => ((asked = init.signal), new Promise<Response>(() => undefined)));
  const seen = vi.fn();
  readEvents('/live', null, never, () => undefined).catch((thrown: Error) => seen(thrown.message));
  await vi.advanceTimersByTimeAsync(9_900);
  expect([seen.mock.calls.length, asked?.aborted]).toEqual([0, false]);
  await vi.advanceTimersByTimeAsync(200);
  expect(seen).toHaveBeenCalledWith('nothing was heard for 10 s');
  expect(asked?.aborted).toBe(true);
});

test('who asked can still call it off while the server has not answered', async () => {
  let asked: AbortSignal | null | undefined;
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => ((asked = init.signal), new Promise<Response>((_done, fail) => init.signal?.addEventListener('abort', () => fail(new Error('called off'))))));
  const mine = new AbortController();
  const reading = readEvents('/live', null, mine.signal, () => undefined).catch((thrown: Error) => thrown.message);
  mine.abort();
  expect(await reading).toBe('called off');
  expect(asked?.aborted).toBe(true);
});

test('a listener that fails ends the stream that it listened to', async () => {
  const cancelled = vi.fn();
  vi.stubGlobal('fetch', async () => answer(new ReadableStream({ start: (control) => control.enqueue(bytes('data: x\n\n')), cancel: cancelled })));
  const fail = () => {
    throw new Error('cannot take it');
  };
  await expect(readEvents('/live', null, never, fail)).rejects.toThrow('cannot take it');
  await vi.advanceTimersByTimeAsync(0);
  expect(cancelled).toHaveBeenCalledTimes(1);
});

test('heartbeats are heard, and are no events', async () => {
  vi.stubGlobal('fetch', async () => answer(new ReadableStream({ start: (control) => (control.enqueue(bytes('retry: 2000\n\n: heart')), control.enqueue(bytes('beat\n\n')), control.close()) })));
  const [onEvent, onOpen, onHeartbeat] = [vi.fn(), vi.fn(), vi.fn()];
  await readEvents('/live', null, never, onEvent, onOpen, onHeartbeat);
  expect([onEvent, onOpen, onHeartbeat].map((one) => one.mock.calls.length)).toEqual([0, 1, 1]);
});
