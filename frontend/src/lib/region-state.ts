import type { ApiProblem } from '@/lib/api/problem';

export type RegionState<T> =
  | { kind: 'loading' }
  | { kind: 'empty' }
  | { kind: 'error'; problem: ApiProblem }
  | { kind: 'offline'; detail: string }
  | { kind: 'ready'; data: T; partial: string | null; stale: string | null };

type Found<T> = { data: T | undefined; error: ApiProblem | null; online: boolean; isEmpty?: (data: T) => boolean; partial?: (data: T) => string | null };

/** Which state a data region is in. Old data stays visible while the server fails, and says so. */
export function regionState<T>({ data, error, online, isEmpty, partial }: Found<T>): RegionState<T> {
  const offline = error && (!online || error.isOffline) ? (online ? error.detail : 'This machine has no network.') : null; // a server on this machine answers without one
  if (data === undefined) {
    if (offline !== null) return { kind: 'offline', detail: offline };
    return error ? { kind: 'error', problem: error } : { kind: 'loading' };
  }
  const stale = offline ?? (error ? `${error.title}. ${error.detail}` : null);
  if (isEmpty?.(data) && !stale) return { kind: 'empty' };
  return { kind: 'ready', data, partial: partial?.(data) ?? null, stale };
}
