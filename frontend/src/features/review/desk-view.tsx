'use client';

import { CircleAlert, CloudOff } from 'lucide-react';
import { EmptyNote, Note, ProblemNote } from '@/components/data-region';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import { useLater } from '@/hooks/use-later';
import { useShortcuts } from '@/hooks/use-shortcuts';
import type { ApiProblem } from '@/lib/api/problem';
import { count } from '@/lib/format';
import { useReview, type Refused } from '@/stores/review';
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

/** A decision that the server did not take, with what it was about. */
function NotKept({ refused: { decision, problem }, onAgain }: { refused: Refused; onAgain: () => void }) {
  return (
    <Note icon={<CircleAlert className="size-4" />}>
      <span className="foreign line-clamp-3">{decision.card.text}</span>
      Not kept: <LabelMark label={decision.says} /> {problem.title}. {problem.detail}
      <span className="mt-2 flex gap-2">
        <Button variant="outline" size="sm" onClick={onAgain}>Decide again</Button>
        <Button variant="ghost" size="sm" onClick={() => useReview.getState().forgetRefused(decision.body.request_id)}>Leave it</Button>
      </span>
    </Note>
  );
}

export function DeskView({ queue, reviewer }: { queue: string; reviewer: string }) {
  const { desk, trouble, decide, skip, undo, rule, again, advance } = useDesk(queue, reviewer);
  const { unsent: everybodys, refused, sent } = useReview();
  const unsent = unsentOf(reviewer, everybodys);
  const guideline = useGuideline();
  const rules = queue === 'disputed';
  useShortcuts({ undo: () => void undo() });
  const away = desk.kind === 'card' || desk.kind === 'waiting' ? desk.away : null;
  const last = unsent.findLast((one) => one.queue === queue) ?? sent.findLast((one) => one.decision.queue === queue && one.decision.reviewer === reviewer)?.decision;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {unsent.length && desk.kind !== 'loading' ? <Unsent key={String(away === null)} n={unsent.length} away={away} /> : null}
      {refused.filter((one) => one.decision.reviewer === reviewer).map((one) => <NotKept key={one.decision.body.request_id} refused={one} onAgain={() => void again(one)} />)}
      {trouble ? <ProblemNote problem={trouble} /> : null}
      {desk.kind === 'loading' || (desk.kind === 'card' && guideline.isPending) ? <Skeleton className="h-[29rem] sm:h-80" /> : null}
      {desk.kind === 'card' && guideline.isLoadingError ? <ProblemNote problem={guideline.error} onRetry={() => void guideline.refetch()} /> : null}
      {desk.kind === 'problem' ? <ProblemNote problem={desk.problem} onRetry={() => void advance()} /> : null}
      {desk.kind === 'waiting' ? <EmptyNote title={`No card is in reserve. ${desk.away.title}. ${desk.away.detail} It goes on by itself.`} /> : null}
      {desk.kind === 'done' ? <EmptyNote title={desk.left ? `What is left (${count(desk.left)}) is with other reviewers.` : 'All decided. Thank you.'} action={<Button variant="outline" onClick={() => void advance()}>Look again</Button>} /> : null}
      {desk.kind === 'card' && guideline.data ? (
        <CardView
          card={desk.card}
          labels={guideline.data.labels}
          needsReason={rules}
          onLabel={(label, note) => void (rules ? rule(label, note) : decide({ label }, note))}
          onMark={(mark, note) => void decide({ mark }, note)}
          onSkip={() => void skip()}
        />
      ) : null}
      <div className="flex flex-wrap items-center gap-3 text-muted-foreground">
        <Button variant="outline" size="sm" disabled={!last} onClick={(event) => (event.detail > 0 && event.currentTarget.blur(), void undo())}>
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
