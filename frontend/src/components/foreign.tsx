import type { HTMLAttributes } from 'react';
import { cn } from '@/lib/utils';

/** What a stranger wrote, in a box of limited height. What does not fit is scrolled, by keys too: then, and only then, Tab stops at the box. */
export function Foreign({ className, ...props }: HTMLAttributes<HTMLParagraphElement>) {
  return <p ref={stopIfCut} dir="auto" role="group" aria-label="Text of the tweet" className={cn('foreign overflow-y-auto', className)} {...props} />;
}

function stopIfCut(box: HTMLElement | null): void {
  if (box && box.scrollHeight > box.clientHeight) box.tabIndex = 0;
}
