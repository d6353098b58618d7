'use client';

import { Suspense, useEffect, type ReactNode } from 'react';
import { useSliced } from '@/hooks/use-sliced';

let hasStarted = false; // the first page that is loaded waits for React; those one goes to from there do not

/** A page's content: what it shows is in the URL and on the server, so the exported file holds the title and this fallback. */
export function InBrowser({ fallback, children }: { fallback: ReactNode; children: ReactNode }) {
  const shown = useSliced(true, hasStarted);
  useEffect(() => void (hasStarted = true), []);
  const waiting = <div aria-busy="true">{fallback}</div>;
  return shown ? <Suspense fallback={waiting}>{children}</Suspense> : waiting;
}
