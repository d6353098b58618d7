'use client';

import { Dialog } from '@/components/ui/dialog';
import type { Schemas } from '@/lib/api/client';

export function GuidelineDialog({ guideline, onClose }: { guideline: Schemas['Guideline']; onClose: () => void }) {
  return (
    <Dialog title={`Guideline ${guideline.schema_name}`} description={`Version ${guideline.version}. Decisions are kept with the version they were made by.`} open onOpenChange={onClose}>
      <dl className="flex flex-col gap-2">
        {Object.entries(guideline.labels).map(([label, says]) => (
          <div key={label}>
            <dt className="font-semibold">{label}</dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
