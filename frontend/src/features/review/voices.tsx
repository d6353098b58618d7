'use client';

import { LabelMark } from '@/components/label-mark';
import type { Schemas } from '@/lib/api/client';
import { percent } from '@/lib/format';

/** What others said of an item. The server tells it to those who have decided themselves. */
export function Voices({ voices }: { voices: Schemas['Voice'][] }) {
  return (
    <ul className="flex flex-col gap-1.5 rounded-md bg-muted p-3" aria-label="What others said">
      {voices.map((voice) => (
        <li key={voice.annotator} className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-mono text-xs">{voice.annotator}</span>
          <LabelMark label={voice.label} />
          {voice.confidence === null ? null : <span className="text-xs tabular-nums">{percent(voice.confidence)}</span>}
          {voice.rationale ? <span className="foreign text-muted-foreground">{voice.rationale}</span> : null}
        </li>
      ))}
    </ul>
  );
}
