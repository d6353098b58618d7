import { QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { Component, Suspense, type ComponentType, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DataRegion } from '@/components/data-region';
import { later } from '@/components/later';
import { api } from '@/lib/api/client';
import { makeClient } from '@/lib/api/query-client';
import { SessionProvider } from '@/lib/api/session';
import { useApi } from '@/lib/api/use-api';
import { handle, server } from './server';

const Part = ({ name }: { name: string }) => <p>part {name}</p>;
const quiet = (event: ErrorEvent) => event.preventDefault();

/** As Next's: shows a failure until it is told to try again. */
class Page extends Component<{ children: ReactNode }, { failed: boolean }> {
  state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  render = () => (this.state.failed ? <button onClick={() => this.setState({ failed: false })}>try again</button> : this.props.children);
}

/** The file of a part, which cannot be had so many times. */
function file(failures: number, error = new TypeError('no network')) {
  return vi.fn(async (): Promise<ComponentType<{ name: string }>> => {
    if (failures-- > 0) throw error;
    return Part;
  });
}

function gone(): Error {
  return Object.assign(new Error('Loading chunk 7 failed. (error: /_next/static/chunks/7.abc.js)'), { name: 'ChunkLoadError' });
}

const show = (load: () => Promise<ComponentType<{ name: string }>>) => {
  const Later = later(load, <i>waiting</i>);
  render(<Page><Later name="a" /></Page>);
};

/** Time, in slices: React draws between them, as it would in a browser. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 250) await act(() => vi.advanceTimersByTimeAsync(Math.min(250, ms - gone)));
}

const reload = vi.fn();

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.stubGlobal('location', { href: 'http://127.0.0.1:8000/analyze/', origin: 'http://127.0.0.1:8000', reload });
  window.addEventListener('error', quiet);
  sessionStorage.clear();
  reload.mockClear();
});
afterEach(() => {
  window.removeEventListener('error', quiet);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('a part is asked for again while the network is away for a moment', async () => {
  const load = file(2);
  show(load);
  expect(screen.getByText('waiting')).toBeInTheDocument();
  await pass(5_000);
  expect(screen.getByText('part a')).toBeInTheDocument();
  expect(load).toHaveBeenCalledTimes(3);
});

test('a part that failed in the end is not broken for good, and the tries are bounded', async () => {
  const load = file(4);
  show(load);
  await pass(20_000);
  expect(load).toHaveBeenCalledTimes(4);
  expect(reload).not.toHaveBeenCalled();
  act(() => screen.getByText('try again').click());
  await pass(100);
  expect(screen.getByText('part a')).toBeInTheDocument();
});

test('a whole page, which waits in the boundary around it, fails in the end instead of waiting for ever', async () => {
  const load = file(4);
  const Content = later(load);
  render(<Page><Suspense fallback={<i>page</i>}><Content name="b" /></Suspense></Page>);
  expect(screen.getByText('page')).toBeInTheDocument();
  await pass(20_000);
  act(() => screen.getByText('try again').click());
  await pass(100);
  expect(screen.getByText('part b')).toBeInTheDocument();
});

test('a file that a new version has replaced makes the page load anew, once', async () => {
  server.use(http.get('http://127.0.0.1:8000/analyze/', () => HttpResponse.html('<h1>')));
  show(file(99, gone()));
  await pass(20_000);
  expect(reload).toHaveBeenCalledTimes(1);
  expect(screen.getByText('waiting')).toBeInTheDocument(); // until the new page is there
  show(file(99, gone())); // the new page lacks it too
  await pass(20_000);
  expect(reload).toHaveBeenCalledTimes(1);
  expect(screen.getByText('try again')).toBeInTheDocument();
});

test('a page whose server is away is not exchanged for an empty one', async () => {
  server.use(http.get('http://127.0.0.1:8000/analyze/', () => HttpResponse.error()));
  show(file(99, gone()));
  await pass(20_000);
  expect(reload).not.toHaveBeenCalled();
  expect(screen.getByText('try again')).toBeInTheDocument();
});

let isBroken = true;

function Region() {
  const query = useApi(['tickers'], (signal) => api.GET('/api/v1/tickers', { signal }));
  return (
    <DataRegion query={query} skeleton={null} empty={{ title: '' }}>
      {(found) => {
        if (isBroken) throw new TypeError('of another shape');
        return <p>{found.tickers.length} tickers</p>;
      }}
    </DataRegion>
  );
}

test('a region that cannot be shown is asked for a few times, not for ever, and shows the same answer once it can', async () => {
  let asked = 0;
  server.use(handle('get', '/tickers', () => (asked++, HttpResponse.json({ tickers: [] }))));
  render(<QueryClientProvider client={makeClient()}><SessionProvider><Region /></SessionProvider></QueryClientProvider>);
  await screen.findByText('This part cannot be shown');
  await pass(15_000);
  expect(asked).toBeGreaterThan(1);
  await pass(300_000);
  expect(asked).toBe(6);
  isBroken = false;
  act(() => screen.getByRole('button', { name: 'Retry' }).click());
  expect(await screen.findByText('0 tickers')).toBeInTheDocument();
});
