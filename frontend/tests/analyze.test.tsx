import { QueryClientProvider } from '@tanstack/react-query';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { NuqsTestingAdapter } from 'nuqs/adapters/testing';
import type { ReactNode } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { FileJob } from '@/features/analyze/file-job';
import { ManyTweets } from '@/features/analyze/many-tweets';
import { OneTweet } from '@/features/analyze/one-tweet';
import { previewText } from '@/features/analyze/preview';
import { makeClient } from '@/lib/api/query-client';
import { LabelsProvider } from '@/lib/api/labels';
import { SessionProvider } from '@/lib/api/session';
import { keepText } from '@/stores/handover';
import { usePreferences } from '@/stores/preferences';
import { answers, handle, server, session } from './server';

type Body = { texts: string[] };

const show = (part: ReactNode) => render(<NuqsTestingAdapter><QueryClientProvider client={makeClient()}><SessionProvider><LabelsProvider>{part}</LabelsProvider></SessionProvider></QueryClientProvider></NuqsTestingAdapter>);
const predicted = (texts: string[], score = 0.6) => HttpResponse.json({ model_id: 'm', model_version: 'm1', engine: 'torch', temperature: 1, abstain_below: 0, badge: null, predictions: texts.map(() => ({ label: 'bullish', score, abstained: false, probs: { bearish: 1 - score, neutral: 0, bullish: score } })) });
const lines = (n: number) => Array.from({ length: n }, (_, i) => `tweet ${i}`).join('\n');
const ask = async (text: string) => {
  fireEvent.change(screen.getByRole('textbox', { name: /^Tweets/ }), { target: { value: text } });
  await userEvent.click(screen.getByRole('button', { name: 'Analyze all' }));
};

beforeEach(() => {
  keepText('');
  usePreferences.setState({ abstainBelow: null });
  server.use(answers('get', '/guidelines/:version', { labels: {} }), answers('get', '/models', { models: [{ model_id: 'm', active: true, reads_targets: true }] }));
});

