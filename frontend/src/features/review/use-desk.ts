'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, ask, type Schemas } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { newId } from '@/lib/new-id';
import { useReview, type Card, type Decision } from '@/stores/review';
import { sendWaiting, takeCard, takeReserve } from './send';

export type Desk = { kind: 'loading' } | { kind: 'card'; card: Card; left: number; shownAt: number; away: ApiProblem | null } | { kind: 'done'; left: number } | { kind: 'waiting'; away: ApiProblem } | { kind: 'problem'; problem: ApiProblem };
type Choice = { label: string } | { mark: NonNullable<Schemas['AnnotationRequest']['mark']> };

const REST_MS = 1_000; // the figures beside the card are asked for when the hands rest: the next card comes first

/** One card at a time: decide, skip, undo; and go on from the reserve while the server is away. */
export function useDesk(queue: string) {
  const [desk, setDesk] = useState<Desk>({ kind: 'loading' });
  const client = useQueryClient();
  const memory = useRef({ later: [] as string[], reserve: [] as Card[], decided: new Set<string>(), left: 0, busy: false, refresh: undefined as ReturnType<typeof setTimeout> | undefined });

  const advance = useCallback(async () => {
    const known = memory.current;
    known.reserve = known.reserve.filter((card) => !known.decided.has(card.item));
    try {
      const stopped = await sendWaiting();
      if (stopped) throw stopped;
      if (!known.reserve.length) known.reserve = await takeReserve(queue, known.later);
      const { card, n_left } = await takeCard(queue, known.later);
      known.left = n_left;
      setDesk(card ? { kind: 'card', card, left: n_left, shownAt: performance.now(), away: null } : { kind: 'done', left: n_left });
    } catch (thrown) {
      const problem = asProblem(thrown);
      const card = problem.passes ? known.reserve.find((one) => !known.decided.has(one.item)) : undefined;
      if (card) setDesk({ kind: 'card', card, left: Math.max(1, known.left - 1), shownAt: performance.now(), away: problem });
      else setDesk(problem.passes ? { kind: 'waiting', away: problem } : { kind: 'problem', problem });
    }
    clearTimeout(known.refresh);
    known.refresh = setTimeout(() => void client.invalidateQueries({ queryKey: ['review'] }), REST_MS);
  }, [queue, client]);

  useEffect(() => {
    memory.current = { ...memory.current, later: [], reserve: [], decided: new Set(), left: 0, busy: false };
    setDesk({ kind: 'loading' });
    void Promise.resolve(useReview.persist.rehydrate()).then(advance);
  }, [queue, advance]);

  const away = desk.kind === 'waiting' || (desk.kind === 'card' && desk.away !== null);
  useEffect(() => {
    if (!away) return;
    const again = async () => {
      if (!(await sendWaiting()) && desk.kind === 'waiting') await advance();
    };
    const timer = setInterval(() => void again(), 4_000);
    window.addEventListener('online', again);
    return () => (clearInterval(timer), window.removeEventListener('online', again));
  }, [away, desk.kind, advance]);

  const once = async (work: () => Promise<void>) => {
    if (memory.current.busy) return;
    memory.current.busy = true;
    await work().finally(() => (memory.current.busy = false));
  };

  const decide = (choice: Choice, comment: string) =>
    once(async () => {
      if (desk.kind !== 'card') return;
      const { card } = desk;
      const body = { item: card.item, comment, latency_ms: performance.now() - desk.shownAt, replaces: card.annotation, request_id: newId(), ...choice };
      memory.current.decided.add(card.item);
      useReview.getState().put({ card, body, says: 'label' in choice ? choice.label : choice.mark });
      await advance();
    });

  const skip = () =>
    once(async () => {
      if (desk.kind !== 'card') return;
      memory.current.later = [...memory.current.later.filter((item) => item !== desk.card.item), desk.card.item].slice(-50);
      memory.current.reserve = memory.current.reserve.filter((card) => card.item !== desk.card.item);
      await advance();
    });

  const show = (card: Card) => {
    memory.current.decided.delete(card.item);
    setDesk({ kind: 'card', card: { ...card, annotation: null, label: null }, left: memory.current.left + 1, shownAt: performance.now(), away: null });
  };

  const undo = () =>
    once(async () => {
      const { unsent, sent, drop, forgetSent } = useReview.getState();
      const waiting: Decision | undefined = unsent.at(-1);
      const last = sent.at(-1);
      if (waiting) return drop(waiting.body.request_id), show(waiting.card);
      if (!last) return;
      try {
        await ask(api.POST('/api/v1/annotations/{annotation}/undo', { params: { path: { annotation: last.annotation } } }));
        forgetSent(last.annotation);
        show(last.decision.card);
      } catch (thrown) {
        setDesk({ kind: 'problem', problem: asProblem(thrown) });
      }
    });

  return { desk, decide, skip, undo, advance };
}
