'use client';

import { Download, Image as ImageIcon, Table2 } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import type { CanvasProps } from '@/components/charts/canvas';
import { later } from '@/components/later';
import { Button } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { useSeen } from '@/hooks/use-seen';
import { saveCsv, type Cell } from '@/lib/csv';
import { count } from '@/lib/format';

const WAITING = (
  <div aria-busy="true" className="h-full">
    <Skeleton className="h-full" />
  </div>
);

const Canvas = later(() => import('@/components/charts/canvas').then((module) => module.Canvas), WAITING);

const FrameTable = later(() => import('@/components/charts/frame-table').then((module) => module.FrameTable), <Skeleton className="h-40 w-full" />);

type Chart = Pick<CanvasProps, 'build' | 'version'>;
export type ChartFrameProps = {
  title: string;
  caption: ReactNode;
  n: number; // what is counted in the chart
  unit?: string;
  height: number;
  columns: readonly string[];
  rows: () => readonly (readonly Cell[])[]; // made when somebody wants the table or the file
  rowAction?: (row: number) => ReactNode; // shown in the table: what a click in the chart does
  fileName: string;
  chart?: Chart;
  children?: ReactNode; // a chart that needs no canvas
};

/** Every chart says what it shows and on how much, can be read as a table, and taken along as CSV or PNG. */
export function ChartFrame(props: ChartFrameProps) {
  const { title, caption, n, unit = 'tweets', height, columns, rows, fileName, chart, children } = props;
  const [asTable, setAsTable] = useState(false);
  const [place, seen] = useSeen();
  const actions = useRef<{ savePng: (name: string) => void } | null>(null);
  return (
    <Card className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <CardTitle>{title}</CardTitle>
        <span className="text-xs tabular-nums text-muted-foreground">
          n = {count(n)} {unit}
        </span>
        <div className="ml-auto flex gap-1">
          <Button variant="ghost" size="sm" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            <Table2 /> {asTable ? 'View as chart' : 'View as table'}
          </Button>
          <Button variant="ghost" size="sm" onClick={() => saveCsv(`${fileName}.csv`, columns, rows())} aria-label={`Download ${title} as CSV`}>
            <Download /> CSV
          </Button>
          {chart && !asTable ? (
            <Button variant="ghost" size="sm" onClick={() => actions.current?.savePng(`${fileName}.png`)} aria-label={`Download ${title} as PNG`}>
              <ImageIcon /> PNG
            </Button>
          ) : null}
        </div>
      </div>
      {asTable ? (
        <div className="overflow-y-auto" style={{ maxHeight: height }}>
          <FrameTable {...props} />
        </div>
      ) : chart ? (
        <div ref={place} style={{ height }} className="min-w-0">
          {seen ? <Canvas label={title} height={height} onReady={(ready) => (actions.current = ready)} {...chart} /> : WAITING}
        </div>
      ) : (
        children
      )}
      <p className="text-xs text-muted-foreground">{caption}</p>
    </Card>
  );
}
