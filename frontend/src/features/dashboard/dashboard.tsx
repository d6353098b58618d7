'use client';

import { later } from '@/components/later';
import { Near } from '@/components/near';
import { Skeleton } from '@/components/ui/skeleton';
import { Cards } from './cards';
import { FilterBar } from './filter-bar';
import { SeriesChart } from './series-chart';
import { useFilters } from './use-filters';

const Distribution = later(() => import('./distribution').then((module) => module.Distribution), <Skeleton className="h-80" />);
const Movers = later(() => import('./movers').then((module) => module.Movers), <Skeleton className="h-80" />);
const Tweets = later(() => import('./tweets').then((module) => module.Tweets), <Skeleton className="h-80" />);

export function Dashboard() {
  const { filters, set } = useFilters();
  return (
    <div className="flex flex-col gap-4">
      <FilterBar filters={filters} set={set} />
      <Cards filters={filters} />
      <SeriesChart filters={filters} set={set} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Near>
          <Distribution filters={filters} />
        </Near>
        <Near>
          <Movers filters={filters} set={set} />
        </Near>
      </div>
      <Near>
        <Tweets filters={filters} set={set} />
      </Near>
    </div>
  );
}
