'use client';

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider } from 'next-themes';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiProblem } from '@/lib/api/problem';
import { usePreferences } from '@/stores/preferences';

function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
}

export function makeClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (isRefused(error) && query.queryKey[0] !== 'session') void client.resetQueries({ queryKey: ['session'] });
      },
    }),
    defaultOptions: { queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: true }, mutations: { retry: false, networkMode: 'always' } },
  });
  return client;
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  const palette = usePreferences((state) => state.palette);
  useEffect(() => void usePreferences.persist.rehydrate(), []);
  useEffect(() => void document.documentElement.setAttribute('data-palette', palette), [palette]);
  return (
    <NuqsAdapter>
      <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      </ThemeProvider>
    </NuqsAdapter>
  );
}
