'use client';

import { DataRegion } from '@/components/data-region';
import { Button } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { Table } from '@/components/ui/table';
import { count, decimal } from '@/lib/format';
import { useMovers } from './queries';
import type { Filters, SetFilters } from './use-filters';

export function Movers({ filters, set }: { filters: Filters; set: SetFilters }) {
  const query = useMovers(filters);
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Top movers</CardTitle>
      <DataRegion
        query={query}
        skeleton={<Skeleton className="h-64" />}
        isEmpty={(found) => found.movers.length === 0}
        empty={{ title: 'No ticker has 20 judged tweets in this period and in the one before. Choose a longer period.' }}
      >
        {(found) => (
          <>
            <Table
              caption="Top movers"
              rows={found.movers}
              rowKey={(row) => row.ticker}
              columns={[
                { title: 'Ticker', cell: (row) => <Button variant="link" size="none" onClick={() => void set({ t: [row.ticker], at: null })}>${row.ticker}</Button> },
                { title: 'Before', numeric: true, cell: (row) => decimal(row.net_before, 2, true) },
                { title: 'Now', numeric: true, cell: (row) => decimal(row.net, 2, true) },
                { title: 'Change', numeric: true, cell: (row) => decimal(row.change, 2, true) },
                { title: 'z', numeric: true, cell: (row) => decimal(row.z, 1, true) },
                { title: 'n', numeric: true, cell: (row) => `${count(row.n_before)} → ${count(row.n)}` },
              ]}
            />
            <p className="text-xs text-muted-foreground">z is the change over its standard error; at least {count(found.least)} judged tweets in each period. With many tickers some large z come by chance.</p>
          </>
        )}
      </DataRegion>
    </Card>
  );
}
