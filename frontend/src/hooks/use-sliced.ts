import { startTransition, useEffect, useState } from 'react';

/** True soon after `isReady`. What appears with it is drawn in slices of some milliseconds, between which the page answers taps and keys. */
export function useSliced(isReady: boolean, isShown = isReady): boolean {
  const [shown, setShown] = useState(isShown);
  useEffect(() => {
    if (isReady) startTransition(() => setShown(true));
  }, [isReady]);
  return shown;
}
