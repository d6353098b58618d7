'use client';

import { CircleAlert, Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { EmptyNote, Note } from '@/components/data-region';
import { TweetRow } from '@/components/tweet-row';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/skeleton';
import { useShortcuts } from '@/hooks/use-shortcuts';
import { count } from '@/lib/format';
import { MAX_ROWS, useLive, type LiveState } from '@/stores/live';
import { useStream } from './use-stream';

const SAYS: Record<LiveState, string> = { connecting: 'connecting', live: 'live', reconnecting: 'reconnecting', replay: 'replay: catching up', stopped: 'stopped' };

export function Live() {
  const [running, setRunning] = useState(true);
  const problem = useStream(running);
  const { rows, waiting, paused, state, lost, setPaused, clear } = useLive();
  useShortcuts({ pause: () => setPaused(!paused) });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Badge variant={state === 'live' ? 'default' : 'warning'} role="status" data-testid="state">
          {SAYS[state]}
        </Badge>
        <Rate />
        <div className="ml-auto flex gap-2">
          <Button variant="outline" aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {paused ? <Play /> : <Pause />} {paused ? `Go on (${count(waiting.length)} waiting)` : 'Pause'}
          </Button>
          <Button variant="outline" onClick={clear}>
            Clear
          </Button>
          <Button variant="outline" onClick={() => setRunning(!running)}>
            {running ? 'Stop' : 'Start'}
          </Button>
        </div>
      </div>
      {lost ? <Note icon={<CircleAlert className="size-4" />}>{count(lost)} tweets came while paused and were more than the {count(MAX_ROWS)} that are kept here; the dashboard has them all.</Note> : null}
      {problem && state === 'reconnecting' ? (
        <Note icon={<CircleAlert className="size-4" />}>
          {problem.title}. {problem.detail} It is tried again by itself, and nothing is missed.
        </Note>
      ) : null}
      <Card>
        {rows.length ? (
          <ol aria-label="Newest tweets" data-testid="rows">
            {rows.map((tweet) => (
              <TweetRow key={tweet.event} tweet={tweet} />
            ))}
          </ol>
        ) : state === 'connecting' ? (
          <Skeleton className="h-64" />
        ) : (
          <EmptyNote title="Tweets appear here the moment they are scored. Send some in: tweetsent replay sample --speed 60" />
        )}
      </Card>
    </div>
  );
}

/** Arrivals of the last minute, and how long the newest took from being scored to being shown. */
function Rate() {
  const arrivals = useLive((state) => state.arrivals);
  const newest = useLive((state) => state.waiting[0] ?? state.rows[0]);
  const [now, setNow] = useState(0);
  useEffect(() => {
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);
  const recent = arrivals.filter((at) => at > now - 60_000).length;
  const at = arrivals.at(-1);
  const lag = newest && at ? Math.max(0, at - Date.parse(newest.scored_at)) : null;
  return (
    <span className="tabular-nums text-muted-foreground">
      {count(recent)} tweets in the last minute{lag === null ? '' : `, lag ${lag < 1_000 ? `${Math.round(lag)} ms` : `${(lag / 1_000).toFixed(1)} s`}`}
    </span>
  );
}
