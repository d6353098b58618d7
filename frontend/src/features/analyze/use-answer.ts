'use client';

import { useMutation } from '@tanstack/react-query';
import { api, ask, type Schemas } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';

export const METHODS = ['occlusion', 'shapley', 'integrated_gradients'] as const;
export type Method = (typeof METHODS)[number];
export type Question = { text: string; target: string | null; models: (string | null)[] };
export type Answer = { question: Question; answers: Schemas['PredictResponse'][] };

/** What a model says of these texts. An answer without a prediction for each is of another program, or of another version. */
export async function predict(body: Pick<Schemas['PredictRequest'], 'texts' | 'targets' | 'model'>): Promise<Schemas['PredictResponse']> {
  const answer = await ask(api.POST('/api/v1/predict', { body }));
  if (answer.predictions?.length !== body.texts.length) throw asProblem(new SyntaxError('not a prediction for each text'));
  return answer;
}

/** One tweet, asked of one model or of two. */
export function useAnswer() {
  return useMutation<Answer, ApiProblem, Question>({
    mutationFn: async (question) => {
      const targets = question.target ? [question.target] : null;
      const answers = await Promise.all(question.models.map((model) => predict({ texts: [question.text], targets, model })));
      return { question, answers };
    },
  });
}

export function useExplanation() {
  return useMutation<Schemas['ExplainResponse'], ApiProblem, { text: string; target: string | null; model: string | null; method: Method }>({
    mutationFn: (wanted) => ask(api.POST('/api/v1/explain', { body: wanted })),
  });
}

/** Cashtags as they are written in the text. */
export const cashtags = (text: string): string[] => [...new Set([...text.matchAll(/\$([A-Za-z]{1,6}(?:\.[A-Za-z]{1,2})?)\b/g)].map((hit) => hit[1]!.toUpperCase()))];
