import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { useShortcutListener, useShortcuts } from '@/hooks/use-shortcuts';
import { clashes, SHORTCUTS } from '@/lib/shortcuts';
import { usePreferences } from '@/stores/preferences';

const goes = vi.fn();
const sheet = vi.fn();

function Page() {
  useShortcutListener();
  useShortcuts({ 'go-models': goes, sheet });
  return <input aria-label="words" />;
}

const press = (keys: string, on: Element | Document = document.body) => keys.split(' ').forEach((key) => fireEvent.keyDown(on, { key }));

beforeEach(() => {
  vi.clearAllMocks();
  usePreferences.setState({ hotkeys: true });
  render(<Page />);
});

test('no two shortcuts listen to the same keys', () => {
  expect(clashes(SHORTCUTS)).toEqual([]);
  expect(new Set(SHORTCUTS.map((one) => one.id)).size).toBe(SHORTCUTS.length);
});

test('a clash is found, also between a key and the beginning of a sequence', () => {
  const one = (id: string, keys: string) => ({ id, keys, says: '', scope: 'global' as const });
  expect(clashes([one('a', 'x'), one('b', 'x')])).toEqual(["a and b both listen to 'x'"]);
  expect(clashes([one('a', 'g d'), one('b', 'g')])).toEqual(["a and b both listen to 'g'"]);
});

test('a sequence and a single key run', () => {
  press('g m');
  expect(goes).toHaveBeenCalledTimes(1);
  press('?');
  expect(sheet).toHaveBeenCalledTimes(1);
});

test('keys rest inside inputs', () => {
  press('g m', screen.getByLabelText('words'));
  press('?', screen.getByLabelText('words'));
  expect(goes).not.toHaveBeenCalled();
  expect(sheet).not.toHaveBeenCalled();
});

test('keys can be turned off', () => {
  usePreferences.setState({ hotkeys: false });
  press('g m');
  expect(goes).not.toHaveBeenCalled();
});
