import { beforeEach, expect, test } from 'vitest';
import { sendWaiting } from '@/features/review/send';
import { MAX_ROWS, useLive, type LiveTweet } from '@/stores/live';
import { useReview, type Decision } from '@/stores/review';
import { answers, handle, refuses, server, unreachable } from './server';
import { HttpResponse } from 'msw';

const tweet = (event: number): LiveTweet => ({ event, tweet_id: `t${event}`, text: '', created_at: '', author: null, lang: null, source: null, is_retweet: false, tickers: [], prediction: null, model_version: 'm', scored_at: '' });
const events = () => useLive.getState().rows.map((row) => row.event);
const decision = (name: string, reviewer = 'ann'): Decision => ({ card: { item: name, text: '', target: null, why: '', annotation: null, label: null, voices: [], hidden: true, ruling: null, ruling_annotation: null }, body: { item: name.padEnd(32, '0'), label: 'bullish', comment: '', request_id: `request-${name}` }, says: 'bullish', reviewer, queue: 'q' });

beforeEach(() => {
  localStorage.clear();
  useLive.setState(useLive.getInitialState());
  useReview.setState(useReview.getInitialState());
});

test('live rows are newest first and an event that comes twice is shown once', () => {
  useLive.getState().add([tweet(1), tweet(2), tweet(2)], 0);
  useLive.getState().add([tweet(2), tweet(3)], 0);
  expect(events()).toEqual([3, 2, 1]);
});

test('the live list holds 500 rows', () => {
  useLive.getState().add(Array.from({ length: 700 }, (_, i) => tweet(i + 1)), 0);
  expect(events()).toHaveLength(MAX_ROWS);
  expect(events()[0]).toBe(700);
});

test('what comes while paused waits, is counted, and is shown in order afterwards', () => {
  useLive.getState().add([tweet(1)], 0);
  useLive.getState().setPaused(true);
  useLive.getState().add([tweet(2), tweet(3)], 0);
  expect(events()).toEqual([1]);
  expect(useLive.getState().waiting).toHaveLength(2);
  useLive.getState().setPaused(false);
  expect(events()).toEqual([3, 2, 1]);
});

test('decisions wait while the server is away and go out in order, once each', async () => {
  const seen: string[] = [];
  server.use(handle('post', '/annotations', () => HttpResponse.error()));
  useReview.getState().put(decision('a'));
  useReview.getState().put(decision('b'));
  expect(await sendWaiting('ann')).toMatchObject({ status: 0 });
  expect(useReview.getState().unsent).toHaveLength(2);
  server.use(handle('post', '/annotations', async ({ request }) => {
    const body = (await request.json()) as { request_id: string };
    seen.push(body.request_id);
    return HttpResponse.json({ annotation: body.request_id, item: 'x', repeated: false }, { status: 201 });
  }));
  expect(await Promise.all([sendWaiting('ann'), sendWaiting('ann')])).toEqual([null, null]);
  expect(seen).toEqual(['request-a', 'request-b']);
  expect(useReview.getState().unsent).toEqual([]);
  expect(useReview.getState().sent.map((one) => one.annotation)).toEqual(['request-a', 'request-b']);
});

test('a refused decision does not block those behind it, and is told', async () => {
  server.use(refuses('post', '/annotations', 409, { title: 'Conflict', item: 'a'.repeat(32) }));
  useReview.getState().put(decision('a'));
  expect(await sendWaiting('ann')).toBeNull();
  expect(useReview.getState().refused[0]?.problem.title).toBe('Conflict');
});

test('a decision is sent by who made it, never under the name of the next person', async () => {
  const seen: string[] = [];
  server.use(handle('post', '/annotations', async ({ request }) => {
    const body = (await request.json()) as { request_id: string };
    seen.push(body.request_id);
    return HttpResponse.json({ annotation: body.request_id, item: 'x', repeated: false }, { status: 201 });
  }));
  useReview.getState().put(decision('of-ann'));
  useReview.getState().put(decision('of-bob', 'bob'));
  expect(await sendWaiting('bob')).toBeNull();
  expect(seen).toEqual(['request-of-bob']);
  expect(useReview.getState().unsent.map((one) => one.reviewer)).toEqual(['ann']);
});

test('two tabs lose nothing of each other, and what one takes back stays back', () => {
  const stored = () => (JSON.parse(localStorage.getItem('tweetsent-unsent-decisions') ?? '') as { state: { unsent: Decision[] } }).state.unsent;
  const names = (list: Decision[]) => list.map((one) => one.body.request_id);
  useReview.getState().put(decision('here'));
  localStorage.setItem('tweetsent-unsent-decisions', JSON.stringify({ state: { unsent: [...stored(), decision('there')] }, version: 2 })); // another tab writes
  useReview.getState().put(decision('next'));
  expect(names(stored())).toEqual(['request-here', 'request-there', 'request-next']);
  localStorage.setItem('tweetsent-unsent-decisions', JSON.stringify({ state: { unsent: stored().filter((one) => one.body.request_id !== 'request-there') }, version: 2 })); // and undoes
  useReview.getState().put(decision('last'));
  expect(names(stored())).toEqual(['request-here', 'request-next', 'request-last']);
});

test('only unsent decisions are kept over a reload', async () => {
  server.use(answers('post', '/annotations', { annotation: 'n', item: 'x', repeated: false }, 201), unreachable('/none'));
  useReview.getState().put(decision('kept'));
  expect(localStorage.getItem('tweetsent-unsent-decisions')).toContain('request-kept');
  await sendWaiting('ann');
  expect(localStorage.getItem('tweetsent-unsent-decisions')).not.toContain('request-kept');
});

test('who is refused as a person gives nothing up: somebody else may have signed in, or a scope was taken away', async () => {
  for (const status of [401, 403, 409]) {
    server.use(refuses('post', '/annotations', status, { title: 'Refused' }));
    useReview.setState({ unsent: [] });
    useReview.getState().put(decision(`s${status}`));
    expect(await sendWaiting('ann')).toMatchObject({ status });
    expect(useReview.getState().unsent).toHaveLength(1);
    expect(useReview.getState().refused).toEqual([]);
  }
});

test('a decision says who made it', async () => {
  const names: unknown[] = [];
  server.use(handle('post', '/annotations', async ({ request }) => {
    names.push(((await request.json()) as { reviewer?: string }).reviewer);
    return HttpResponse.json({ annotation: 'x', item: 'x', repeated: false }, { status: 201 });
  }));
  useReview.getState().put(decision('named'));
  expect(await sendWaiting('ann')).toBeNull();
  expect(names).toEqual(['ann']);
});

test('a refused decision outlives a reload, until somebody has seen to it', async () => {
  server.use(refuses('post', '/annotations', 409, { title: 'Conflict', item: 'a'.repeat(32) }));
  useReview.getState().put(decision('r'));
  await sendWaiting('ann');
  const kept = (JSON.parse(localStorage.getItem('tweetsent-unsent-decisions') ?? '') as { state: { refused: unknown[] } }).state.refused;
  expect(kept).toHaveLength(1);
  useReview.getState().forgetRefused('request-r');
  expect(useReview.getState().refused).toEqual([]);
});
