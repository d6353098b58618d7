'use client';

import { lazy, Suspense, type ComponentType, type ReactNode } from 'react';
import { load } from '@/lib/load';

/** What comes after the page has come to life: its own code is fetched, read and drawn apart from the frame around it. Without `loading`, what stands around it waits too. */
export function later<Props extends object>(part: () => Promise<ComponentType<Props>>, loading?: ReactNode): ComponentType<Props> {
  const make = () => lazy(() => load(part).then((found) => ({ default: found }), again)) as unknown as ComponentType<Props>; // the types of lazy cannot follow props that are open
  const again = (thrown: unknown) => {
    setTimeout(() => (Part = make()), 1_000); // lazy keeps a failure for good; React first shows it
    throw thrown;
  };
  let Part = make();
  return function Later(props: Props) {
    const content = <Part {...props} />;
    return loading === undefined ? content : <Suspense fallback={loading}>{content}</Suspense>;
  };
}
