'use client';

import { useEffect, useRef, useState } from 'react';
import { LabelMark } from '@/components/label-mark';
import { later } from '@/components/later';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Field, Input } from '@/components/ui/field';
import { useShortcuts } from '@/hooks/use-shortcuts';
import type { Card as CardData } from '@/stores/review';

const Voices = later(() => import('./voices').then((module) => module.Voices), null);

type Acts = { onLabel: (label: string, note: string) => void; onMark: (mark: 'unsure' | 'flag', note: string) => void; onSkip: () => void };
type CardViewProps = Acts & { card: CardData; labels: Record<string, string>; needsReason: boolean };

/** One tweet, one key. What others said is hidden until one has decided oneself. */
export function CardView({ card, labels, needsReason, onLabel, onMark, onSkip }: CardViewProps) {
  const [note, setNote] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    setNote('');
    if (text.current) text.current.scrollTop = 0;
  }, [card.item]);
  const names = Object.keys(labels);
  const choose = (label: string | undefined) => {
    if (!label) return;
    if (needsReason && !note.trim()) return field.current?.focus();
    onLabel(label, note.trim());
  };
  const marks = needsReason ? {} : { unsure: () => onMark('unsure', note.trim()), flag: () => onMark('flag', note.trim()) };
  useShortcuts({ ...Object.fromEntries(names.map((label, i) => [`label-${i + 1}`, () => choose(label)])), ...marks, skip: onSkip, note: () => field.current?.focus() });
  return (
    <Card className="flex min-h-[29rem] flex-col sm:min-h-80 gap-4">
      <div className="flex flex-wrap items-center gap-2 text-muted-foreground">
        <Badge variant="outline">{card.why || 'chosen'}</Badge>
        {card.target ? <Badge>about ${card.target}</Badge> : null}
        {card.hidden ? <span className="text-xs">Votes of others are hidden until you have decided.</span> : null}
      </div>
      <p ref={text} dir="auto" data-testid="tweet" role="group" aria-label="Text of the tweet" aria-live="polite" tabIndex={0} className="foreign max-h-[45vh] overflow-y-auto text-lg leading-relaxed">
        {card.text}
      </p>
      {card.voices.length ? <Voices voices={card.voices} /> : null}
      {card.ruling ? <p className="flex items-center gap-2">Ruling: <LabelMark label={card.ruling} /></p> : null}
      <div className="mt-auto flex flex-col gap-3">
        <Field label={needsReason ? 'Reason (needed)' : 'Note (optional)'}>
          <Input ref={field} value={note} maxLength={2000} onChange={(event) => setNote(event.target.value)} onKeyDown={(event) => (event.key === 'Enter' || event.key === 'Escape') && event.currentTarget.blur()} />
        </Field>
        <div className="flex flex-wrap gap-2" role="group" aria-label="Decision">
          {names.map((label, i) => (
            <Button key={label} variant="outline" size="lg" title={labels[label]} onClick={(event) => (event.detail > 0 && event.currentTarget.blur(), choose(label))}>
              <kbd className="font-mono text-xs text-muted-foreground">{i + 1}</kbd> <LabelMark label={label} />
            </Button>
          ))}
          {needsReason ? null : (
            <>
              <Key name="0" title="Unsure" onClick={() => onMark('unsure', note.trim())} />
              <Key name="F" title="Flag" onClick={() => onMark('flag', note.trim())} />
            </>
          )}
          <Key name="Space" title="Skip" onClick={onSkip} />
        </div>
      </div>
    </Card>
  );
}

function Key({ name, title, onClick }: { name: string; title: string; onClick: () => void }) {
  return (
    <Button variant="outline" size="lg" onClick={(event) => (event.detail > 0 && event.currentTarget.blur(), onClick())}>
      <kbd className="font-mono text-xs text-muted-foreground">{name}</kbd> {title}
    </Button>
  );
}
