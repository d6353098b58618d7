import { create } from 'zustand';
import type { Schemas } from '@/lib/api/client';

/** An event of `/live`: its contract is in the description of the operation, which OpenAPI cannot type. */
export type LiveTweet = Schemas['StoredTweet'] & { event: number; model_version: string; scored_at: string; replayed?: boolean }; // replayed: old news, which is caught up on
/** What the stream brought: a tweet, or an event that could not be read. */
export type Arrival = LiveTweet | { event: number; unread: true };
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'replay' | 'stopped';

export const MAX_ROWS = 500;

type LiveStore = {
  rows: LiveTweet[]; // newest first, at most MAX_ROWS
  waiting: LiveTweet[]; // arrived while paused, newest first
  paused: boolean;
  state: LiveState;
  lastEvent: number | null; // a later event has a larger number; null: not known where the stream began
  lost: number; // arrived while paused and fell out of the buffer
  unread: number; // events that could not be read
  arrivals: { at: number; n: number }[]; // milliseconds since 1970, of the last minute, without what was replayed
  lagMs: number | null; // from being scored to being shown, of the newest; null: it was replayed
  add: (batch: Arrival[], now: number) => void;
  startAt: (event: number) => void;
  setPaused: (paused: boolean) => void;
  setState: (state: LiveState) => void;
  clear: () => void;
  forget: () => void; // for the next person at this screen
};

const isTweet = (one: Arrival): one is LiveTweet => !('unread' in one);

/** Tweets as they come: nothing twice, nothing out of order, never more than the page can show. */
export const useLive = create<LiveStore>()((set) => ({
  rows: [],
  waiting: [],
  paused: false,
  state: 'connecting',
  lastEvent: null,
  lost: 0,
  unread: 0,
  arrivals: [],
  lagMs: null,
  add: (batch, now) =>
    set((old) => {
      const seen = new Set<number>();
      const fresh = batch.filter(({ event }) => event > (old.lastEvent ?? -1) && !seen.has(event) && seen.add(event));
      if (!fresh.length) return old;
      const readable = fresh.filter(isTweet);
      const newest = readable.slice(-MAX_ROWS).sort((a, b) => b.event - a.event); // they come in order
      const into = old.paused ? 'waiting' : 'rows';
      const kept = [...newest, ...old[into]].slice(0, MAX_ROWS);
      const n = readable.filter((tweet) => !tweet.replayed).length;
      return {
        ...(newest[0] ? { [into]: kept, lagMs: newest[0].replayed ? null : Math.max(0, now - Date.parse(newest[0].scored_at)) } : {}),
        lost: old.paused ? old.lost + readable.length + old.waiting.length - kept.length : old.lost,
        unread: old.unread + fresh.length - readable.length,
        lastEvent: fresh.reduce((last, { event }) => Math.max(last, event), 0),
        arrivals: n ? [...old.arrivals.filter(({ at }) => at > now - 60_000), { at: now, n }] : old.arrivals,
      };
    }),
  startAt: (event) => set((old) => (old.lastEvent === null ? { lastEvent: event } : old)),
  setPaused: (paused) => set((old) => (paused ? { paused, lost: 0 } : { paused, rows: [...old.waiting, ...old.rows].slice(0, MAX_ROWS), waiting: [] })),
  setState: (state) => set((old) => (old.state === state ? old : { state })),
  clear: () => set({ rows: [], waiting: [], lost: 0, unread: 0, lagMs: null }),
  forget: () => set({ rows: [], waiting: [], lost: 0, unread: 0, lagMs: null, lastEvent: null, arrivals: [] }),
}));
