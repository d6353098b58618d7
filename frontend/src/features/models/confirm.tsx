'use client';

import { ProblemNote } from '@/components/data-region';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { asProblem } from '@/lib/api/problem';
import { useActivate } from './queries';

export function Confirm({ id, from, onDone, onClose }: { id: string; from: string | null; onDone: (before: string | null) => void; onClose: () => void }) {
  const activate = useActivate();
  return (
    <Dialog title="Activate this model?" description="From then on it answers all questions, here and for scripts. No request is lost meanwhile, and you can roll back." open onOpenChange={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted-foreground">Now</dt>
        <dd className="break-all font-mono text-xs">{from ?? 'none'}</dd>
        <dt className="text-muted-foreground">Then</dt>
        <dd className="break-all font-mono text-xs">{id}</dd>
      </dl>
      {activate.error ? <ProblemNote problem={asProblem(activate.error)} /> : null}
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={onClose}>
          Keep the old one
        </Button>
        <Button disabled={activate.isPending} onClick={() => activate.mutate(id, { onSuccess: () => (onDone(from), onClose()) })}>
          {activate.isPending ? 'Loading it …' : 'Activate'}
        </Button>
      </div>
    </Dialog>
  );
}
