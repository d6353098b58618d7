import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import LivePage from '@/app/live/page';
import { Live } from '@/features/live/live';
import { moment } from '@/lib/format';
import { MAX_ROWS, useLive, type LiveTweet } from '@/stores/live';

vi.mock('@/features/live/use-stream', () => ({ useStream: () => null }));
vi.mock('@/features/live/live-later', () => ({ Live: () => { throw new Promise(() => undefined); } })); // its code has not come
vi.mock('@/lib/format', async (original) => {
  const format = await original<typeof import('@/lib/format')>();
  return { ...format, moment: vi.fn(format.moment) }; // once for each row that is drawn
});

const tweet = (event: number): LiveTweet => ({ event, tweet_id: `t${event}`, text: `tweet ${event}`, created_at: '2024-05-06T07:08:09Z', author: null, lang: null, source: null, is_retweet: false, tickers: [], prediction: null, model_version: 'm', scored_at: '2024-05-06T07:08:09Z' });
const many = (first: number, n: number) => Array.from({ length: n }, (_, i) => tweet(first + i));
const add = (tweets: LiveTweet[]) => act(() => useLive.getState().add(tweets, Date.now()));
const APPEAR = /appear here the moment they are scored/;

beforeEach(() => {
  useLive.setState(useLive.getInitialState());
  vi.mocked(moment).mockClear();
});
afterEach(() => void vi.useRealTimers());

test('a state that stays the same wakes nobody', () => {
  const woken = vi.fn();
  const stop = useLive.subscribe(woken);
  for (const state of ['live', 'live', 'replay', 'replay', 'replay'] as const) useLive.getState().setState(state);
  stop();
  expect(woken).toHaveBeenCalledTimes(2);
});

test('a new tweet draws its own row, and what is no tweet draws none', () => {
  render(<Live />);
  add(many(1, 20));
  expect(moment).toHaveBeenCalledTimes(20);
  add([tweet(21)]);
  expect(moment).toHaveBeenCalledTimes(21);
  act(() => useLive.getState().setState('reconnecting'));
  act(() => useLive.getState().setPaused(true));
  add(many(22, 3));
  expect(screen.getByRole('button', { name: 'Go on (3 waiting)' })).toBeInTheDocument();
  expect(moment).toHaveBeenCalledTimes(21);
});

test('a long replay in one batch is cut to what can be shown before anything costly, and while paused the rest is counted', () => {
  const batch = many(1, 20_000);
  const sort = vi.spyOn(Array.prototype, 'sort');
  useLive.getState().setPaused(true);
  useLive.getState().add(batch, 0);
  expect(sort.mock.contexts.map((one) => (one as unknown[]).length)).toEqual([MAX_ROWS]);
  sort.mockRestore();
  const { waiting, lost, lastEvent } = useLive.getState();
  expect([waiting.length, waiting[0]?.event, waiting.at(-1)?.event, lost, lastEvent]).toEqual([500, 20_000, 19_501, 19_500, 20_000]);
});

test('one batch of 20,000 with doubles takes no noticeable time', () => {
  const began = performance.now();
  useLive.getState().add([...many(1, 20_000), ...many(1, 20_000)], 0);
  expect(performance.now() - began).toBeLessThan(250);
  expect(useLive.getState().rows).toHaveLength(MAX_ROWS);
});

test('events that could not be read are told', () => {
  render(<Live />);
  act(() => useLive.getState().add([tweet(1), { event: 2, unread: true }], 0));
  expect(screen.getByText(/^1 of the events could not be read/)).toBeInTheDocument();
});

test('while stopped no tweets are promised', async () => {
  render(<Live />);
  expect(screen.getByText(APPEAR)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Stop' }));
  expect(screen.queryByText(APPEAR)).toBeNull();
  expect(screen.getByText('Stopped: no tweets are read. Press Start to go on.')).toBeInTheDocument();
});

test('the clock of the rate starts with the first arrival', async () => {
  vi.useFakeTimers();
  render(<Live />);
  await act(() => vi.advanceTimersByTimeAsync(100)); // what React put off
  expect(vi.getTimerCount()).toBe(0);
  add(many(1, 3));
  expect(screen.getByText(/^3 tweets in the last minute/)).toBeInTheDocument();
  await act(() => vi.advanceTimersByTimeAsync(61_000));
  expect(screen.getByText(/^0 tweets in the last minute/)).toBeInTheDocument();
});

test('controls and the empty card stand there before the code of the stream has come, and the buttons may wrap', () => {
  render(<LivePage />);
  expect(screen.getByText(APPEAR)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Pause' }).parentElement).toHaveClass('flex-wrap');
  expect(screen.getByRole('button', { name: 'Stop' })).toBeDisabled();
});
