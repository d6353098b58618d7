'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DataRegion, ProblemNote } from '@/components/data-region';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Field, Input } from '@/components/ui/field';
import { Skeleton } from '@/components/ui/skeleton';
import { api, ask, type Schemas } from '@/lib/api/client';
import { asProblem } from '@/lib/api/problem';
import { useLabels } from '@/lib/api/labels';
import { useApi, useScopes } from '@/lib/api/use-api';
import { GuidelineButton } from '@/features/review/guideline';
import { Voices } from '@/features/review/voices';
import { newId } from '@/lib/new-id';
import type { Question } from './use-answer';

/** Says what the label should be. It becomes a decision in the ledger, and the next training reads it. */
export function Correction({ question, predicted }: { question: Question; predicted: string }) {
  const labels = useLabels();
  const { canReview } = useScopes();
  const [comment, setComment] = useState('');
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: ({ label, requestId }: { label: string; requestId: string }) => correct({ text: question.text, target: question.target, label, comment, request_id: requestId }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['review'] }),
  });
  return (
    <Card className="flex flex-col gap-3">
      <CardTitle>Wrong? Correct it</CardTitle>
      {!canReview ? (
        <p className="text-muted-foreground">Your key has no scope “review”: it cannot write labels.</p>
      ) : send.isSuccess ? (
        <>
          <p role="status" className="flex flex-wrap items-center gap-2">
            Kept as your decision: <LabelMark label={send.variables.label} /> It is in the ledger.
          </p>
          <Others item={send.data.item} />
        </>
      ) : (
        <>
          <div>
            <GuidelineButton />
          </div>
          <Field label="Why (optional)">
            <Input value={comment} maxLength={2000} onChange={(event) => setComment(event.target.value)} />
          </Field>
          <div className="flex flex-wrap gap-2" role="group" aria-label="The right label">
            {labels.map((label) => (
              <Button key={label.name} variant="outline" title={label.description} disabled={send.isPending} onClick={() => send.mutate({ label: label.name, requestId: newId() })}>
                <LabelMark label={label.name} />
                {label.name === predicted ? <span className="text-xs text-muted-foreground">(confirm)</span> : null}
              </Button>
            ))}
          </div>
          {send.error ? <ProblemNote problem={asProblem(send.error)} onRetry={() => send.variables && send.mutate(send.variables)} /> : null}
        </>
      )}
    </Card>
  );
}

/** Writes the decision. Where one has decided on this very tweet before, the server says so (409), and the new decision takes the place of one's own. */
async function correct(body: Schemas['AnnotationRequest'] & { request_id: string }) {
  try {
    return await ask(api.POST('/api/v1/annotations', { body }));
  } catch (thrown) {
    const { item } = asProblem(thrown);
    if (!item) throw thrown;
    const { annotation } = await ask(api.GET('/api/v1/items/{item}', { params: { path: { item } } }));
    return ask(api.POST('/api/v1/annotations', { body: { ...body, request_id: newId(), replaces: annotation } }));
  }
}

/** The votes of others, now that they cannot sway one's own. */
function Others({ item }: { item: string }) {
  const query = useApi(['review', 'item', item], (signal) => api.GET('/api/v1/items/{item}', { params: { path: { item } }, signal }));
  return (
    <DataRegion query={query} skeleton={<Skeleton className="h-12" />} isEmpty={(found) => !found.voices.length} empty={{ title: 'Nobody else has labelled this tweet.' }}>
      {(found) => <Voices voices={found.voices} />}
    </DataRegion>
  );
}
