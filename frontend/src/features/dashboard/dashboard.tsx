'use client';

import { Cards } from './cards';
import { Distribution } from './distribution';
import { FilterBar } from './filter-bar';
import { Movers } from './movers';
import { SeriesChart } from './series-chart';
import { Tweets } from './tweets';
import { useFilters } from './use-filters';

export function Dashboard() {
  const { filters, set } = useFilters();
  return (
    <div className="flex flex-col gap-4">
      <FilterBar filters={filters} set={set} />
      <Cards filters={filters} />
      <SeriesChart filters={filters} set={set} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Distribution filters={filters} />
        <Movers filters={filters} set={set} />
      </div>
      <Tweets filters={filters} set={set} />
    </div>
  );
}
