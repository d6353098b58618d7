'use client';

import { useLabels } from '@/lib/api/labels';
import type { Tone } from '@/lib/tokens';
import { cn } from '@/lib/utils';

export const TONE_TEXT: Record<Tone, string> = { bear: 'text-bear', flat: 'text-flat', bull: 'text-bull', other: 'text-other' };
export const TONE_FILL: Record<Tone, string> = { bear: 'bg-bear', flat: 'bg-flat', bull: 'bg-bull', other: 'bg-other' };

const SHAPES: Record<Tone, string> = { bear: 'M1 3h10L6 11z', flat: 'M2 2h8v8H2z', bull: 'M1 9h10L6 1z', other: 'M6 1l5 5-5 5-5-5z' };

/** The tone of a label, by the server's list of labels. */
export function useTone(): (label: string) => Tone {
  const labels = useLabels();
  return (label) => labels.find((one) => one.name === label)?.tone ?? 'other';
}

export function ToneShape({ tone, className }: { tone: Tone; className?: string }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden data-tone={tone} className={cn('inline-block size-3 shrink-0', TONE_TEXT[tone], className)}>
      <path d={SHAPES[tone]} fill="currentColor" />
    </svg>
  );
}

/** A label: colour, shape and word, so that none of the three is needed alone. */
export function LabelMark({ label, abstained = false, className }: { label: string; abstained?: boolean; className?: string }) {
  const tone = useTone()(label);
  return (
    <span className={cn('inline-flex max-w-full items-center gap-1.5 whitespace-nowrap font-medium', TONE_TEXT[tone], className)}>
      <ToneShape tone={tone} />
      <span className="truncate">{label}</span>
      {abstained ? <span className="text-xs font-normal text-muted-foreground">(no judgement)</span> : null}
    </span>
  );
}
