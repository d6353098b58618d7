'use client';

import Link from 'next/link';
import { useState } from 'react';
import { DataRegion } from '@/components/data-region';
import { later } from '@/components/later';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import { Table } from '@/components/ui/table';
import { useActiveModel, useModels, useScopes } from '@/lib/api/use-api';
import { decimal, moment, percent } from '@/lib/format';

const Confirm = later(() => import('./confirm').then((module) => module.Confirm), null);

/** What could answer, what answers, and the switch between them. */
export function ModelList() {
  const query = useModels();
  const active = useActiveModel().data;
  const { canAdmin } = useScopes();
  const [asked, setAsked] = useState<string | null>(null);
  const [before, setBefore] = useState<string | null>(null); // of this visit: the server knows of activations only, not of what it began with
  const previous = active?.previous_model_id ?? (before === active?.model.model_id ? null : before);
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-64" />} isEmpty={(found) => found.models.length === 0} empty={{ title: 'No model yet. Train one: tweetsent run train -p data my_tweets.csv' }}>
      {(found) => (
        <div className="flex flex-col gap-4">
          {active ? (
            <p className="foreign">
              <strong className="font-semibold">{active.model.model_id}</strong> answers{active.activated_at ? ` since ${moment(active.activated_at)}, chosen by ${active.activated_by ?? 'nobody'}` : ''}.{' '}
              {previous && canAdmin ? <Button variant="outline" size="sm" onClick={() => setAsked(previous)}>Roll back to {previous}</Button> : null}
            </p>
          ) : null}
          <Table
            caption="Models"
            rows={found.models}
            rowKey={(model) => model.model_id}
            columns={[
              { title: 'Model', className: 'min-w-40 sm:min-w-64', cell: (model) => <Link className="break-all font-mono text-xs underline underline-offset-4" href={`/models/run/?id=${model.model_id}`}>{model.model_id}</Link> },
              { title: 'Preset', cell: (model) => <span className="flex flex-wrap gap-1">{model.preset}{model.badge ? <Badge variant="warning">{model.badge}</Badge> : null}</span> },
              { title: 'Labels', cell: (model) => model.label_names.join(', ') },
              { title: 'No judgement below', numeric: true, cell: (model) => percent(model.abstain_below) },
              { title: 'Temperature', numeric: true, cell: (model) => decimal(model.temperature, 2) },
              { title: 'Made', cell: (model) => <span className="whitespace-nowrap">{moment(model.created_at)}</span> },
              { title: 'State', cell: (model) => model.active ? <Badge>active</Badge> : <Button variant="outline" size="sm" disabled={!canAdmin} title={canAdmin ? undefined : 'needs a key with the scope “admin”'} onClick={() => setAsked(model.model_id)}>Activate</Button> },
            ]}
          />
          {canAdmin ? null : <p className="text-muted-foreground">Activating needs a key with the scope “admin”.</p>}
          {asked ? <Confirm id={asked} from={active?.model.model_id ?? null} onDone={setBefore} onClose={() => setAsked(null)} /> : null}
        </div>
      )}
    </DataRegion>
  );
}
