import type { ReactNode } from 'react';
import { cn } from '@/lib/utils';

export type Column<Row> = { title: string; cell: (row: Row) => ReactNode; numeric?: boolean; className?: string };

type TableProps<Row> = { caption: string; columns: readonly Column<Row>[]; rows: readonly Row[]; rowKey: (row: Row, index: number) => string; rowClass?: (row: Row) => string };

/** A plain table that scrolls sideways inside its own box. */
export function Table<Row>({ caption, columns, rows, rowKey, rowClass }: TableProps<Row>) {
  return (
    <div className="max-w-full overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full border-collapse text-left tabular-nums">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b text-xs text-muted-foreground">
            {columns.map((column) => (
              <th key={column.title} scope="col" className={cn('whitespace-nowrap px-1 py-1.5 font-medium sm:px-2', column.numeric && 'text-right')}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={rowKey(row, i)} className={cn('border-b last:border-0', rowClass?.(row))}>
              {columns.map((column) => (
                <td key={column.title} className={cn('px-1 py-1.5 align-top sm:px-2', column.numeric && 'whitespace-nowrap text-right', column.className)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
