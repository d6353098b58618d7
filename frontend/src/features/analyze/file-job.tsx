'use client';

import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useState } from 'react';
import { ProblemNote } from '@/components/data-region';
import { Button } from '@/components/ui/button';
import { Field, Input, Select } from '@/components/ui/field';
import { Table } from '@/components/ui/table';
import { asProblem } from '@/lib/api/problem';
import { useModels } from '@/lib/api/use-api';
import { count } from '@/lib/format';
import { JobCard } from './job-card';
import { previewOf, type Preview } from './preview';
import { useSendFile } from './use-job';

const MOST_BYTES = 50 * 2 ** 20;

/** A file is scored in the background. Its job is in the URL: reload, close, come back, it is still there. */
export function FileJob() {
  const [jobId, setJobId] = useQueryState('job', parseAsString.withOptions({ history: 'push' }));
  const known = jobId && /^[0-9a-f]{32}$/.test(jobId) ? jobId : null;
  if (known) return <JobCard id={known} onNew={() => void setJobId(null)} />;
  return <Upload onStarted={(id) => void setJobId(id)} />;
}

function Upload({ onStarted }: { onStarted: (id: string) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview>(null);
  const [textColumn, setTextColumn] = useState('');
  const [model, setModel] = useState('');
  const models = useModels().data?.models ?? [];
  const send = useSendFile((job) => onStarted(job.id));
  useEffect(() => {
    setTextColumn('');
    setPreview(null);
    let isWanted = true;
    if (file) void previewOf(file).then((found) => isWanted && setPreview(found), () => undefined);
    return () => void (isWanted = false); // another file was chosen meanwhile
  }, [file]);
  const tooLarge = file !== null && file.size > MOST_BYTES;
  return (
    <div className="flex flex-col gap-4">
      <Field label="File of tweets" hint="CSV, TSV, JSON, JSONL or Parquet, up to 50 MB">
        <Input type="file" accept=".csv,.tsv,.json,.jsonl,.ndjson,.parquet" className="!h-auto py-1.5" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
      </Field>
      {tooLarge ? <p role="alert" className="text-danger">{file.name} has {count(Math.round(file.size / 2 ** 20))} MB; send it in several files of up to 50 MB.</p> : null}
      {preview ? (
        <Table caption="First rows of the file" columns={preview.columns.map((title, i) => ({ title, cell: (row: string[]) => <span className="foreign line-clamp-2">{row[i]}</span>, className: 'max-w-96' }))} rows={preview.rows} rowKey={(_, i) => String(i)} />
      ) : null}
      {preview?.nMore ? <p role="status" className="text-muted-foreground">The first {count(preview.columns.length)} of at least {count(preview.columns.length + preview.nMore)} columns are shown. Should the tweets be further on, write the name of their column below.</p> : null}
      {file && !tooLarge ? (
        <div className="flex flex-wrap items-end gap-3">
          <Field label="Column with the tweets" className="w-56">
            {preview && !preview.nMore ? (
              <Select value={textColumn} onChange={(event) => setTextColumn(event.target.value)}>
                <option value="">let the server guess</option>
                {preview.columns.map((column) => (
                  <option key={column}>{column}</option>
                ))}
              </Select>
            ) : (
              <Input value={textColumn} maxLength={200} placeholder="let the server guess" onChange={(event) => setTextColumn(event.target.value)} />
            )}
          </Field>
          <Field label="Model" className="w-64">
            <Select value={model} onChange={(event) => setModel(event.target.value)}>
              <option value="">the active one</option>
              {models.map((one) => (
                <option key={one.model_id}>{one.model_id}</option>
              ))}
            </Select>
          </Field>
          <Button disabled={send.isPending} onClick={() => send.mutate({ file, textColumn, model })}>
            {send.isPending ? 'Sending …' : 'Score the file'}
          </Button>
        </div>
      ) : null}
      {send.error ? <ProblemNote problem={asProblem(send.error)} /> : null}
    </div>
  );
}
