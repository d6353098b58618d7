'use client';

import { Moon, Search, Sun } from 'lucide-react';
import Link from 'next/link';
import { useTheme } from 'next-themes';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { useSession } from '@/lib/api/session';
import { useActiveModel, useVersion } from '@/lib/api/use-api';
import { useShell } from '@/stores/shell';

export function Header() {
  const open = useShell((state) => state.open);
  const { resolvedTheme, setTheme } = useTheme();
  return (
    <header className="sticky top-0 z-20 flex h-14 items-center gap-2 border-b bg-card px-4 md:px-6">
      <ActiveModel />
      <div className="ml-auto flex items-center gap-1">
        <Button variant="outline" size="sm" onClick={() => open('palette')} aria-label="Search and commands">
          <Search />
          <span className="hidden lg:inline">Search</span>
          <kbd className="hidden font-mono text-muted-foreground lg:inline">Ctrl K</kbd>
        </Button>
        <Button variant="ghost" size="icon" aria-label="Switch between dark and light" onClick={() => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark')}>
          <Sun className="hidden dark:block" />
          <Moon className="dark:hidden" />
        </Button>
      </div>
    </header>
  );
}

/** What answers, and what a reader must know about it. */
function ActiveModel() {
  const session = useSession();
  const active = useActiveModel();
  const version = useVersion();
  if (!session.data) return <span className="text-muted-foreground">{session.error?.status === 401 ? 'Not signed in' : ''}</span>;
  const model = active.data?.model;
  const badge = model?.badge ?? (model?.preset === 'tfidf' ? 'baseline model' : null);
  return (
    <div className="flex min-w-0 items-center gap-2">
      {model ? (
        <Link prefetch={false} href="/models/" className="min-w-0 truncate font-mono text-xs" title={`Active model ${model.model_version ?? model.model_id}`}>
          <span className="sr-only">Active model </span>
          {model.model_id}
        </Link>
      ) : (
        <span className="truncate text-muted-foreground">{active.error ? 'No model answers' : ''}</span>
      )}
      {badge ? <Badge variant="warning" className="shrink-0">{badge}</Badge> : null}
      {version.data?.sample_data ? <Badge variant="warning" className="shrink-0">sample data</Badge> : null}
    </div>
  );
}
