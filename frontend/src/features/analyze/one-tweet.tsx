'use client';

import { useRef, useState, type FormEvent } from 'react';
import { Loading, ProblemNote } from '@/components/data-region';
import { later } from '@/components/later';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Field, Input, Select, Textarea } from '@/components/ui/field';
import { Skeleton } from '@/components/ui/skeleton';
import { asProblem } from '@/lib/api/problem';
import { useModels, useScopes } from '@/lib/api/use-api';
import { count } from '@/lib/format';
import { keepText, useHandover } from '@/stores/handover';
import { Probs } from './probs';
import { cashtags, useAnswer } from './use-answer';

// Not before there is an answer to explain and to correct.
const Explanation = later(() => import('./explanation').then((module) => module.Explanation), <Skeleton className="h-28" />);
const Correction = later(() => import('./correction').then((module) => module.Correction), <Skeleton className="h-40" />);

export function OneTweet() {
  const text = useHandover((state) => state.text);
  const [target, setTarget] = useState('');
  const [other, setOther] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const models = useModels().data?.models ?? [];
  const { canPredict } = useScopes();
  const answer = useAnswer();
  const isReady = text.trim() !== '' && !answer.isPending && canPredict;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (isReady) answer.mutate({ text, target: target.trim().replace(/^\$/, '').toUpperCase() || null, models: other ? [null, other] : [null] });
  };
  return (
    <div className="flex flex-col gap-4">
      <form ref={form} onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Tweet" hint={`${count([...text].length)} of 10,000 characters; Ctrl+Enter asks`}>
          <Textarea data-search dir="auto" rows={4} maxLength={10_000} value={text} placeholder="$TSLA beats on deliveries, margins still falling" onChange={(event) => keepText(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit()} />
        </Field>
        <div className="flex flex-wrap items-end gap-3">
          {models.some((model) => model.reads_targets) ? (
            <Field label="About the ticker" className="w-36">
              <Input value={target} maxLength={17} onChange={(event) => setTarget(event.target.value)} />
            </Field>
          ) : null}
          <Field label="Beside the active model" className="w-64">
            <Select value={other} onChange={(event) => setOther(event.target.value)}>
              <option value="">no other model</option>
              {models.filter((model) => !model.active).map((model) => (
                <option key={model.model_id} value={model.model_id}>
                  {model.model_id}
                </option>
              ))}
            </Select>
          </Field>
          <Button type="submit" disabled={!isReady}>
            {answer.isPending ? 'Asking …' : 'Analyze'}
          </Button>
        </div>
        {canPredict ? null : <p className="text-muted-foreground">Your key has no scope “predict”.</p>}
      </form>
      {answer.error ? <ProblemNote problem={asProblem(answer.error)} onRetry={() => submit()} /> : null}
      {answer.isPending ? <Loading skeleton={<Skeleton className="h-44" />} /> : null}
      {answer.data ? <Found found={answer.data} /> : null}
    </div>
  );
}

function Found({ found }: { found: NonNullable<ReturnType<typeof useAnswer>['data']> }) {
  const { question, answers } = found;
  const tickers = cashtags(question.text);
  const asked = JSON.stringify(question); // with another ticker or model these begin anew
  return (
    <div className="flex flex-col gap-4">
      <p className="flex flex-wrap items-center gap-2 text-muted-foreground">
        {tickers.length ? 'Cashtags in the text:' : 'No cashtag in the text.'}
        {tickers.map((ticker) => (
          <Badge key={ticker}>${ticker}</Badge>
        ))}
      </p>
      <div className="grid gap-4 lg:grid-cols-2" role="status" aria-label="Answer">
        {answers.map((answer) => (
          <Card key={answer.model_version}>{answer.predictions[0] ? <Probs answer={answer} prediction={answer.predictions[0]} /> : null}</Card>
        ))}
      </div>
      <Explanation key={`why-${asked}`} question={question} />
      <Correction key={`fix-${asked}`} question={question} predicted={answers[0]?.predictions[0]?.label ?? ''} />
    </div>
  );
}
