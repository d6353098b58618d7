'use client';

import { BarController, BarElement, Chart, Filler, Legend, LinearScale, LineController, LineElement, PointElement, ScatterController, Tooltip, CategoryScale, type ChartConfiguration } from 'chart.js';
import zoom from 'chartjs-plugin-zoom';
import { useTheme } from 'next-themes';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { saveBlob } from '@/lib/csv';
import { tokenColor } from '@/lib/tokens';
import { usePreferences } from '@/stores/preferences';

Chart.register(BarController, BarElement, CategoryScale, Filler, Legend, LinearScale, LineController, LineElement, PointElement, ScatterController, Tooltip, zoom);

export type CanvasProps = {
  label: string;
  build: () => ChartConfiguration; // called again when data or theme change
  version: unknown; // whenever it changes, the chart is drawn anew
  onReady?: (actions: { savePng: (name: string) => void }) => void;
  height: number; // pixels
};

/** A chart: loaded when it is needed, coloured by the tokens, zoomed by keys when it has the focus. */
export function Canvas({ label, build, version, onReady, height }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const { resolvedTheme } = useTheme();
  const palette = usePreferences((state) => state.palette);
  const latest = useRef({ build, onReady });
  latest.current = { build, onReady };
  useEffect(() => {
    if (!canvas.current) return;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = tokenColor('muted-foreground');
    Chart.defaults.borderColor = tokenColor('border');
    const begun = performance.now();
    const made = new Chart(canvas.current, latest.current.build());
    performance.measure('chart', { start: begun });
    chart.current = made;
    latest.current.onReady?.({ savePng: (name) => savePng(made, name) });
    return () => made.destroy();
  }, [version, resolvedTheme, palette]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || !moveChart(chart.current, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- the keys zoom
    <div role="group" tabIndex={0} aria-label={`${label}. Keys: plus and minus zoom, arrows move, 0 shows all.`} onKeyDown={onKeyDown} style={{ height }} className="relative min-w-0 overflow-hidden rounded">
      <canvas ref={canvas} aria-hidden />
    </div>
  );
}

function moveChart(chart: Chart | null, key: string): boolean {
  if (!chart?.options.plugins?.zoom) return false;
  const moves: Record<string, () => void> = {
    '+': () => chart.zoom({ x: 1.4 }),
    '=': () => chart.zoom({ x: 1.4 }),
    '-': () => chart.zoom({ x: 1 / 1.4 }),
    ArrowLeft: () => chart.pan({ x: chart.width / 8 }),
    ArrowRight: () => chart.pan({ x: -chart.width / 8 }),
    '0': () => chart.resetZoom(),
  };
  moves[key]?.();
  return key in moves;
}

function savePng(chart: Chart, name: string): void {
  const copy = document.createElement('canvas');
  copy.width = chart.canvas.width;
  copy.height = chart.canvas.height;
  const pen = copy.getContext('2d');
  if (!pen) return;
  pen.fillStyle = tokenColor('card');
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(chart.canvas, 0, 0);
  copy.toBlob((blob) => blob && saveBlob(blob, name));
}
