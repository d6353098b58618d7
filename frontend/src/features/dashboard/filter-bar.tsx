'use client';

import { X } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';
import { Button } from '@/components/ui/button';
import { Field, Input, Select } from '@/components/ui/field';
import { api } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';
import { count } from '@/lib/format';
import { useSummary } from './queries';
import { BUCKETS, MAX_TICKERS, type Filters, type SetFilters } from './use-filters';

const PRESETS = [7, 30, 90, 365];

export function FilterBar({ filters, set }: { filters: Filters; set: SetFilters }) {
  const end = useSummary(filters).data?.current?.end;
  const showDays = (days: number) => {
    const last = new Date(end ?? Date.now());
    void set({ from: new Date(last.getTime() - days * 86_400_000).toISOString().slice(0, 10), at: null, b: days > 120 ? 'week' : days < 8 ? 'hour' : 'day' });
  };
  return (
    <div className="flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
      <TickerField filters={filters} set={set} />
      <Field label="From" className="w-36">
        <Input type="date" value={filters.from?.slice(0, 10) ?? ''} max={filters.to?.slice(0, 10)} onChange={(event) => void set({ from: event.target.value || null, at: null })} />
      </Field>
      <Field label="To, exclusive" className="w-36">
        <Input type="date" value={filters.to?.slice(0, 10) ?? ''} min={filters.from?.slice(0, 10)} onChange={(event) => void set({ to: event.target.value || null, at: null })} />
      </Field>
      <Field label="Bucket" className="w-24">
        <Select value={filters.b} onChange={(event) => void set({ b: BUCKETS.find((one) => one === event.target.value) ?? 'day', at: null })}>
          {BUCKETS.map((bucket) => (
            <option key={bucket}>{bucket}</option>
          ))}
        </Select>
      </Field>
      <div className="flex gap-1" role="group" aria-label="Last days">
        {PRESETS.map((days) => (
          <Button key={days} variant="outline" size="tight" onClick={() => showDays(days)} aria-label={`Last ${days} days`}>
            {days === 365 ? '1 y' : `${days} d`}
          </Button>
        ))}
        <Button variant="ghost" size="tight" onClick={() => void set(null)}>
          Reset
        </Button>
      </div>
    </div>
  );
}

function TickerField({ filters, set }: { filters: Filters; set: SetFilters }) {
  const [typed, setTyped] = useState('');
  const list = useId();
  const prefix = typed.replace(/^\$/, '').toUpperCase();
  const known = useApi(['tickers', prefix], (signal) => api.GET('/api/v1/tickers', { params: { query: { q: prefix.slice(0, 16), limit: 20 } }, signal }));
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!/^[A-Z0-9._^-]{1,16}$/.test(prefix)) return;
    void set({ t: [...new Set([...filters.t, prefix])].slice(-MAX_TICKERS), at: null });
    setTyped('');
  };
  return (
    <form onSubmit={add} className="flex min-w-48 flex-wrap items-end gap-1">
      <Field label={`Tickers, up to ${MAX_TICKERS}`} className="w-40">
        <Input data-search list={list} value={typed} maxLength={17} placeholder={filters.t.length ? 'add one' : 'all tweets'} onChange={(event) => setTyped(event.target.value)} />
      </Field>
      <datalist id={list}>
        {known.data?.tickers.map((one) => (
          <option key={one.ticker} value={one.ticker}>
            {count(one.n)} tweets
          </option>
        ))}
      </datalist>
      <Button type="submit" variant="outline" disabled={!typed}>
        Add
      </Button>
      {filters.t.map((ticker) => (
        <Button key={ticker} variant="outline" size="tight" aria-label={`Remove ${ticker}`} onClick={() => void set({ t: filters.t.filter((one) => one !== ticker), at: null })}>
          ${ticker} <X />
        </Button>
      ))}
    </form>
  );
}
