import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '@/lib/api/problem';

function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
}

/** A 401 anywhere ends the session on this page; the gate then asks for a key. Whoever is not signed in yet is told where the key was typed. */
export function makeClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isRefused(error) && client.getQueryData(['session'])) void client.resetQueries({ queryKey: ['session'] });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: true }, mutations: { retry: false, networkMode: 'always' } },
  });
  return client;
}
