'use client';

import { useEffect, useState } from 'react';

/** Whether an element, given by its ref, has come near the window: what is costly to draw waits for it. */
export function useSeen(pixels = 200): [(place: Element | null) => void, boolean] {
  const [place, setPlace] = useState<Element | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place || seen) return;
    if (typeof IntersectionObserver === 'undefined') return setSeen(true);
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { rootMargin: `${pixels}px` });
    watcher.observe(place);
    return () => watcher.disconnect();
  }, [place, seen, pixels]);
  return [setPlace, seen];
}
