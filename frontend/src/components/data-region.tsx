'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import { CloudOff, Clock, CircleAlert, Inbox } from 'lucide-react';
import type { ReactNode } from 'react';
import { ErrorBoundary } from '@/components/error-boundary';
import { Button } from '@/components/ui/button';
import { useLater } from '@/hooks/use-later';
import { useOnline } from '@/hooks/use-online';
import { useSliced } from '@/hooks/use-sliced';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { moment } from '@/lib/format';
import { cn } from '@/lib/utils';
import { regionState } from '@/lib/region-state';
import { usePreferences } from '@/stores/preferences';

export const NO_ANSWER_YET = 'The server has not answered yet. Still waiting …';

export type Empty = { title: string; action?: ReactNode };

type DataRegionProps<T> = {
  query: Pick<UseQueryResult<T, ApiProblem>, 'data' | 'error' | 'dataUpdatedAt' | 'refetch' | 'failureReason'> & { isPlaceholderData?: boolean };
  skeleton: ReactNode; // of the final size
  empty: Empty;
  isEmpty?: (data: T) => boolean;
  partial?: (data: T) => string | null;
  children: (data: T) => ReactNode;
};

/** Data with its six states: skeleton, empty, partial, stale, error, offline. An answer that breaks the contract breaks no more than its region. */
export function DataRegion<T>(props: DataRegionProps<T>) {
  return (
    <ErrorBoundary resetKey={props.query.dataUpdatedAt} onRetry={() => void props.query.refetch()}>
      <Region {...props} />
    </ErrorBoundary>
  );
}

function Region<T>({ query, skeleton, empty, isEmpty, partial, children }: DataRegionProps<T>) {
  const online = useOnline();
  const zone = usePreferences((state) => state.timeZone);
  const arrived = useSliced(query.data !== undefined);
  const state = regionState({ data: arrived ? query.data : undefined, error: query.error ? asProblem(query.error) : query.failureReason ? asProblem(query.failureReason) : null, online, isEmpty, partial });
  switch (state.kind) {
    case 'loading':
      return <Loading skeleton={skeleton} />;
    case 'error':
      return <ProblemNote problem={state.problem} onRetry={() => void query.refetch()} />;
    case 'offline':
      return <OfflineNote detail={state.detail} onRetry={() => void query.refetch()} />;
    case 'empty':
      return <EmptyNote {...empty} />;
    case 'ready':
      return (
        <div aria-busy={query.isPlaceholderData && !state.stale} className={cn('flex min-w-0 flex-col gap-3 [&>section]:grow', query.isPlaceholderData && 'opacity-70')}>
          {query.isPlaceholderData && !state.stale ? <Late>The server has not answered yet; below is what was asked for before.</Late> : null}
          {state.stale ? (
            <Note icon={<Clock className="size-4" />}>
              Data from {moment(new Date(query.dataUpdatedAt).toISOString(), zone, 'second')}: {state.stale}
            </Note>
          ) : null}
          {state.partial ? <Note icon={<CircleAlert className="size-4" />}>{state.partial}</Note> : null}
          {children(state.data)}
        </div>
      );
  }
}

/** A skeleton that admits it when the server takes long. */
export function Loading({ skeleton }: { skeleton: ReactNode }) {
  return (
    <div aria-busy="true">
      <Late>{NO_ANSWER_YET}</Late>
      {skeleton}
    </div>
  );
}

/** Says so when an answer takes long; before that only to those who listen. */
export function Late({ children }: { children: ReactNode }) {
  const late = useLater(2_000);
  return (
    <p role="status" className={late ? 'pb-2 text-muted-foreground' : 'sr-only'}>
      {late ? children : 'Loading'}
    </p>
  );
}

export function Note({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p role="status" className="flex items-start gap-2 rounded-md bg-warning px-3 py-2 text-warning-foreground">
      <span className="mt-0.5 shrink-0">{icon}</span>
      <span className="min-w-0">{children}</span>
    </p>
  );
}

export function EmptyNote({ title, action }: Empty) {
  return (
    <div className="flex flex-col items-center gap-3 rounded-md border border-dashed px-4 py-10 text-center text-muted-foreground">
      <Inbox className="size-6" aria-hidden />
      <p>{title}</p>
      {action}
    </div>
  );
}

export function OfflineNote({ detail, onRetry }: { detail: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-start gap-3 rounded-md border p-4">
      <p className="flex items-center gap-2 font-semibold">
        <CloudOff className="size-4" aria-hidden /> Offline
      </p>
      <p className="text-muted-foreground">{detail} It is asked again by itself.</p>
      <Button variant="outline" size="sm" onClick={onRetry}>
        Retry
      </Button>
    </div>
  );
}

export function ProblemNote({ problem, onRetry }: { problem: ApiProblem; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex min-w-0 flex-col items-start gap-2 rounded-md border border-danger p-4">
      <p className="flex items-center gap-2 font-semibold text-danger">
        <CircleAlert className="size-4 shrink-0" aria-hidden /> {problem.title}
      </p>
      <p className="foreign max-w-full">{problem.detail}</p>
      {problem.fields.length ? (
        <ul className="list-disc pl-5">
          {problem.fields.map((field) => (
            <li key={field.where + field.message} className="foreign">
              {field.where}: {field.message}
            </li>
          ))}
        </ul>
      ) : null}
      {problem.retryAfterS ? <p className="text-muted-foreground">The server asks to wait {problem.retryAfterS} s.</p> : null}
      {problem.requestId ? <p className="font-mono text-xs text-muted-foreground">request {problem.requestId}</p> : null}
      {onRetry ? (
        <Button variant="outline" size="sm" onClick={onRetry}>
          Retry
        </Button>
      ) : null}
    </div>
  );
}
