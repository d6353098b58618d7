'use client';

import type { ReactNode } from 'react';
import type { ChartFrameProps } from '@/components/charts/chart-frame';
import { Table } from '@/components/ui/table';
import type { Cell } from '@/lib/csv';
import { NOTHING } from '@/lib/format';

/** What a chart shows, as a table. */
export function FrameTable({ title, columns, rows: read, rowAction }: ChartFrameProps) {
  const rows = read();
  const cells = columns.map((column, i) => ({ title: column, numeric: typeof rows[0]?.[i] === 'number', cell: (row: { cells: readonly Cell[]; at: number }) => shown(row.cells[i]) }));
  const acting = rowAction ? [...cells, { title: 'Open', numeric: false, cell: (row: { at: number }) => rowAction(row.at) }] : cells;
  return <Table caption={title} columns={acting} rows={rows.map((row, at) => ({ cells: row, at }))} rowKey={(row) => String(row.at)} />;
}

function shown(cell: Cell): ReactNode {
  if (cell == null) return NOTHING;
  return typeof cell === 'number' && !Number.isInteger(cell) ? cell.toFixed(3) : String(cell);
}
