'use client';

import { Download } from 'lucide-react';
import { DataRegion, ProblemNote } from '@/components/data-region';
import { Button, buttonVariants } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { Table } from '@/components/ui/table';
import { asProblem } from '@/lib/api/problem';
import { count, duration, percent } from '@/lib/format';
import { isOpen, useEndJob, useJob, type Job } from './use-job';

const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
const SAYS: Record<Job['status'], string> = { queued: 'Waits for its turn', running: 'Is being scored', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

export function JobCard({ id, onNew }: { id: string; onNew: () => void }) {
  const query = useJob(id);
  const end = useEndJob(id);
  return (
    <div className="flex flex-col gap-3">
      <DataRegion query={query} skeleton={<Skeleton className="h-48" />} empty={{ title: 'No such job.' }}>
        {(job) => (
          <>
            <Card className="flex flex-col gap-3">
              <CardTitle className="foreign">
                {SAYS[job.status]}: {job.filename}
              </CardTitle>
              <Progress job={job} />
              {job.error ? <p role="alert" className="foreign text-danger">{job.error}</p> : null}
              <div className="flex flex-wrap gap-2">
                {job.status === 'done' ? FORMATS.map((format) => (
                  <a key={format} href={`/api/v1/jobs/${id}/results?format=${format}`} download className={buttonVariants({ variant: 'outline' })}>
                    <Download /> {format.toUpperCase()}
                  </a>
                )) : null}
                {isOpen(job) ? <Button variant="outline" disabled={end.isPending} onClick={() => end.mutate()}>Cancel</Button> : null}
              </div>
            </Card>
            <Ledger job={job} />
          </>
        )}
      </DataRegion>
      {end.error ? <ProblemNote problem={asProblem(end.error)} /> : null}
      <Button variant="outline" className="self-start" onClick={onNew}>
        Another file
      </Button>
    </div>
  );
}

function Progress({ job }: { job: Job }) {
  const share = job.n_rows ? job.n_done / job.n_rows : job.status === 'done' ? 1 : 0;
  const text = `${count(job.n_done)} of ${job.n_rows === null ? 'an unknown number of' : count(job.n_rows)} rows`;
  return (
    <div className="flex flex-col gap-1">
      <div role="progressbar" aria-label="Rows scored" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} aria-valuetext={text} className="h-2.5 overflow-hidden rounded-full bg-muted">
        <div className="h-full bg-ring transition-[width]" style={{ width: `${share * 100}%` }} />
      </div>
      <p className="tabular-nums text-muted-foreground" role="status">
        {text} ({percent(share)}){job.eta_s === null ? '' : `, about ${duration(job.eta_s)} left`}
        {job.n_dropped ? `; ${count(job.n_dropped)} rows were left out, see below` : ''}
      </p>
    </div>
  );
}

/** Nothing is left out in silence: every bad row with its reason. */
function Ledger({ job }: { job: Job }) {
  const guesses = Object.values(job.guesses);
  return (
    <>
      {guesses.length ? (
        <Card>
          <CardTitle className="mb-2">What was guessed</CardTitle>
          <ul className="list-disc pl-5 text-muted-foreground">{guesses.map((guess) => <li key={guess} className="foreign">{guess}</li>)}</ul>
        </Card>
      ) : null}
      {job.bad_rows.length ? (
        <Card>
          <CardTitle className="mb-2">Rows left out or mended: {Object.entries(job.reasons).map(([reason, n]) => `${reason} ${count(n)}`).join(', ')}</CardTitle>
          <Table
            caption="Rows left out or mended"
            rows={job.bad_rows}
            rowKey={(row, i) => `${row.row}-${i}`}
            columns={[
              { title: 'Row', numeric: true, cell: (row) => count(row.row) },
              { title: 'What was done', cell: (row) => row.action },
              { title: 'Reason', cell: (row) => row.reason },
              { title: 'Detail', cell: (row) => <span className="foreign">{row.detail}</span> },
            ]}
          />
        </Card>
      ) : null}
    </>
  );
}
