'use client';

import { Dialog } from '@/components/ui/dialog';
import { SHORTCUTS, type Scope } from '@/lib/shortcuts';
import { useShell } from '@/stores/shell';

const TITLES: Record<Scope, string> = { global: 'Everywhere', review: 'Review', live: 'Live', chart: 'In a focused chart' };

export function ShortcutSheet() {
  const open = useShell((state) => state.open);
  return (
    <Dialog title="Keyboard shortcuts" description="They rest while you type, and can be turned off in Settings." open onOpenChange={() => open('none')}>
      {(Object.keys(TITLES) as Scope[]).map((scope) => (
        <section key={scope}>
          <h3 className="mb-1 font-semibold">{TITLES[scope]}</h3>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            {SHORTCUTS.filter((one) => one.scope === scope).map((one) => (
              <div key={one.id} className="contents">
                <dt>
                  <kbd className="rounded border bg-muted px-1.5 py-0.5 font-mono text-xs">{one.keys.replace('mod+k', 'Ctrl/Cmd K')}</kbd>
                </dt>
                <dd>{one.says}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
