'use client';

import { BarController, BarElement, Chart, Filler, Legend, LinearScale, LineController, LineElement, PointElement, ScatterController, Tooltip, CategoryScale, type ChartConfiguration } from 'chart.js';
import zoom from 'chartjs-plugin-zoom';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { saveBlob } from '@/lib/csv';
import { tokenColor } from '@/lib/tokens';

Chart.register(BarController, BarElement, CategoryScale, Filler, Legend, LinearScale, LineController, LineElement, PointElement, ScatterController, Tooltip, zoom);

export type CanvasProps = {
  label: string;
  build: () => ChartConfiguration; // called again when data or colours change
  version: unknown; // whenever it changes, the chart is drawn anew
  onReady?: (actions: { savePng: (name: string) => void }) => void;
  height: number; // pixels
};

/** A chart: loaded when it is needed, coloured by the tokens, zoomed by keys when it has the focus. */
export function Canvas({ label, build, version, onReady, height }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const latest = useRef({ build, onReady });
  latest.current = { build, onReady };
  useEffect(() => {
    const draw = () => {
      chart.current?.destroy();
      if (canvas.current) chart.current = drawn(canvas.current, latest.current.build);
    };
    draw();
    latest.current.onReady?.({ savePng: (name) => chart.current && savePng(chart.current, name) });
    const watcher = new MutationObserver(draw); // the colours change with the root's attributes, some time after the state that names them
    watcher.observe(document.documentElement, { attributeFilter: ['class', 'data-palette'] });
    return () => {
      watcher.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [version]);
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

function drawn(canvas: HTMLCanvasElement, build: () => ChartConfiguration): Chart {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = tokenColor('muted-foreground');
  Chart.defaults.borderColor = tokenColor('border');
  const begun = performance.now();
  const made = new Chart(canvas, build());
  performance.measure('chart', { start: begun });
  return made;
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
