'use client';

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { DataRegion, EmptyNote } from '@/components/data-region';
import { later } from '@/components/later';
import { Badge } from '@/components/ui/badge';
import { Skeleton } from '@/components/ui/skeleton';
import { Tabs } from '@/components/ui/tabs';
import type { Schemas } from '@/lib/api/client';
import { useRun } from './queries';

const Confusion = later(() => import('./confusion').then((module) => module.Confusion), <Skeleton className="h-80" />);
const Calibration = later(() => import('./calibration').then((module) => module.Calibration), <Skeleton className="h-80" />);
const Curves = later(() => import('./curves').then((module) => module.Curves), <Skeleton className="h-80" />);
const Parameters = later(() => import('./run-parts').then((module) => module.Parameters), <Skeleton className="h-80" />);
const Report = later(() => import('./run-parts').then((module) => module.Report), <Skeleton className="h-80" />);
const Artifacts = later(() => import('./run-parts').then((module) => module.Artifacts), <Skeleton className="h-80" />);

const IDS = ['result', 'training', 'parameters', 'report'] as const;
const TABS = [
  { id: 'result', title: 'Result' },
  { id: 'training', title: 'Training' },
  { id: 'parameters', title: 'Parameters' },
  { id: 'report', title: 'Report and files' },
] as const;

export function Run() {
  const [{ id, tab }, set] = useQueryStates({ id: parseAsString, tab: parseAsStringLiteral(IDS).withDefault('result') }, { history: 'push' });
  if (!id || !/^[a-z0-9][a-z0-9_-]{0,90}$/.test(id)) return <EmptyNote title="No run is chosen. The leaderboard has all of them." />;
  return <Chosen id={id} tab={tab} onTab={(next) => void set({ tab: next })} />;
}

function Chosen({ id, tab, onTab }: { id: string; tab: (typeof IDS)[number]; onTab: (tab: (typeof IDS)[number]) => void }) {
  const query = useRun(id);
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-[32rem]" />} empty={{ title: 'No such run.' }}>
      {(found) => (
        <div className="flex flex-col gap-4">
          <Head found={found} />
          <Tabs label="Parts of the run" tabs={TABS} active={tab} onChange={onTab}>
            {tab === 'result' ? (
              <div className="grid gap-4 lg:grid-cols-2">
                <Confusion id={id} />
                <Calibration id={id} />
              </div>
            ) : tab === 'training' ? (
              <Curves found={found} />
            ) : tab === 'parameters' ? (
              <Parameters found={found} />
            ) : (
              <div className="flex flex-col gap-4">
                <Report found={found} />
                <Artifacts found={found} />
              </div>
            )}
          </Tabs>
        </div>
      )}
    </DataRegion>
  );
}

function Head({ found }: { found: Schemas['RunDetail'] }) {
  const { run } = found;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex flex-wrap items-center gap-2">
        <span className="break-all font-mono text-xs">{run.run_id}</span>
        {run.is_best ? <Badge>best run</Badge> : null}
        {run.model === 'tfidf' ? <Badge variant="warning">baseline model</Badge> : null}
        {run.data === 'sample' ? <Badge variant="warning">sample data</Badge> : null}
      </p>
      <p className="foreign text-base">{found.headline}</p>
      <ul className="flex flex-col gap-1 text-muted-foreground">
        {found.findings.map((finding) => (
          <li key={finding.anchor + finding.text} className="foreign">
            {finding.warns ? <strong className="font-semibold text-foreground">Mind: </strong> : null}
            {finding.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
