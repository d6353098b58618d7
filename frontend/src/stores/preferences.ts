import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { TimeZone } from '@/lib/format';

type Preferences = {
  hotkeys: boolean;
  timeZone: TimeZone;
  palette: 'standard' | 'strong';
  abstainBelow: number | null; // a stricter threshold than the model's own, on this page only; null: the model's
  set: (change: Partial<Omit<Preferences, 'set'>>) => void;
};

/** What this browser prefers. Read after mounting (`Providers` calls rehydrate), so that the exported HTML always fits. */
export const usePreferences = create<Preferences>()(
  persist((set) => ({ hotkeys: true, timeZone: 'UTC', palette: 'standard', abstainBelow: null, set: (change) => set(change) }), {
    name: 'tweetsent-preferences',
    version: 1,
    skipHydration: true,
  }),
);
