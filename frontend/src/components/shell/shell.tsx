'use client';

import { useRouter } from 'next/navigation';
import { useTheme } from 'next-themes';
import type { ReactNode } from 'react';
import { later } from '@/components/later';
import { Header } from '@/components/shell/header';
import { Rail } from '@/components/shell/rail';
import { SessionGate } from '@/components/shell/session-gate';
import { useShortcutListener, useShortcuts } from '@/hooks/use-shortcuts';
import { PAGES } from '@/lib/shortcuts';
import { useShell } from '@/stores/shell';

const Palette = later(() => import('@/components/shell/palette').then((module) => module.Palette), null);
const ShortcutSheet = later(() => import('@/components/shell/shortcut-sheet').then((module) => module.ShortcutSheet), null);

export function Shell({ children }: { children: ReactNode }) {
  const { dialog, open } = useShell();
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  useShortcutListener();
  useShortcuts({
    ...Object.fromEntries(PAGES.map((page) => [`go-${page.id}`, () => router.push(page.href)])),
    search: () => focusSearch() || open('palette'),
    palette: () => open('palette'),
    sheet: () => open('sheet'),
    theme: () => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark'),
  });
  return (
    <>
      <a href="#main" className="sr-only z-50 rounded bg-card px-3 py-2 focus:not-sr-only focus:fixed focus:left-2 focus:top-2">
        Skip to the content
      </a>
      <div className="flex min-h-dvh">
        <Rail />
        <div className="flex min-w-0 flex-1 flex-col">
          <Header />
          <main id="main" tabIndex={-1} className="mx-auto w-full min-w-0 max-w-7xl flex-1 px-4 pb-24 pt-4 outline-none md:px-6 md:pb-10">
            <SessionGate>{children}</SessionGate>
          </main>
        </div>
      </div>
      {dialog === 'palette' ? <Palette /> : null}
      {dialog === 'sheet' ? <ShortcutSheet /> : null}
    </>
  );
}

/** The page's own search field comes before the palette. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>('main [data-search]');
  field?.focus();
  return field !== null;
}
