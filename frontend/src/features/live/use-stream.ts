'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asProblem, type ApiProblem } from '@/lib/api/problem';
import { useSession } from '@/lib/api/session';
import { readEvents, type StreamEvent } from '@/lib/event-stream';
import { useLive, type Arrival, type LiveTweet } from '@/stores/live';

const RENDER_MS = 250;
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000];
const REPLAY_LAG_MS = 30_000; // older news than this is being caught up on

/** Keeps the stream open: batches what comes, and after a cut goes on behind the last event. */
export function useStream(running: boolean): ApiProblem | null {
  const session = useSession().data;
  const client = useQueryClient();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  useEffect(() => {
    const { setState, add } = useLive.getState();
    if (!session) return;
    if (!running) return setState('stopped');
    const stop = new AbortController();
    const batch: Arrival[] = []; // what is left in it comes again: the next stream goes on behind what was added
    const empty = setInterval(() => {
      if (batch.length) add(batch.splice(0), Date.now());
    }, RENDER_MS);
    const onProblem = (found: ApiProblem | null) => {
      setProblem(found);
      if (found?.status === 401) void client.resetQueries({ queryKey: ['session'] });
    };
    void listen(stop.signal, onProblem, batch);
    return () => (stop.abort(), clearInterval(empty));
  }, [running, session, client]);
  return problem;
}

async function listen(signal: AbortSignal, onProblem: (problem: ApiProblem | null) => void, batch: Arrival[]): Promise<void> {
  const { setState, startAt } = useLive.getState();
  const show = stateTeller(signal);
  let failures = 0;
  let last = useLive.getState().lastEvent;
  const onOpen = () => (setState('live'), onProblem(null));
  const onHeartbeat = () => void (failures = 0);
  const onEvent = (event: StreamEvent) => {
    if (event.kind === 'start' || event.kind === 'tweet') {
      const position = positionOf(event);
      last = Math.max(last ?? 0, position);
      if (event.kind === 'start') startAt(position);
      else show(batch[batch.push(arrivalOf(event.data, position)) - 1]!);
    }
    failures = 0;
  };
  while (!signal.aborted) {
    setState(failures || last !== null ? 'reconnecting' : 'connecting');
    try {
      await readEvents('/api/v1/live', last === null ? null : String(last), signal, onEvent, onOpen, onHeartbeat);
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

/** The number that the stream can go on behind. Without one nothing can be promised, so the stream is given up. */
function positionOf({ id }: StreamEvent): number {
  if (!id || !/^\d{1,15}$/.test(id)) throw new SyntaxError('an event without its number');
  return Number(id);
}

function arrivalOf(data: string, event: number): Arrival {
  try {
    const found = JSON.parse(data) as LiveTweet;
    const scored = Date.parse(found.scored_at);
    if (typeof found.text === 'string' && Array.isArray(found.tickers) && Number.isFinite(scored)) return { ...found, event, replayed: Date.now() - scored > REPLAY_LAG_MS };
  } catch {
    // it is counted, and the page says how many there were
  }
  return { event, unread: true };
}

/** Says `replay` while old news comes, and `live` again when nothing older has come for a while. */
function stateTeller(signal: AbortSignal): (arrival: Arrival) => void {
  const { setState } = useLive.getState();
  let caughtUp: ReturnType<typeof setTimeout> | undefined;
  return (arrival) => {
    if ('unread' in arrival) return;
    setState(arrival.replayed ? 'replay' : 'live');
    clearTimeout(caughtUp);
    if (arrival.replayed) caughtUp = setTimeout(() => !signal.aborted && useLive.getState().state === 'replay' && setState('live'), 2_000);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });
}
