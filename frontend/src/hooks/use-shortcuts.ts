'use client';

import { useEffect, useRef } from 'react';
import { isTyping, keyName, SHORTCUTS } from '@/lib/shortcuts';
import { usePreferences } from '@/stores/preferences';
import { useShell } from '@/stores/shell';

type Handlers = Partial<Record<string, () => void>>;

const SEQUENCE_MS = 1_200;
const listening: { current: Handlers }[] = [];

/** Answers to shortcuts of the registry, while the component is mounted. The newest listener comes first. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    listening.unshift(latest);
    return () => void listening.splice(listening.indexOf(latest), 1);
  }, []);
}

/** Runs the shortcut of these keys. False: nobody listens to them. */
export function runShortcut(keys: string): boolean {
  for (const { id } of SHORTCUTS.filter((one) => one.scope !== 'chart' && one.keys === keys)) {
    const handler = listening.map(({ current }) => current[id]).find(Boolean);
    if (handler) {
      handler();
      return true;
    }
  }
  return false;
}

/** The one key listener of the page; the shell mounts it. */
export function useShortcutListener(): void {
  const before = useRef({ key: '', at: 0 });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = keyName(event);
      const isPalette = key === 'mod+k';
      if (event.defaultPrevented || (!isPalette && (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)))) return;
      if (!usePreferences.getState().hotkeys && !isPalette) return;
      if (useShell.getState().dialog !== 'none' || document.querySelector('[role="dialog"],[role="alertdialog"]')) return;
      if (key === 'Space' && event.target instanceof HTMLElement && ['BUTTON', 'A', 'SUMMARY'].includes(event.target.tagName)) return;
      const joined = event.timeStamp - before.current.at < SEQUENCE_MS ? `${before.current.key} ${key}` : '';
      before.current = { key, at: event.timeStamp };
      if (!event.repeat && ((joined && runShortcut(joined)) || runShortcut(key))) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
