'use client';

import { useState } from 'react';
import { later } from '@/components/later';
import { Button } from '@/components/ui/button';
import { useShortcuts } from '@/hooks/use-shortcuts';
import { api } from '@/lib/api/client';
import { useApi } from '@/lib/api/use-api';

const GuidelineDialog = later(() => import('./guideline-dialog').then((module) => module.GuidelineDialog), null);

export const useGuideline = () => useApi(['guideline'], (signal) => api.GET('/api/v1/guidelines/{version}', { params: { path: { version: 'current' } }, signal }), { staleTime: 300_000 });

/** What each label means, one key away. */
export function GuidelineButton() {
  const [open, setOpen] = useState(false);
  const guideline = useGuideline().data;
  useShortcuts({ guideline: () => setOpen(true) });
  return (
    <>
      <Button variant="outline" onClick={() => setOpen(true)}>
        <kbd className="font-mono text-xs text-muted-foreground">I</kbd> Guideline
      </Button>
      {open && guideline ? <GuidelineDialog guideline={guideline} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
