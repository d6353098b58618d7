'use client';

import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';

export const BUCKETS = ['hour', 'day', 'week', 'month'] as const;
export type Bucket = (typeof BUCKETS)[number];
export const MAX_TICKERS = 5;
export const FEW = 20; // a bucket with fewer tweets says little

const parsers = {
  t: parseAsArrayOf(parseAsString).withDefault([]), // tickers
  from: parseAsString, // inclusive, YYYY-MM-DD
  to: parseAsString, // exclusive
  b: parseAsStringLiteral(BUCKETS).withDefault('day'),
  at: parseAsString, // start of the chosen bucket
  l: parseAsString, // label of the tweets shown
  q: parseAsString, // words of the tweets shown
};

/** What the dashboard shows, kept in the URL. */
export function useFilters() {
  const [filters, set] = useQueryStates(parsers, { history: 'push' });
  const tickers = filters.t.filter((one) => /^[A-Za-z0-9._^-]{1,16}$/.test(one)).slice(0, MAX_TICKERS);
  return { filters: { ...filters, t: tickers, from: moment(filters.from), to: moment(filters.to), at: moment(filters.at) }, set };
}

/** A hand-written URL must not become a refused request. */
function moment(text: string | null): string | null {
  return text && /^(199|20\d)\d-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
}

export type Filters = ReturnType<typeof useFilters>['filters'];
export type SetFilters = ReturnType<typeof useFilters>['set'];

/** Start of the bucket after this one. */
export function bucketEnd(start: string, bucket: Bucket): string {
  const at = new Date(start.endsWith('Z') || start.length === 10 ? start : `${start}Z`);
  if (bucket === 'month') at.setUTCMonth(at.getUTCMonth() + 1);
  else at.setTime(at.getTime() + { hour: 1, day: 24, week: 168 }[bucket] * 3_600_000);
  return at.toISOString();
}
