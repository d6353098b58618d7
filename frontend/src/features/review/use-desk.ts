'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, ask, type Schemas } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { newId } from '@/lib/new-id';
import { useReview, type Card, type Decision, type Refused } from '@/stores/review';
import { emptyHands } from './hands';
import { inFlight, sendWaiting, takeCard, unsentItems, unsentOf } from './send';
import { useAgain } from './use-again';

export type Desk = { kind: 'loading' } | { kind: 'card'; card: Card; left: number; shownAt: number; away: ApiProblem | null } | { kind: 'done'; left: number } | { kind: 'waiting'; away: ApiProblem } | { kind: 'problem'; problem: ApiProblem };
type Choice = { label: string } | { mark: NonNullable<Schemas['AnnotationRequest']['mark']> };

const RESERVE = 5; // cards for times without a server
const HELD_MS = 60_000; // a card put aside stays mine at least so long
const PATIENCE_MS = 1_500; // for a card that is on its way, when there is one in reserve
const MAX_LATENCY_MS = 86_400_000; // as the server allows: a card may have stayed open for days
const REST_MS = 1_000; // the figures beside the card are asked for when the hands rest: the next card comes first

/** One card at a time: decide, skip, undo; and go on from the reserve while the server is away. */
export function useDesk(queue: string, reviewer: string) {
  const [desk, setDesk] = useState<Desk>({ kind: 'loading' });
  const [trouble, setTrouble] = useState<ApiProblem | null>(null); // of the last act; its card stays
  const client = useQueryClient();
  const memory = useRef(emptyHands());
  const resting = useRef<ReturnType<typeof setTimeout>>();

  const take = useCallback(
    async (shown: Card | null) => {
      const known = memory.current;
      const spare = known.reserve.filter((card) => !known.decided.has(card.item) && card.item !== shown?.item);
      const answer = await takeCard(queue, known.later, [...unsentItems(reviewer), ...(shown ? [shown.item] : [])], spare.length < RESERVE ? 2 * RESERVE : 0);
      known.left = answer.n_left + (shown ? 1 : 0);
      known.reserve = answer.behind.length ? answer.behind : spare.filter((card) => card.item !== answer.card?.item);
      return { card: answer.card, until: performance.now() + answer.lock_minutes * 50_000 }; // some seconds before the lock ends
    },
    [queue, reviewer],
  );

  /** Shows a card, and asks for the one after it. */
  const show = useCallback(
    (card: Card) => {
      const known = memory.current;
      setDesk({ kind: 'card', card, left: known.left, shownAt: performance.now(), away: null });
      known.coming = take(card).then(
        ({ card: next, until }) => {
          if (next && !known.decided.has(next.item)) known.ahead = { card: next, until };
          setDesk((now) => (now.kind === 'card' && now.card.item === card.item && now.left !== known.left ? { ...now, left: known.left } : now));
        },
        () => undefined, // then it is asked for when it is needed, and that failure is told
      );
    },
    [take],
  );

  const failed = useCallback((thrown: unknown) => {
    const problem = asProblem(thrown);
    if (problem.status === 401) void client.resetQueries({ queryKey: ['session'] });
    const { reserve, decided } = memory.current;
    memory.current.away = problem.passes ? problem : null;
    setDesk((now) => {
      if (!problem.passes) return { kind: 'problem', problem };
      if (now.kind === 'card' && !decided.has(now.card.item)) return { ...now, away: problem };
      const card = reserve.find((one) => !decided.has(one.item));
      return card ? { kind: 'card', card, left: Math.max(1, memory.current.left), shownAt: performance.now(), away: problem } : { kind: 'waiting', away: problem };
    });
  }, [client]);

  const next = useCallback(async () => {
    const known = memory.current;
    const sending = sendWaiting(reviewer);
    const spare = known.reserve.find((one) => !known.decided.has(one.item));
    const late = await Promise.race([known.coming.then(() => false), ...(spare ? [new Promise<boolean>((done) => setTimeout(done, PATIENCE_MS, true))] : [])]);
    const { ahead } = known;
    known.ahead = null;
    if (ahead && performance.now() < ahead.until && !known.decided.has(ahead.card.item)) {
      show(ahead.card);
      void sending.then((stopped) => stopped && failed(stopped));
    } else if (spare && (known.away || late)) {
      setDesk({ kind: 'card', card: spare, left: Math.max(1, known.left), shownAt: performance.now(), away: known.away });
      void sending.then((stopped) => (stopped ? failed(stopped) : (known.away = null)));
    } else {
      try {
        const stopped = await sending;
        if (stopped) throw stopped;
        known.away = null;
        const { card } = await take(null);
        if (card) show(card);
        else setDesk({ kind: 'done', left: known.left });
      } catch (thrown) {
        failed(thrown);
      }
    }
  }, [show, take, failed, reviewer]);

  /** The next card; something has changed, and the figures beside it follow. */
  const advance = useCallback(async () => {
    await next();
    clearTimeout(resting.current);
    resting.current = setTimeout(() => void client.invalidateQueries({ queryKey: ['review'] }), REST_MS);
  }, [next, client]);

  useEffect(() => {
    memory.current = emptyHands();
    setDesk({ kind: 'loading' });
    void Promise.resolve(useReview.persist.rehydrate()).then(() => (unsentItems(reviewer).length ? advance() : next()));
  }, [queue, reviewer, next, advance]);

  useAgain(desk.kind === 'waiting' || (desk.kind === 'card' && desk.away !== null), async () => {
    if (await sendWaiting(reviewer)) return;
    memory.current.away = null;
    if (desk.kind === 'waiting') await advance();
  });

  /** One act at a time. What fails is told, and the card stays. */
  const once = async (work: () => Promise<void>) => {
    if (memory.current.busy) return;
    memory.current.busy = true;
    setTrouble(null);
    try {
      await work();
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status === 401) void client.resetQueries({ queryKey: ['session'] });
      setTrouble(problem);
    } finally {
      memory.current.busy = false;
    }
  };

  const decide = (choice: Choice, comment: string) =>
    once(async () => {
      if (desk.kind !== 'card') return;
      const { card } = desk;
      const body = { item: card.item, comment, latency_ms: Math.min(MAX_LATENCY_MS, performance.now() - desk.shownAt), replaces: card.annotation, request_id: newId(), ...choice };
      memory.current.decided.add(card.item);
      memory.current.left -= 1;
      useReview.getState().put({ card, body, says: 'label' in choice ? choice.label : choice.mark, reviewer, queue });
      await advance();
    });

  const skip = () =>
    once(async () => {
      if (desk.kind !== 'card') return;
      const known = memory.current;
      known.later = [...known.later.filter((item) => item !== desk.card.item), desk.card.item].slice(-50);
      known.reserve = known.reserve.filter((card) => card.item !== desk.card.item);
      if (known.ahead?.card.item === desk.card.item) known.ahead = null;
      await advance();
    });

  /** Puts a decided card before the person again; the one it takes the place of comes next. */
  const bringBack = (card: Card, annotation: string | null = null) => {
    const known = memory.current;
    known.decided.delete(card.item);
    known.left += 1;
    if (desk.kind === 'card') known.ahead = { card: desk.card, until: performance.now() + HELD_MS };
    setDesk({ kind: 'card', card: { ...card, annotation, label: null }, left: known.left, shownAt: performance.now(), away: desk.kind === 'card' ? desk.away : null });
  };

  const undo = () =>
    once(async () => {
      await Promise.all([inFlight(), memory.current.coming]);
      const { unsent, sent, drop, forgetSent } = useReview.getState();
      const waiting: Decision | undefined = unsentOf(reviewer, unsent).findLast((one) => one.queue === queue);
      const last = sent.findLast((one) => one.decision.queue === queue && one.decision.reviewer === reviewer); // what was decided elsewhere is undone there
      if (waiting) return drop(waiting.body.request_id), bringBack(waiting.card);
      if (!last) return;
      await ask(api.POST('/api/v1/annotations/{annotation}/undo', { params: { path: { annotation: last.annotation } } }));
      forgetSent(last.annotation);
      bringBack(last.decision.card);
    });

  /** The last word, on the server before the next card comes. */
  const rule = (label: string, comment: string) =>
    once(async () => {
      if (desk.kind !== 'card') return;
      const { card } = desk;
      const answer = await ask(api.POST('/api/v1/items/{item}/adjudicate', { params: { path: { item: card.item } }, body: { label, comment, replaces: card.ruling_annotation ?? null } }));
      useReview.getState().keep({ card, says: label, reviewer, queue, body: { item: card.item, label, comment, latency_ms: null, replaces: null, request_id: answer.annotation } }, answer.annotation);
      await advance();
    });

  /** Shows a card whose decision the server did not take, as it is now. */
  const again = ({ decision }: Refused) =>
    once(async () => {
      const card = await ask(api.GET('/api/v1/items/{item}', { params: { path: { item: decision.card.item } } }));
      useReview.getState().forgetRefused(decision.body.request_id);
      bringBack({ ...card, why: decision.card.why }, card.annotation);
    });

  return { desk, trouble, decide, skip, undo, rule, again, advance };
}
