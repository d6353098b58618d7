import { api, ask } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { useReview, type Card } from '@/stores/review';

export const RESERVE = 5;

let running: Promise<ApiProblem | null> | null = null;

/** Sends what waits, oldest first, one at a time. A problem: the server cannot take it now, and all that is left stays. */
export function sendWaiting(): Promise<ApiProblem | null> {
  running ??= sendAll().finally(() => (running = null));
  return running;
}

async function sendAll(): Promise<ApiProblem | null> {
  for (let next = useReview.getState().unsent[0]; next; next = useReview.getState().unsent[0]) {
    try {
      const answer = await ask(api.POST('/api/v1/annotations', { body: next.body }));
      useReview.getState().keep(next, answer.annotation);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.passes || problem.status === 401) return problem;
      useReview.getState().refuse(next, problem);
    }
  }
  return null;
}

async function take(queue: string, later: string[]) {
  return ask(api.GET('/api/v1/review/queues/{queue_id}/next', { params: { path: { queue_id: queue }, query: { later: later.slice(-50) } } }));
}

/** The next card, locked for me. */
export const takeCard = (queue: string, later: string[]) => take(queue, later);

/** A few cards for times without a server. Taking a card gives the one before back, so they are not locked, and the card to show is taken after them. */
export async function takeReserve(queue: string, later: string[]): Promise<Card[]> {
  const reserve: Card[] = [];
  while (reserve.length < RESERVE) {
    const { card } = await take(queue, [...later, ...reserve.map((one) => one.item)]);
    if (!card || reserve.some((one) => one.item === card.item)) break;
    reserve.push(card);
  }
  return reserve;
}
