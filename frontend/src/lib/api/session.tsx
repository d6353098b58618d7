'use client';

import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { createContext, useContext, useDeferredValue, type ReactNode } from 'react';
import { api, ask, type Schemas } from './client';
import { asProblem, type ApiProblem } from './problem';

export const RECOVERY_MS = 4_000;

type Session = UseQueryResult<Schemas['Session'], ApiProblem>;
const SessionContext = createContext<Session | null>(null);

async function readSession(signal: AbortSignal): Promise<Schemas['Session']> {
  const session = await ask(api.GET('/api/v1/session', { signal }));
  if (!Array.isArray(session.scopes)) throw asProblem(new SyntaxError('not a session'));
  return session;
}

/** Asks once, for all parts of the page, who is signed in. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const session: Session = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => readSession(signal),
    staleTime: 60_000,
    refetchInterval: (query) => (query.state.error?.passes ? RECOVERY_MS : false),
  });
  const shown = useDeferredValue(session); // the whole page depends on it: it is drawn in slices
  return <SessionContext.Provider value={shown}>{children}</SessionContext.Provider>;
}

/** Who is signed in. A 401 is an answer, not a failure: the gate then asks for a key. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider around it');
  return session;
}
