'use client';

import { LabelMark, TONE_FILL, useTone } from '@/components/label-mark';
import { Badge } from '@/components/ui/badge';
import type { Schemas } from '@/lib/api/client';
import { decimal, percent } from '@/lib/format';
import { usePreferences } from '@/stores/preferences';

/** A model's answer: the label, every probability, and whether it is a judgement at all. */
export function Probs({ answer, prediction }: { answer: Pick<Schemas['PredictResponse'], 'model_id' | 'engine' | 'temperature' | 'abstain_below' | 'badge'>; prediction: Schemas['Prediction'] }) {
  const tone = useTone();
  const own = usePreferences((state) => state.abstainBelow);
  const limit = Math.max(answer.abstain_below, own ?? 0);
  const abstained = prediction.abstained || prediction.score < limit;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <LabelMark label={prediction.label} className="text-lg" />
        <span className="text-lg tabular-nums">{percent(prediction.score, 1)}</span>
        {abstained ? <Badge variant="warning">no judgement: below {percent(limit)}</Badge> : null}
        {answer.badge ? <Badge variant="warning">{answer.badge}</Badge> : null}
      </div>
      <ul className="flex flex-col gap-1.5" aria-label="Probabilities">
        {Object.entries(prediction.probs).map(([label, share]) => (
          <li key={label} className="grid grid-cols-[6.5rem_1fr_3.5rem] items-center gap-2">
            <LabelMark label={label} className="text-xs" />
            <span className="h-3 rounded-sm bg-muted">
              <span className={`block h-full rounded-sm ${TONE_FILL[tone(label)]}`} style={{ width: `${share * 100}%` }} />
            </span>
            <span className="text-right text-xs tabular-nums">{percent(share, 1)}</span>
          </li>
        ))}
      </ul>
      <p className="foreign text-xs text-muted-foreground">
        {answer.model_id} ({answer.engine}), temperature {decimal(answer.temperature, 2)}
      </p>
    </div>
  );
}
