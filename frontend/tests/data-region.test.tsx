import { QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse } from 'msw';
import { expect, test, vi } from 'vitest';
import { DataRegion } from '@/components/data-region';
import { makeClient } from '@/lib/api/query-client';
import { SessionProvider } from '@/lib/api/session';
import type { Schemas } from '@/lib/api/client';
import { api } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';
import { answers, handle, refuses, server, unreachable } from './server';

const tickers = (n: number): Schemas['Tickers'] => ({ model_version: 'm', tickers: Array.from({ length: n }, (_, i) => ({ ticker: `T${i}`, n: i + 1 })) });

function Region() {
  const query = useApi(['tickers'], (signal) => api.GET('/api/v1/tickers', { signal }));
  return (
    <>
      <button onClick={() => void query.refetch()}>again</button>
      <DataRegion query={query} skeleton={<i data-testid="skeleton" />} isEmpty={(found) => !found.tickers.length} empty={{ title: 'No tickers.', action: <button>Send tweets</button> }} partial={(found) => (found.tickers.length === 2 ? 'Only two of them.' : null)}>
        {(found) => <p>{found.tickers.map((one) => one.ticker.toLowerCase()).join(' ')}</p>}
      </DataRegion>
    </>
  );
}

const show = () => render(<QueryClientProvider client={makeClient()}><SessionProvider><Region /></SessionProvider></QueryClientProvider>);

test('a region shows its skeleton until data come', async () => {
  server.use(answers('get', '/tickers', tickers(1)));
  show();
  expect(screen.getByTestId('skeleton')).toBeInTheDocument();
  expect(await screen.findByText('t0')).toBeInTheDocument();
  expect(screen.queryByTestId('skeleton')).toBeNull();
});

test('an empty region names the next action', async () => {
  server.use(answers('get', '/tickers', tickers(0)));
  show();
  expect(await screen.findByText('No tickers.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Send tweets' })).toBeInTheDocument();
});

test('a partial region says what is missing beside the data', async () => {
  server.use(answers('get', '/tickers', tickers(2)));
  show();
  expect(await screen.findByText('Only two of them.')).toBeInTheDocument();
  expect(screen.getByText('t0 t1')).toBeInTheDocument();
});

test('a failed region shows title, detail, request id, and recovers by Retry', async () => {
  server.use(refuses('get', '/tickers', 409, { title: 'Conflict', detail: 'the model is torn' }));
  show();
  const alert = await screen.findByRole('alert');
  for (const words of ['Conflict', 'the model is torn', 'request abc123']) expect(alert).toHaveTextContent(words);
  server.use(answers('get', '/tickers', tickers(1)));
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  expect(await screen.findByText('t0')).toBeInTheDocument();
});

test('data stay, with their time, when the server fails later', async () => {
  server.use(answers('get', '/tickers', tickers(1)));
  show();
  await screen.findByText('t0');
  server.use(refuses('get', '/tickers', 503));
  await userEvent.click(screen.getByRole('button', { name: 'again' }));
  expect(await screen.findByText(/^Data from .*: Service Unavailable\. the model is being loaded$/)).toBeInTheDocument();
  expect(screen.getByText('t0')).toBeInTheDocument();
});

test('a region without a server says that it is offline', async () => {
  server.use(unreachable('/tickers'));
  show();
  expect(await screen.findByText('Offline')).toBeInTheDocument();
  expect(screen.getByText(/Nothing answered\./)).toBeInTheDocument();
});

test('an answer that is no JSON is an error and not an empty page', async () => {
  server.use(handle('get', '/tickers', () => new HttpResponse('<html>', { headers: { 'content-type': 'application/json' } })));
  show();
  expect(await screen.findByText('Unreadable answer')).toBeInTheDocument();
});

test('an answer of another shape breaks its region only', async () => {
  const silenced = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const quiet = (event: ErrorEvent) => event.preventDefault();
  window.addEventListener('error', quiet);
  server.use(answers('get', '/tickers', { tickers: [{ name: 'no ticker' }] }));
  show();
  expect(await screen.findByText('This part cannot be shown')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'again' })).toBeInTheDocument();
  window.removeEventListener('error', quiet);
  silenced.mockRestore();
});

test('a server that fails is asked again without a click', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  server.use(refuses('get', '/tickers', 503));
  show();
  await screen.findByText('Service Unavailable');
  server.use(answers('get', '/tickers', tickers(1)));
  await act(() => vi.advanceTimersByTimeAsync(4_500));
  expect(await screen.findByText('t0')).toBeInTheDocument();
  vi.useRealTimers();
});
