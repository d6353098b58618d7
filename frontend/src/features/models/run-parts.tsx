'use client';

import { Card, CardTitle } from '@/components/ui/card';
import { Table } from '@/components/ui/table';
import type { Schemas } from '@/lib/api/client';
import { moment } from '@/lib/format';

type Found = { found: Schemas['RunDetail'] };

const PARTS = ['parameters', 'preset', 'timings', 'seeds', 'hardware', 'git', 'data_fingerprints', 'packages'];

export function Parameters({ found }: Found) {
  const parts = PARTS.flatMap((name) => {
    const value = found.record[name];
    return typeof value === 'object' && value !== null ? [{ name, rows: Object.entries(value) }] : [];
  });
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {parts.map(({ name, rows }) => (
        <Card key={name}>
          <CardTitle className="mb-2">{name.replace('_', ' ')}</CardTitle>
          <Table caption={name} rows={rows} rowKey={([key]) => key} columns={[{ title: 'Name', cell: ([key]) => key }, { title: 'Value', cell: ([, value]) => <span className="foreign font-mono text-xs">{shown(value)}</span> }]} />
        </Card>
      ))}
    </div>
  );
}

const shown = (value: unknown): string => (value === null || value === '' ? '–' : typeof value === 'string' ? value : JSON.stringify(value));

const fileUrl = (id: string, name: string): string => `/api/v1/runs/${encodeURIComponent(id)}/artifacts/${encodeURIComponent(name)}`;

/** The report runs nothing: the frame has no permissions, and the server says so once more. */
export function Report({ found }: Found) {
  if (!found.artifacts.includes('report.html')) return null;
  return (
    <Card>
      <CardTitle className="mb-2">Report of {moment(found.run.created_at)}</CardTitle>
      <iframe sandbox="" title={`Report of ${found.run.run_id}`} src={fileUrl(found.run.run_id, 'report.html')} className="h-[70vh] w-full rounded border bg-white" />
    </Card>
  );
}

export function Artifacts({ found }: Found) {
  return (
    <Card>
      <CardTitle className="mb-2">Files</CardTitle>
      <ul className="list-disc pl-5">
        {found.artifacts.map((name) => (
          <li key={name}>
            <a className="underline underline-offset-4" href={fileUrl(found.run.run_id, name)} target="_blank" rel="noreferrer">
              {name}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
