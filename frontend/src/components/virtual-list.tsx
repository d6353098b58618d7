'use client';

import { useState, type ReactNode } from 'react';

const SPARE = 8;

type VirtualListProps<Row> = { label: string; rows: readonly Row[]; rowHeight: number; height: number; children: (row: Row, index: number) => ReactNode };

/** Rows of one height; only those in sight are in the document. */
export function VirtualList<Row>({ label, rows, rowHeight, height, children }: VirtualListProps<Row>) {
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const shown = rows.slice(first, first + Math.ceil(height / rowHeight) + 2 * SPARE);
  return (
    <div role="region" aria-label={label} tabIndex={0} className="overflow-y-auto rounded-md border" style={{ height: height + 2 }} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <ol style={{ height: rows.length * rowHeight, paddingTop: first * rowHeight }}>
        {shown.map((row, i) => (
          <li key={first + i} aria-setsize={rows.length} aria-posinset={first + i + 1} style={{ height: rowHeight }} className="flex items-center gap-3 overflow-hidden border-b px-3">
            {children(row, first + i)}
          </li>
        ))}
      </ol>
    </div>
  );
}
