import { act, render, screen } from '@testing-library/react';
import { ThemeProvider, useTheme } from 'next-themes';
import { useEffect } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Canvas } from '@/components/charts/canvas';
import { ChartFrame } from '@/components/charts/chart-frame';
import { usePreferences } from '@/stores/preferences';

vi.mock('chartjs-plugin-zoom', () => ({ default: {} }));
vi.mock('chart.js', () => {
  class Chart {
    static defaults = { font: {} };
    static register = () => undefined;
    destroy = () => undefined;
  }
  const part = {};
  return { Chart, BarController: part, BarElement: part, CategoryScale: part, Filler: part, Legend: part, LinearScale: part, LineController: part, LineElement: part, PointElement: part, ScatterController: part, Tooltip: part };
});

let come: () => void;
let margin: string | undefined;

beforeEach(() => {
  document.documentElement.className = 'light'; // as the export's script leaves it
  document.documentElement.dataset.palette = 'standard';
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener: () => undefined, removeListener: () => undefined }));
  vi.stubGlobal('IntersectionObserver', class {
    constructor(tell: (entries: { isIntersecting: boolean }[]) => void, options: { rootMargin: string }) {
      come = () => tell([{ isIntersecting: true }]);
      margin = options.rootMargin;
    }
    observe = () => undefined;
    disconnect = () => undefined;
  });
});
afterEach(() => vi.unstubAllGlobals());

/** As the shell's providers do: the root is changed after the charts' effects have run. */
function Root() {
  const { setTheme } = useTheme();
  const palette = usePreferences((state) => state.palette);
  useEffect(() => document.documentElement.setAttribute('data-palette', palette), [palette]);
  return <button onClick={() => setTheme('dark')}>dark</button>;
}

test('a chart has the colours of the new theme and of the new palette', async () => {
  const seen: string[] = [];
  const build = () => (seen.push(`${document.documentElement.className} ${document.documentElement.dataset.palette}`), { type: 'line' as const, data: { datasets: [] } });
  render(<ThemeProvider attribute="class" defaultTheme="light"><Canvas label="x" height={9} version={1} build={build} /><Root /></ThemeProvider>);
  await act(async () => undefined);
  expect(seen.at(-1)).toBe('light standard');
  await act(async () => screen.getByText('dark').click());
  expect(seen.at(-1)).toBe('dark standard');
  await act(async () => usePreferences.setState({ palette: 'strong' }));
  expect(seen.at(-1)).toBe('dark strong');
});

const chart = { build: () => ({ type: 'line' as const, data: { datasets: [] } }), version: 1 };
const frame = () => render(<ChartFrame title="Net" caption="" n={1} height={340} columns={[]} rows={() => []} fileName="x" chart={chart} />).container;

test('a chart that is not near the window yet is a busy place of its full height', async () => {
  const page = frame();
  const busy = page.querySelector('[aria-busy=true]');
  expect(busy).toHaveClass('h-full');
  expect(busy?.firstElementChild).toHaveClass('h-full', 'animate-pulse');
  expect(busy?.parentElement).toHaveStyle({ height: '340px' });
  expect(margin).toBe('600px');
  act(() => come());
  expect(await screen.findByRole('group', { name: /^Net/ })).toBeInTheDocument();
  expect(page.querySelector('[aria-busy=true]')).toBeNull();
});

test('a chart that nobody has seen is there when the page is printed', async () => {
  const first = frame();
  act(() => come());
  await screen.findByRole('group', { name: /^Net/ }); // so its code is there
  first.remove();
  const page = frame();
  window.dispatchEvent(new Event('beforeprint'));
  expect(page.querySelector('canvas')).not.toBeNull();
  await act(async () => undefined);
});
