'use client';

import { parseAsString, useQueryState } from 'nuqs';
import { useRef } from 'react';
import { DataRegion } from '@/components/data-region';
import { later } from '@/components/later';
import { Near } from '@/components/near';
import { Field, Select } from '@/components/ui/field';
import { Skeleton } from '@/components/ui/skeleton';
import { api } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';
import { count } from '@/lib/format';
import { DeskView } from './desk-view';
import { GuidelineButton, useGuideline } from './guideline';

const Statistics = later(() => import('./statistics').then((module) => module.Statistics), <Skeleton className="h-40" />);

export function Review() {
  useGuideline(); // asked for beside the queues: the card needs both
  const queues = useApi(['review', 'queues'], (signal) => api.GET('/api/v1/review/queues', { signal }));
  const [queue, setQueue] = useQueryState('queue', parseAsString.withOptions({ history: 'push' }));
  const stays = useRef<string>(); // the queue that was chosen for a person stays the chosen one when its last card is decided
  return (
    <DataRegion query={queues} skeleton={<Skeleton className="h-[30rem]" />} isEmpty={(found) => found.queues.every((one) => one.n === 0)} empty={{ title: 'Nothing to review: no annotators disagree. Label some tweets first: tweetsent label data/mine.parquet --annotator vader,simulator' }}>
      {(found) => {
        const named = (id: string | null | undefined) => found.queues.find((one) => one.id === id);
        const chosen = named(queue) ?? named(stays.current) ?? found.queues.find((one) => one.n_left > 0) ?? found.queues[0]!;
        if (!named(queue)) stays.current = chosen.id;
        return (
          <div className="grid gap-4 lg:grid-cols-[1fr_20rem]">
            <div className="flex min-w-0 flex-col gap-4">
              <div className="flex flex-wrap items-end gap-3">
                <Field label={`Queue of ${found.reviewer}`} className="w-80 max-w-full">
                  <Select value={chosen.id} onChange={(event) => (event.currentTarget.matches(':focus-visible') || event.currentTarget.blur(), void setQueue(event.target.value))}>
                    {found.queues.map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.title}: {count(one.n_left)} of {count(one.n)} left
                      </option>
                    ))}
                  </Select>
                </Field>
                <GuidelineButton />
              </div>
              <DeskView key={chosen.id} queue={chosen.id} reviewer={found.reviewer} />
            </div>
            <Near>
              <Statistics queue={chosen.id} />
            </Near>
          </div>
        );
      }}
    </DataRegion>
  );
}
