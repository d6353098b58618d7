'use client';

import { useMutation } from '@tanstack/react-query';
import { CloudOff } from 'lucide-react';
import { EmptyNote, Note, ProblemNote } from '@/components/data-region';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import { useLater } from '@/hooks/use-later';
import { useShortcuts } from '@/hooks/use-shortcuts';
import { api, ask } from '@/lib/api/client';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { count } from '@/lib/format';
import { useReview, type Card } from '@/stores/review';
import { CardView } from './card-view';
import { useGuideline } from './guideline';
import { unsentOf } from './send';
import { useDesk } from './use-desk';

/** Decisions that are not sent yet. Each is on its way for a moment; that is not worth a word. */
function Unsent({ n, away }: { n: number; away: ApiProblem | null }) {
  const later = useLater(1_000);
  if (!away && !later) return null;
  return (
    <Note icon={<CloudOff className="size-4" />}>
      {count(n)} {n === 1 ? 'decision waits' : 'decisions wait'} to be sent; they are kept in this browser and each is counted once.{away ? ` ${away.title}. ${away.detail}` : ''}
    </Note>
  );
}

export function DeskView({ queue, reviewer }: { queue: string; reviewer: string }) {
  const { desk, decide, skip, undo, advance } = useDesk(queue, reviewer);
  const { unsent: everybodys, refused, sent, keep, forgetRefused } = useReview();
  const unsent = unsentOf(reviewer, everybodys);
  const labels = useGuideline().data?.labels ?? {};
  const rules = queue === 'disputed';
  const adjudicate = useMutation({
    mutationFn: ({ card, label, comment }: { card: Card; label: string; comment: string }) => ask(api.POST('/api/v1/items/{item}/adjudicate', { params: { path: { item: card.item } }, body: { label, comment, replaces: card.ruling_annotation ?? null } })),
    onSuccess: (answer, { card, label, comment }) => {
      keep({ card, says: label, reviewer, queue, body: { item: card.item, label, comment, latency_ms: null, replaces: null, request_id: answer.annotation } }, answer.annotation);
      return advance();
    },
  });
  useShortcuts({ undo: () => void undo() });
  const away = desk.kind === 'card' || desk.kind === 'waiting' ? desk.away : null;
  const last = unsent.findLast((one) => one.queue === queue) ?? sent.findLast((one) => one.decision.queue === queue)?.decision;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {unsent.length && desk.kind !== 'loading' ? <Unsent key={String(away === null)} n={unsent.length} away={away} /> : null}
      {refused.map(({ decision, problem }) => (
        <ProblemNote key={decision.body.request_id} problem={problem} />
      ))}
      {refused.length ? <Button variant="outline" size="sm" className="self-start" onClick={forgetRefused}>Understood: these decisions were not kept</Button> : null}
      {adjudicate.error ? <ProblemNote problem={asProblem(adjudicate.error)} /> : null}
      {desk.kind === 'loading' ? <Skeleton className="h-[29rem] sm:h-80" /> : null}
      {desk.kind === 'problem' ? <ProblemNote problem={desk.problem} onRetry={() => void advance()} /> : null}
      {desk.kind === 'waiting' ? <EmptyNote title={`No card is in reserve. ${desk.away.title}. ${desk.away.detail} It goes on by itself.`} /> : null}
      {desk.kind === 'done' ? <EmptyNote title={desk.left ? `What is left (${count(desk.left)}) is with other reviewers.` : 'All decided. Thank you.'} action={<Button variant="outline" onClick={() => void advance()}>Look again</Button>} /> : null}
      {desk.kind === 'card' ? (
        <CardView
          card={desk.card}
          labels={labels}
          needsReason={rules}
          onLabel={(label, note) => (!rules ? void decide({ label }, note) : adjudicate.isPending ? undefined : adjudicate.mutate({ card: desk.card, label, comment: note }))}
          onMark={(mark, note) => void decide({ mark }, note)}
          onSkip={() => void skip()}
        />
      ) : null}
      <div className="flex flex-wrap items-center gap-3 text-muted-foreground">
        <Button variant="outline" size="sm" disabled={!last} onClick={() => void undo()}>
          <kbd className="font-mono text-xs">U</kbd> Undo
        </Button>
        {last ? (
          <span className="inline-flex flex-wrap items-center gap-2" role="status" data-testid="last">
            Last: <LabelMark label={last.says} />
          </span>
        ) : null}
        {desk.kind === 'card' ? <span className="ml-auto tabular-nums" data-testid="left">{count(desk.left)} left for you</span> : null}
      </div>
    </div>
  );
}
