'use client';

import { lazy, type ComponentType } from 'react';

/** What a page shows comes after the page has come to life: its own code is fetched, read and drawn apart from the frame around it. */
export function later(load: () => Promise<ComponentType>): ComponentType {
  const Content = lazy(() => load().then((content) => ({ default: content })));
  return function Later() {
    return <Content />;
  };
}