test('with another ticker neither the old reasons nor the old correction stay', async () => {
  const explained = { label: 'bullish', method: 'occlusion', n_questions: 9, text: 'up', pieces: [{ start: 0, end: 2, text: 'up', score: 1, spread: null }], quantity: 'logit', full: 1, empty: 0, gap: 0 };
  server.use(
    handle('post', '/predict', async ({ request }) => predicted(((await request.json()) as Body).texts)),
    answers('post', '/explain', explained),
    answers('post', '/annotations', { annotation: 'a', item: 'i', repeated: false }, 201),
    answers('get', '/items/:item', { item: 'i', voices: [] }),
  );
  keepText('up');
  show(<OneTweet />);
  const ticker = await screen.findByLabelText('About the ticker');
  fireEvent.change(ticker, { target: { value: 'TSLA' } });
  await userEvent.click(screen.getByRole('button', { name: 'Analyze' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Explain' }));
  await userEvent.click(await screen.findByRole('button', { name: 'bearish' }));
  expect(await screen.findByText(/Method occlusion/)).toBeInTheDocument();
  expect(await screen.findByText(/Kept as your decision/)).toBeInTheDocument();
  fireEvent.change(ticker, { target: { value: 'AAPL' } });
  await userEvent.click(screen.getByRole('button', { name: 'Analyze' }));
  expect(await screen.findByRole('button', { name: 'bearish' })).toBeInTheDocument();
  expect(screen.queryByText(/Method occlusion/)).toBeNull();
  expect(screen.queryByText(/Kept as your decision/)).toBeNull();
});

test('Ctrl+Enter asks no more than the button would', async () => {
  let asked = 0;
  let answer: () => void = () => undefined;
  server.use(handle('post', '/predict', async () => {
    asked += 1;
    await new Promise<void>((go) => (answer = go));
    return predicted(['x']);
  }));
  show(<OneTweet />);
  const field = screen.getByRole('textbox', { name: /^Tweet/ });
  await userEvent.type(field, 'x');
  await screen.findByLabelText('About the ticker'); // the session is known
  const press = () => act(async () => void fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true }));
  await press();
  await screen.findByRole('button', { name: 'Asking …' });
  await press();
  await press();
  expect(asked).toBe(1);
  answer();
  await screen.findByRole('button', { name: 'Analyze' });
});

test('Ctrl+Enter asks nothing with a key that may not', async () => {
  let asked = 0;
  server.use(answers('get', '/session', { ...session, scopes: ['review'] }), handle('post', '/predict', () => (asked++, predicted(['x']))));
  show(<OneTweet />);
  await screen.findByText(/has no scope “predict”/);
  const field = screen.getByRole('textbox', { name: /^Tweet/ });
  await userEvent.type(field, 'x{Control>}{Enter}{/Control}');
  await new Promise((over) => setTimeout(over, 50));
  expect(asked).toBe(0);
});

test('many: a part that fails leaves what is scored, and Retry goes on behind it', async () => {
  const asked: string[] = [];
  let fails = true;
  server.use(handle('post', '/predict', async ({ request }) => {
    const { texts } = (await request.json()) as Body;
    asked.push(texts[0] ?? '');
    return texts[0] === 'tweet 256' && fails ? HttpResponse.json({ title: 'Busy', detail: 'wait' }, { status: 503 }) : predicted(texts);
  }));
  show(<ManyTweets />);
  await ask(lines(600));
  expect(await screen.findByText('Busy')).toBeInTheDocument();
  expect(screen.getByText(/^256 of 600 are scored and kept/)).toBeInTheDocument();
  expect(screen.getByText('tweet 0')).toBeInTheDocument();
  fails = false;
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(await screen.findByRole('button', { name: 'Analyze all' })).toBeEnabled();
  expect(screen.getByRole('status')).toHaveTextContent('bullish 600');
  expect(asked).toEqual(['tweet 0', 'tweet 256', 'tweet 256', 'tweet 512']);
  expect(screen.getByText('tweet 0')).toBeInTheDocument();
});

test('many: an answer with fewer predictions than texts is refused, not shifted', async () => {
  server.use(handle('post', '/predict', () => predicted(['one'])));
  show(<ManyTweets />);
  await ask(lines(3));
  expect(await screen.findByText('Unreadable answer')).toBeInTheDocument();
  expect(screen.queryByRole('region', { name: 'Scored tweets' })).toBeNull();
});

test('many: the reader’s own limit makes no judgements of weak ones', async () => {
  usePreferences.setState({ abstainBelow: 0.7 });
  server.use(handle('post', '/predict', async ({ request }) => predicted(((await request.json()) as Body).texts)));
  show(<ManyTweets />);
  await ask(lines(3));
  expect(await screen.findByText('no judgement 3')).toBeInTheDocument();
  expect(screen.getAllByText('(no judgement)')).toHaveLength(3);
});

const file = (name: string, text: string, ready = Promise.resolve()) => Object.assign(new File([text], name), { slice: () => ({ text: () => ready.then(() => text) }) }); // jsdom reads no blobs
const wide = (n: number) => Array.from({ length: n }, (_, i) => `c${i}`).join(',');

test('a preview has 50 columns at most, and knows of the rest', () => {
  const found = previewText('a.csv', `${wide(30_000)}\n${wide(30_000)}`);
  expect([found?.columns.length, found?.rows[0]?.length, found?.nMore]).toEqual([50, 50, 29_950]);
  expect(previewText('a.csv', wide(50))).toEqual({ columns: wide(50).split(','), rows: [] });
  const json = previewText('a.jsonl', JSON.stringify(Object.fromEntries(wide(51).split(',').map((name) => [name, name]))));
  expect([json?.columns.length, json?.rows[0]?.length, json?.nMore]).toEqual([50, 50, 1]);
});

test('a file of one long line is previewed, says what is left out, and takes the name of any column', async () => {
  show(<FileJob />);
  await userEvent.upload(screen.getByLabelText(/File of tweets/), file('wide.csv', wide(200)));
  expect(await screen.findByText(/The first 50 of at least 200 columns are shown/)).toBeInTheDocument();
  expect(screen.getAllByRole('columnheader')).toHaveLength(50);
  expect(screen.getByRole('textbox', { name: /Column with the tweets/ })).toBeInTheDocument();
});

test('a late preview of one file does not take the place of the next one’s', async () => {
  let come: () => void = () => undefined;
  const late = new Promise<void>((go) => (come = go));
  show(<FileJob />);
  const field = screen.getByLabelText(/File of tweets/);
  await userEvent.upload(field, file('a.csv', 'of_a\n1', late));
  await userEvent.upload(field, file('b.csv', 'of_b\n1'));
  expect(await screen.findByRole('columnheader', { name: 'of_b' })).toBeInTheDocument();
  await act(async () => (come(), void (await late)));
  await act(() => vi.waitFor(() => undefined));
  expect(screen.getByRole('columnheader', { name: 'of_b' })).toBeInTheDocument();
  expect(screen.queryByRole('columnheader', { name: 'of_a' })).toBeNull();
});
