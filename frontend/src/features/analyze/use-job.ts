'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask, type Schemas } from '@/lib/api/client';
import { problemOf, type ApiProblem } from '@/lib/api/problem';
import { useApi } from '@/lib/api/use-api';
import { readEvents } from '@/lib/event-stream';

export type Job = Schemas['Job'];
export const isOpen = (job: Job | undefined): boolean => job?.status === 'queued' || job?.status === 'running';

/** A job as it moves: by events, and by asking where the events are cut off. */
export function useJob(id: string | null) {
  const client = useQueryClient();
  const query = useApi(['job', id], (signal) => api.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id: id ?? '' } }, signal }), { enabled: id !== null, keep: false, refetchInterval: (job) => (isOpen(job) ? 5_000 : false) });
  const follows = isOpen(query.data);
  useEffect(() => {
    if (!id || !follows) return;
    const stop = new AbortController();
    const onEvent = (event: { data: string }) => client.setQueryData(['job', id], JSON.parse(event.data) as Job);
    readEvents(`/api/v1/jobs/${id}/events`, null, stop.signal, onEvent).catch(() => undefined); // the query goes on asking
    return () => stop.abort();
  }, [id, follows, client]);
  return query;
}

export function useSendFile(onStarted: (job: Job) => void) {
  return useMutation<Job, ApiProblem, { file: File; textColumn: string; model: string }>({
    mutationFn: async ({ file, textColumn, model }) => {
      const form = new FormData();
      form.set('file', file);
      if (textColumn) form.set('text_column', textColumn);
      if (model) form.set('model', model);
      return ask(fetch('/api/v1/jobs', { method: 'POST', body: form }).then(answered));
    },
    onSuccess: onStarted,
  });
}

async function answered(response: Response): Promise<{ data?: Job; response: Response }> {
  const body: unknown = await response.json();
  if (!response.ok) throw problemOf(body, response);
  return { data: body as Job, response };
}

export function useEndJob(id: string) {
  const client = useQueryClient();
  return useMutation<unknown, ApiProblem>({ mutationFn: () => ask(api.DELETE('/api/v1/jobs/{job_id}', { params: { path: { job_id: id } } })), onSettled: () => client.invalidateQueries({ queryKey: ['job', id] }) });
}
