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
  const between = filters.at ? { from: filters.at, to: bucketEnd(filters.at, filters.b) } : span(filters);
  const query = { ticker, label: filters.l ?? undefined, q: filters.q ?? undefined, cursor, limit: 25, ...between };
  return useApi(['tweets', query], (signal) => api.GET('/api/v1/tweets', { params: { query }, signal }));
}
