import { QueryClientProvider } from '@tanstack/react-query';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState, type ReactNode } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { Palette } from '@/components/shell/palette';
import { Tweets } from '@/features/dashboard/tweets';
import type { Filters, SetFilters } from '@/features/dashboard/use-filters';
import { makeClient } from '@/lib/api/query-client';
import { SessionProvider } from '@/lib/api/session';
import { answers, server } from './server';

vi.mock('next/navigation', () => ({ useRouter: () => ({ push: () => undefined }) }));

const show = (part: ReactNode) => render(<QueryClientProvider client={makeClient()}><SessionProvider>{part}</SessionProvider></QueryClientProvider>);
const scrolled = vi.fn();

beforeEach(() => {
  scrolled.mockClear();
  Element.prototype.scrollIntoView = function (this: Element, options) {
    scrolled(this.id, options);
  };
});

test('the palette brings the option that the arrows choose into view', async () => {
  server.use(answers('get', '/models', { models: [] }));
  show(<Palette />);
  const field = await screen.findByRole('combobox');
  for (let i = 0; i < 3; i += 1) fireEvent.keyDown(field, { key: 'ArrowDown' });
  const chosen = screen.getByRole('option', { selected: true });
  expect(field).toHaveAttribute('aria-activedescendant', chosen.id);
  expect(scrolled).toHaveBeenLastCalledWith(chosen.id, { block: 'nearest' });
  fireEvent.keyDown(field, { key: 'Home' });
  expect(scrolled.mock.calls.length).toBeLessThanOrEqual(4);
});

const PERIOD = { t: [], from: '2024-01-01', to: '2024-02-01', b: 'day' as const, at: null, l: null, q: null };
let change: (q: string | null) => void;

function Found() {
  const [filters, setFilters] = useState<Filters>(PERIOD);
  change = (q) => setFilters((before) => ({ ...before, q }));
  const set = (async (next: Partial<Filters>) => setFilters((before) => ({ ...before, ...next }))) as unknown as SetFilters;
  return <Tweets filters={filters} set={set} />;
}

test('a search by Enter leaves the focus in the field, and the field follows the URL', async () => {
  server.use(answers('get', '/tweets', { tweets: [], next_cursor: null }), answers('get', '/sentiment/summary', {}));
  show(<Found />);
  const field = screen.getByRole('searchbox', { name: 'Words' });
  await userEvent.type(field, ' to the moon {Enter}');
  expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Words' }));
  expect(document.activeElement).toHaveValue('to the moon');
  act(() => change(null)); // back, in the browser
  expect(screen.getByRole('searchbox', { name: 'Words' })).toHaveValue('');
});
