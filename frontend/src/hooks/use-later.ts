'use client';

import { useEffect, useState } from 'react';

/** False at first; true when the component has been there for so many milliseconds. */
export function useLater(ms: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return later;
}
