'use client';

import { createContext, useContext, useDeferredValue, type ReactNode } from 'react';
import { api, type Schemas } from './client';
import { useApi } from './use-api';

type Labels = Schemas['LabelInfo'][];
const LabelsContext = createContext<Labels>([]);
const NONE: Labels = [];

/** Asks once for the labels of the active model; a page shows a hundred of them. */
export function LabelsProvider({ children }: { children: ReactNode }) {
  const labels = useApi(['labels'], (signal) => api.GET('/api/v1/labels', { signal }), { staleTime: 300_000 });
  const shown = useDeferredValue(labels.data?.labels ?? NONE); // as with the session
  return <LabelsContext.Provider value={shown}>{children}</LabelsContext.Provider>;
}

/** The labels that the server knows, in their order; empty until they have arrived. */
export const useLabels = (): Labels => useContext(LabelsContext);
