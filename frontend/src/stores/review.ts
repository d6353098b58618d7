import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Schemas } from '@/lib/api/client';
import type { ApiProblem } from '@/lib/api/problem';

export type Card = Schemas['ReviewCard'];
export type Decision = { card: Card; body: Schemas['AnnotationRequest'] & { request_id: string }; says: string };
export type Refused = { decision: Decision; problem: ApiProblem };

type ReviewStore = {
  unsent: Decision[]; // oldest first; kept over a reload
  refused: Refused[];
  sent: { decision: Decision; annotation: string }[]; // of this visit, newest last
  put: (decision: Decision) => void;
  drop: (requestId: string) => void;
  keep: (decision: Decision, annotation: string) => void;
  refuse: (decision: Decision, problem: ApiProblem) => void;
  forgetSent: (annotation: string) => void;
  forgetRefused: () => void;
};

/** Decisions on their way. Each has a name of its own: sent twice, the server counts it once. */
export const useReview = create<ReviewStore>()(
  persist(
    (set) => ({
      unsent: [],
      refused: [],
      sent: [],
      put: (decision) => set((old) => ({ unsent: [...old.unsent, decision] })),
      drop: (requestId) => set((old) => ({ unsent: old.unsent.filter((one) => one.body.request_id !== requestId) })),
      keep: (decision, annotation) => set((old) => ({ unsent: without(old.unsent, decision), sent: [...old.sent, { decision, annotation }].slice(-100) })),
      refuse: (decision, problem) => set((old) => ({ unsent: without(old.unsent, decision), refused: [...old.refused, { decision, problem }] })),
      forgetSent: (annotation) => set((old) => ({ sent: old.sent.filter((one) => one.annotation !== annotation) })),
      forgetRefused: () => set({ refused: [] }),
    }),
    { name: 'tweetsent-unsent-decisions', version: 1, skipHydration: true, partialize: ({ unsent }) => ({ unsent }) },
  ),
);

const without = (list: Decision[], decision: Decision): Decision[] => list.filter((one) => one.body.request_id !== decision.body.request_id);
