'use client';

import { QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider } from 'next-themes';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { useEffect, useState, type ReactNode } from 'react';
import { LabelsProvider } from '@/lib/api/labels';
import { makeClient } from '@/lib/api/query-client';
import { SessionProvider } from '@/lib/api/session';
import { usePreferences } from '@/stores/preferences';

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  const palette = usePreferences((state) => state.palette);
  useEffect(() => void usePreferences.persist.rehydrate(), []);
  useEffect(() => void document.documentElement.setAttribute('data-palette', palette), [palette]);
  return (
    <NuqsAdapter>
      <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
        <QueryClientProvider client={client}>
          <SessionProvider>
            <LabelsProvider>{children}</LabelsProvider>
          </SessionProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </NuqsAdapter>
  );
}
