'use client';

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api, ask } from './client';
import type { ApiProblem } from './problem';
import { RECOVERY_MS, useSession } from './session';

type Call<T> = (signal: AbortSignal) => Promise<{ data?: T; error?: unknown; response: Response }>;
type Options<T> = { enabled?: boolean; staleTime?: number; refetchInterval?: number | ((data: T | undefined) => number | false); keep?: boolean };

/** Server data. It waits for the session; while it fails it asks again by itself, so that the page recovers without a reload. */
export function useApi<T>(key: readonly unknown[], call: Call<T>, options: Options<T> = {}): UseQueryResult<T, ApiProblem> {
  const session = useSession();
  return useQuery<T, ApiProblem>({
    queryKey: key,
    queryFn: ({ signal }) => ask(call(signal)),
    enabled: session.data !== undefined && (options.enabled ?? true),
    staleTime: options.staleTime ?? 15_000,
    placeholderData: options.keep === false ? undefined : keepPreviousData,
    refetchInterval: (query) => {
      if (query.state.error) return query.state.error.passes ? (query.state.error.retryAfterS ?? 0) * 1000 || RECOVERY_MS : false;
      return typeof options.refetchInterval === 'function' ? options.refetchInterval(query.state.data) : (options.refetchInterval ?? false);
    },
  });
}

export function useScopes(): { canPredict: boolean; canReview: boolean; canAdmin: boolean } {
  const scopes = useSession().data?.scopes;
  const can = (scope: string) => scopes?.includes(scope) ?? true; // not known yet: the server decides
  return { canPredict: can('predict'), canReview: can('review'), canAdmin: can('admin') };
}

export const useActiveModel = () => useApi(['models', 'active'], (signal) => api.GET('/api/v1/models/active', { signal }));
export const useModels = () => useApi(['models'], (signal) => api.GET('/api/v1/models', { signal }));
export const useVersion = () => useApi(['version'], (signal) => api.GET('/api/v1/version', { signal }));
