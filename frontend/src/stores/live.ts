import { create } from 'zustand';
import type { Schemas } from '@/lib/api/client';

/** An event of `/live`: its contract is in the description of the operation, which OpenAPI cannot type. */
export type LiveTweet = Schemas['StoredTweet'] & { event: number; model_version: string; scored_at: string };
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'replay' | 'stopped';

export const MAX_ROWS = 500;

type LiveStore = {
  rows: LiveTweet[]; // newest first, at most MAX_ROWS
  waiting: LiveTweet[]; // arrived while paused, newest first
  paused: boolean;
  state: LiveState;
  lastEvent: number; // a later event has a larger number
  lost: number; // arrived while paused and fell out of the buffer
  arrivals: number[]; // milliseconds since 1970, of the last minute
  add: (batch: LiveTweet[], now: number) => void;
  setPaused: (paused: boolean) => void;
  setState: (state: LiveState) => void;
  clear: () => void;
  forget: () => void; // for the next person at this screen
};

/** Tweets as they come: nothing twice, nothing out of order, never more than the page can show. */
export const useLive = create<LiveStore>()((set) => ({
  rows: [],
  waiting: [],
  paused: false,
  state: 'connecting',
  lastEvent: 0,
  lost: 0,
  arrivals: [],
  add: (batch, now) =>
    set((old) => {
      const fresh = batch.filter((tweet, i) => tweet.event > old.lastEvent && batch.findIndex((one) => one.event === tweet.event) === i).sort((a, b) => b.event - a.event);
      if (!fresh.length) return old;
      const into = old.paused ? 'waiting' : 'rows';
      const joined = [...fresh, ...old[into]];
      return {
        [into]: joined.slice(0, MAX_ROWS),
        lost: old.paused ? old.lost + Math.max(0, joined.length - MAX_ROWS) : old.lost,
        lastEvent: fresh[0]!.event,
        arrivals: [...old.arrivals.filter((at) => at > now - 60_000), ...fresh.map(() => now)],
      };
    }),
  setPaused: (paused) => set((old) => (paused ? { paused, lost: 0 } : { paused, rows: [...old.waiting, ...old.rows].slice(0, MAX_ROWS), waiting: [] })),
  setState: (state) => set({ state }),
  clear: () => set({ rows: [], waiting: [], lost: 0 }),
  forget: () => set({ rows: [], waiting: [], lost: 0, lastEvent: 0, arrivals: [] }),
}));
