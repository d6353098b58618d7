import { api, ask } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { useReview } from '@/stores/review';

/** Decisions are sent by whoever made them, never under the name of the next person at this screen. */
export const unsentOf = (reviewer: string, unsent = useReview.getState().unsent) => unsent.filter((one) => one.reviewer === reviewer);

/** Not signed in, not allowed, or signed in as somebody else; a 409 about the card names its item. */
const isAboutPeople = ({ status, item }: ApiProblem): boolean => [401, 403].includes(status) || (status === 409 && !item);

let running: Promise<ApiProblem | null> | null = null;

/** Sends what waits, oldest first, one at a time. A problem: the server cannot take it now, and all that is left stays. */
export function sendWaiting(reviewer: string): Promise<ApiProblem | null> {
  running ??= sendAll(reviewer).finally(() => (running = null));
  return running;
}

async function sendAll(reviewer: string): Promise<ApiProblem | null> {
  for (let next = unsentOf(reviewer)[0]; next; next = unsentOf(reviewer)[0]) {
    try {
      const answer = await ask(api.POST('/api/v1/annotations', { body: { ...next.body, reviewer } }));
      useReview.getState().keep(next, answer.annotation);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.passes || isAboutPeople(problem)) return problem; // who is signed in may change: nothing is given up
      useReview.getState().refuse(next, problem);
    }
  }
  return null;
}

/** Waits until what is being sent has arrived or failed: only then is it known which decisions the server has. */
export const inFlight = (): Promise<unknown> => Promise.resolve(running);

/** Items whose decisions are still here: they stay mine until they have arrived. */
export const unsentItems = (reviewer: string): string[] => unsentOf(reviewer).map((one) => one.body.item ?? '').filter(Boolean).slice(-40);

/** The next card, locked for me beside what I keep, and some behind it that are not. */
export function takeCard(queue: string, later: string[], keep: string[], behind: number) {
  return ask(api.GET('/api/v1/review/queues/{queue_id}/next', { params: { path: { queue_id: queue }, query: { later: later.slice(-50), keep, behind } } }));
}
