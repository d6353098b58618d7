import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Schemas } from '@/lib/api/client';
import type { ApiProblem } from '@/lib/api/problem';

export type Card = Schemas['ReviewCard'];
export type Decision = { card: Card; body: Schemas['AnnotationRequest'] & { request_id: string }; says: string; reviewer: string; queue: string };
export type Refused = { decision: Decision; problem: Pick<ApiProblem, 'title' | 'detail'> };

type ReviewStore = {
  unsent: Decision[]; // oldest first; kept over a reload
  refused: Refused[]; // kept over a reload, until somebody has seen to them
  sent: { decision: Decision; annotation: string }[]; // of this visit, newest last
  put: (decision: Decision) => void;
  drop: (requestId: string) => void;
  keep: (decision: Decision, annotation: string) => void;
  refuse: (decision: Decision, problem: ApiProblem) => void;
  forgetSent: (annotation: string) => void;
  forgetRefused: (requestId: string) => void;
};

const here = new Set<string>(); // decisions made in this tab
const STORED = 'tweetsent-unsent-decisions';

/** Decisions on their way. Each has a name of its own: sent twice, the server counts it once. */
export const useReview = create<ReviewStore>()(
  persist(
    (set) => ({
      unsent: [],
      refused: [],
      sent: [],
      put: (decision) => (here.add(decision.body.request_id), set((old) => ({ unsent: [...joined(old.unsent), decision] }))),
      drop: (requestId) => set((old) => ({ unsent: joined(old.unsent).filter((one) => one.body.request_id !== requestId) })),
      keep: (decision, annotation) => set((old) => ({ unsent: without(joined(old.unsent), decision), sent: [...old.sent, { decision, annotation }].slice(-100) })),
      refuse: (decision, problem) => set((old) => ({ unsent: without(joined(old.unsent), decision), refused: [...old.refused, { decision, problem: { title: problem.title, detail: problem.detail } }].slice(-50) })),
      forgetSent: (annotation) => set((old) => ({ sent: old.sent.filter((one) => one.annotation !== annotation) })),
      forgetRefused: (requestId) => set((old) => ({ refused: old.refused.filter((one) => one.decision.body.request_id !== requestId) })),
    }),
    {
      ...{ name: STORED, version: 2, skipHydration: true, partialize: ({ unsent, refused }) => ({ unsent, refused }) },
      merge: (stored, now) => {
        const kept = (stored ?? {}) as Partial<Pick<ReviewStore, 'unsent' | 'refused'>>;
        return { ...now, unsent: union(kept.unsent ?? [], fromHere(now.unsent)), refused: kept.refused ?? now.refused };
      },
    },
  ),
);

/** What another tab has stored meanwhile is kept, and what it has taken out again is gone. A decision of this tab that another one sent is sent twice; the server counts it once. */
function joined(mine: Decision[]): Decision[] {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? '{}') as { state?: { unsent?: Decision[] }; version?: number };
    return union(stored.version === 2 ? (stored.state?.unsent ?? []) : [], fromHere(mine));
  } catch {
    return mine; // not readable: what this tab knows is all there is
  }
}

const fromHere = (list: Decision[]): Decision[] => list.filter((one) => here.has(one.body.request_id));
const union = (some: Decision[], others: Decision[]): Decision[] => [...some, ...others.filter((one) => !some.some((other) => other.body.request_id === one.body.request_id))];

const without = (list: Decision[], decision: Decision): Decision[] => list.filter((one) => one.body.request_id !== decision.body.request_id);
