export type Cell = string | number | boolean | null | undefined;

/** One value of a CSV file. A text that a spreadsheet would compute gets an apostrophe before it. */
export function csvCell(value: Cell): string {
  if (value == null) return '';
  if (typeof value !== 'string') return String(value);
  const inert = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

export function csvText(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

export const saveCsv = (name: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): void =>
  saveBlob(new Blob(['\ufeff', csvText(columns, rows)], { type: 'text/csv;charset=utf-8' }), name);
