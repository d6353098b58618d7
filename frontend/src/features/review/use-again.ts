'use client';

import { useEffect, useRef } from 'react';

const EVERY_MS = 4_000;

/** While the server is away it is tried every few seconds, and at once when the network comes back. */
export function useAgain(isAway: boolean, again: () => Promise<void>): void {
  const newest = useRef(again);
  newest.current = again;
  useEffect(() => {
    if (!isAway) return;
    const tried = () => void newest.current();
    const timer = setInterval(tried, EVERY_MS);
    window.addEventListener('online', tried);
    return () => (clearInterval(timer), window.removeEventListener('online', tried));
  }, [isAway]);
}
