import type { ApiProblem } from '@/lib/api/problem';
import type { Card } from '@/stores/review';

/** What one queue leaves in the hands: cards for the times when the server does not answer at once. */
export const emptyHands = () => ({
  later: [] as string[], // skipped
  decided: new Set<string>(),
  left: 0, // for me, the card before me included
  ahead: null as { card: Card; until: number } | null, // mine already: shown the moment a key is pressed
  coming: Promise.resolve() as Promise<unknown>, // the request for it
  reserve: [] as Card[], // not locked
  away: null as ApiProblem | null, // why the server was not reached, until it is
  busy: false,
});
