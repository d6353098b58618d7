'use client';

import { Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { count } from '@/lib/format';
import { useLive, type LiveState } from '@/stores/live';

const SAYS: Record<LiveState, string> = { connecting: 'connecting', live: 'live', reconnecting: 'reconnecting', replay: 'replay: catching up', stopped: 'stopped' };

/** How the stream is doing, and what one can do about it. */
export function Controls({ running, onRun }: { running: boolean; onRun?: (running: boolean) => void }) {
  const state = useLive((live) => live.state);
  const paused = useLive((live) => live.paused);
  const waiting = useLive((live) => live.waiting.length);
  const setPaused = useLive((live) => live.setPaused);
  const clear = useLive((live) => live.clear);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Badge variant={state === 'live' ? 'default' : 'warning'} role="status" data-testid="state">
        {SAYS[state]}
      </Badge>
      <Rate />
      <div className="ml-auto flex flex-wrap gap-2">
        <Button variant="outline" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? <Play /> : <Pause />} {paused ? `Go on (${count(waiting)} waiting)` : 'Pause'}
        </Button>
        <Button variant="outline" onClick={clear}>
          Clear
        </Button>
        <Button variant="outline" disabled={!onRun} onClick={() => onRun?.(!running)}>
          {running ? 'Stop' : 'Start'}
        </Button>
      </div>
    </div>
  );
}

/** Arrivals of the last minute, and how long the newest took from being scored to being shown. */
function Rate() {
  const arrivals = useLive((live) => live.arrivals);
  const lag = useLive((live) => live.lagMs);
  const counts = arrivals.length > 0;
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!counts) return;
    const tick = () => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [counts]);
  const recent = arrivals.reduce((sum, { at, n }) => (at > now - 60_000 ? sum + n : sum), 0);
  return (
    <span className="tabular-nums text-muted-foreground">
      {count(recent)} tweets in the last minute{lag === null ? '' : `, lag ${lag < 1_000 ? `${Math.round(lag)} ms` : `${(lag / 1_000).toFixed(1)} s`}`}
    </span>
  );
}
