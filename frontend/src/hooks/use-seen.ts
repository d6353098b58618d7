'use client';

import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

const MARGIN = '600px';

/** Whether an element, given by its ref, has come near the window or is going to be printed: what is costly to draw waits for it. */
export function useSeen(): [(place: Element | null) => void, boolean] {
  const [place, setPlace] = useState<Element | null>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place || seen) return;
    if (typeof IntersectionObserver === 'undefined') return setSeen(true);
    const onPrint = () => flushSync(() => setSeen(true)); // the browser takes what is there when this returns
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { rootMargin: MARGIN });
    watcher.observe(place);
    window.addEventListener('beforeprint', onPrint);
    return () => {
      watcher.disconnect();
      window.removeEventListener('beforeprint', onPrint);
    };
  }, [place, seen]);
  return [setPlace, seen];
}
