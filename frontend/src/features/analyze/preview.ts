export type Preview = { columns: string[]; rows: string[][]; nMore?: number } | null; // nMore: columns that are not shown

const MOST_COLUMNS = 50;

/** The first rows of a text file, to choose the column by. Parquet is not looked into here; the server says what it guessed. */
export const previewOf = async (file: File): Promise<Preview> => previewText(file.name, await file.slice(0, 64 * 1024).text());

export function previewText(name: string, head: string): Preview {
  if (/\.(jsonl|ndjson)$/i.test(name)) return ofLines(head);
  if (!/\.(csv|tsv)$/i.test(name)) return null;
  const table = parseTable(head.replace(/^\ufeff/, ''), /\.tsv$/i.test(name) ? '\t' : separatorOf(head));
  return narrow(table[0] ?? [], table.slice(1, 6));
}

/** A file that is one long line has tens of thousands of columns: drawing them would take the page along. */
function narrow(columns: string[], rows: string[][]): Preview {
  if (columns.length <= MOST_COLUMNS) return { columns, rows };
  return { columns: columns.slice(0, MOST_COLUMNS), rows: rows.map((row) => row.slice(0, MOST_COLUMNS)), nMore: columns.length - MOST_COLUMNS };
}

function ofLines(head: string): Preview {
  const rows = head.split('\n').slice(0, 5).flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : [];
    } catch {
      return []; // the server keeps a bad line with its reason
    }
  });
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return narrow(columns, rows.map((row) => columns.map((name) => (typeof row[name] === 'string' ? row[name] : JSON.stringify(row[name] ?? null)))));
}

const separatorOf = (head: string): string => [',', ';', '\t'].map((one) => [one, (head.split('\n')[0] ?? '').split(one).length] as const).sort((a, b) => b[1] - a[1])[0]![0];

/** Fields in quotes may hold separators, line breaks and doubled quotes. */
export function parseTable(text: string, separator: string, most = 7): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  const put = () => (rows.at(-1)!.push(field), (field = ''));
  for (let i = 0; i < text.length && rows.length <= most; i += 1) {
    const char = text[i]!;
    if (quoted && char === '"' && text[i + 1] === '"') {
      field += '"';
      i += 1;
    } else if (char === '"' && (quoted || field === '')) quoted = !quoted;
    else if (!quoted && char === separator) put();
    else if (!quoted && char === '\n') {
      put();
      rows.push([]);
    } else if (quoted || char !== '\r') field += char;
  }
  if (field || rows.at(-1)!.length) put();
  return rows.filter((row) => row.length > 1 || row[0]);
}
