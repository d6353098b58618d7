'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState, type KeyboardEvent } from 'react';
import { Dialog } from '@/components/ui/dialog';
import { Input } from '@/components/ui/field';
import { runShortcut } from '@/hooks/use-shortcuts';
import { api } from '@/lib/api/client';
import { useApi, useModels } from '@/lib/api/use-api';
import { count } from '@/lib/format';
import { SHORTCUTS } from '@/lib/shortcuts';
import { cn } from '@/lib/utils';
import { useShell } from '@/stores/shell';

type Entry = { id: string; title: string; hint: string; run: () => void };

/** Pages, tickers, models and commands, found by a few letters. */
export function Palette() {
  const open = useShell((state) => state.open);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const entries = useEntries(typed);
  const at = Math.min(chosen, entries.length - 1);
  const active = entries[at] ? `palette-${entries[at].id}` : undefined;
  useEffect(() => void (active && document.getElementById(active)?.scrollIntoView({ block: 'nearest' })), [active]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    open('none');
    setTimeout(entry.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && entries.length) setChosen((at + step + entries.length) % entries.length);
    if (event.key === 'Enter') run(entries[at]);
    if (step || event.key === 'Enter') event.preventDefault();
  };
  return (
    <Dialog title="Go to or do" open onOpenChange={() => open('none')}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={active}
        aria-label="Page, ticker, model or command"
        placeholder="Page, ticker, model or command"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Found" className="max-h-[45vh] overflow-y-auto">
        {entries.map((entry, i) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are handled by the combobox
          <li
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(entry)}
            className={cn('flex cursor-pointer justify-between gap-4 rounded px-2 py-1.5', i === at && 'bg-muted')}
          >
            <span className="truncate">{entry.title}</span>
            <span className="shrink-0 text-xs text-muted-foreground">{entry.hint}</span>
          </li>
        ))}
      </ul>
      {entries.length ? null : <p className="text-muted-foreground">Nothing is called “{typed}”.</p>}
    </Dialog>
  );
}

function useEntries(typed: string): Entry[] {
  const router = useRouter();
  const wanted = typed.trim().toLowerCase();
  const prefix = /^\$?[a-z0-9._^-]{1,15}$/.test(wanted) ? wanted.replace(/^\$/, '') : '';
  const tickers = useApi(['tickers', prefix], (signal) => api.GET('/api/v1/tickers', { params: { query: { q: prefix, limit: 6 } }, signal }), { enabled: prefix !== '' });
  const models = useModels();
  const commands = SHORTCUTS.filter((one) => one.scope === 'global' && one.id !== 'palette' && one.id !== 'search').map((one) => ({ id: one.id, title: one.says, hint: one.keys, run: () => void runShortcut(one.keys) }));
  const found = (models.data?.models ?? []).map((model) => ({ id: model.model_id, title: model.model_id, hint: 'model', run: () => router.push(`/models/run/?id=${encodeURIComponent(model.model_id)}`) }));
  const named = prefix ? (tickers.data?.tickers ?? []).map((one) => ({ id: `ticker-${one.ticker}`, title: `$${one.ticker}`, hint: `${count(one.n)} tweets`, run: () => router.push(`/?t=${encodeURIComponent(one.ticker)}`) })) : [];
  return [...named, ...[...commands, ...found].filter((entry) => entry.title.toLowerCase().includes(wanted))].slice(0, 40);
}
