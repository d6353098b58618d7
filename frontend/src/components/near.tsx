'use client';

import type { ReactNode } from 'react';
import { Skeleton } from '@/components/ui/skeleton';
import { useSeen } from '@/hooks/use-seen';

/** Asked for and drawn when it comes near the window: on a phone that is several screens further down. */
export function Near({ children }: { children: ReactNode }) {
  const [place, seen] = useSeen();
  return (
    <div ref={place} className="below-the-fold grid min-w-0">
      {seen ? children : <Skeleton className="h-80" />}
    </div>
  );
}
