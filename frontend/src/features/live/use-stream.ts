'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { useSession } from '@/lib/api/session';
import { readEvents } from '@/lib/event-stream';
import { useLive, type LiveTweet } from '@/stores/live';

const RENDER_MS = 250;
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000];
const REPLAY_LAG_MS = 30_000; // older news than this is being caught up on

/** Keeps the stream open: batches what comes, and after a cut goes on behind the last event. */
export function useStream(running: boolean): ApiProblem | null {
  const session = useSession().data;
  const client = useQueryClient();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const batch = useRef<LiveTweet[]>([]);
  useEffect(() => {
    const { setState, add } = useLive.getState();
    if (!session) return;
    if (!running) return setState('stopped');
    const stop = new AbortController();
    const empty = setInterval(() => {
      if (batch.current.length) add(batch.current.splice(0), Date.now());
    }, RENDER_MS);
    const onProblem = (found: ApiProblem | null) => {
      setProblem(found);
      if (found?.status === 401) void client.resetQueries({ queryKey: ['session'] });
    };
    void listen(stop.signal, onProblem, batch.current);
    return () => (stop.abort(), clearInterval(empty));
  }, [running, session, client]);
  return problem;
}

async function listen(signal: AbortSignal, onProblem: (problem: ApiProblem | null) => void, batch: LiveTweet[]): Promise<void> {
  const { setState } = useLive.getState();
  let failures = 0;
  let caughtUp: ReturnType<typeof setTimeout> | undefined;
  let last = useLive.getState().lastEvent || null;
  while (!signal.aborted) {
    setState(failures || last ? 'reconnecting' : 'connecting');
    try {
      const onOpen = () => (setState('live'), onProblem(null), (failures = 0));
      const onEvent = (event: { kind: string; data: string }) => {
        if (event.kind !== 'tweet') return;
        const tweet = JSON.parse(event.data) as LiveTweet;
        last = Math.max(last ?? 0, tweet.event);
        batch.push(tweet);
        const old = Date.now() - Date.parse(tweet.scored_at) > REPLAY_LAG_MS;
        setState(old ? 'replay' : 'live');
        clearTimeout(caughtUp);
        if (old) caughtUp = setTimeout(() => !signal.aborted && useLive.getState().state === 'replay' && setState('live'), 2_000); // nothing older is coming
      };
      await readEvents('/api/v1/live', last ? String(last) : null, signal, onEvent, onOpen);
    } catch (thrown) {
      if (signal.aborted) return;
      onProblem(asProblem(thrown));
    }
    if (signal.aborted) return;
    setState('reconnecting');
    await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]!, signal);
    failures += 1;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });
}
