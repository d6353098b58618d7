'use client';

import { api } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';
import { bucketEnd, type Filters } from './use-filters';

const span = ({ from, to }: Filters) => ({ from: from ?? undefined, to: to ?? undefined });

export function useSummary(filters: Filters) {
  const ticker = filters.t[0];
  return useApi(['summary', ticker, filters.from, filters.to], (signal) => api.GET('/api/v1/sentiment/summary', { params: { query: { ticker, ...span(filters) } }, signal }));
}

export function useSeries(filters: Filters) {
  const tickers = filters.t.join(',') || undefined;
  return useApi(['series', tickers, filters.from, filters.to, filters.b], (signal) => api.GET('/api/v1/sentiment/series', { params: { query: { tickers, bucket: filters.b, max_points: 2000, ...span(filters) } }, signal }));
}

/** Daily closes of one ticker in a period, where somebody has loaded prices. */
export function useCloses(ticker: string | undefined, from: string | undefined, to: string | null) {
  const query = { tickers: ticker ?? '', from, to: to ?? undefined };
  const asked = useApi(['prices', query], (signal) => api.GET('/api/v1/prices', { params: { query }, signal }), { enabled: ticker !== undefined && from !== undefined, staleTime: 300_000 });
  const found = asked.data?.prices?.[0];
  return { closes: found?.ticker === ticker && found?.closes.length ? found : null, failed: asked.isError }; // not those of the ticker before
}

export function useMovers(filters: Filters) {
  return useApi(['movers', filters.from, filters.to], (signal) => api.GET('/api/v1/sentiment/movers', { params: { query: span(filters) }, signal }));
}

export function useTweets(filters: Filters, cursor: string | undefined) {
  const ticker = filters.t[0];
  const period = useSummary(filters).data?.current; // without a From the server chooses one, and all regions speak of it
  const whole = { ...span(filters), ...(filters.from ? {} : { from: period?.start }) };
  const between = filters.at ? cut(filters.at, bucketEnd(filters.at, filters.b), filters) : whole;
  const query = { ticker, label: filters.l ?? undefined, q: filters.q ?? undefined, cursor, limit: 25, ...between };
  return useApi(['tweets', query], (signal) => api.GET('/api/v1/tweets', { params: { query }, signal }), { enabled: filters.at !== null || filters.from !== null || period !== undefined });
}

/** A bucket of a week or a month may begin before the period, or end after it. */
function cut(start: string, end: string, { from, to }: Filters) {
  const later = from !== null && Date.parse(from) > Date.parse(start) ? from : start;
  const earlier = to !== null && Date.parse(to) < Date.parse(end) ? to : end;
  return { from: later, to: earlier };
}
