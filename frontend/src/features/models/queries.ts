'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask, type Schemas } from '@/lib/api/client';
import type { ApiProblem } from '@/lib/api/problem';
import { useApi } from '@/lib/api/use-api';

const of = (id: string) => ({ params: { path: { run_id: id } } });

export const useRuns = () => useApi(['runs'], (signal) => api.GET('/api/v1/runs', { params: { query: { limit: 200 } }, signal }));
export const useRun = (id: string) => useApi(['run', id], (signal) => api.GET('/api/v1/runs/{run_id}', { ...of(id), signal }), { keep: false });
export const useConfusion = (id: string) => useApi(['run', id, 'confusion'], (signal) => api.GET('/api/v1/runs/{run_id}/confusion', { ...of(id), signal }), { keep: false });
export const useCalibration = (id: string) => useApi(['run', id, 'calibration'], (signal) => api.GET('/api/v1/runs/{run_id}/calibration', { ...of(id), signal }), { keep: false });

export function useErrors(id: string, label: string | null, predicted: string | null) {
  const query = { label: label ?? undefined, predicted: predicted ?? undefined, limit: 100 };
  return useApi(['run', id, 'errors', label, predicted], (signal) => api.GET('/api/v1/runs/{run_id}/errors', { params: { path: { run_id: id }, query }, signal }));
}

export const useComparison = (ids: string[]) => useApi(['compare', ...ids], (signal) => api.GET('/api/v1/runs/compare', { params: { query: { ids: ids.join(',') } }, signal }), { enabled: ids.length > 1 });

/** Lets another model answer. Everything that the old one said is asked again. */
export function useActivate() {
  const client = useQueryClient();
  return useMutation<Schemas['ActiveModel'], ApiProblem, string>({
    mutationFn: (id) => ask(api.POST('/api/v1/models/{model_id}/activate', { params: { path: { model_id: id } } })),
    onSuccess: (active) => {
      client.setQueryData(['models', 'active'], active);
      return client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
    },
  });
}
