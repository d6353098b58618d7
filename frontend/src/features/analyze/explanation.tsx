'use client';

import { useState } from 'react';
import { ProblemNote } from '@/components/data-region';
import { LabelMark } from '@/components/label-mark';
import { Button } from '@/components/ui/button';
import { Card, CardTitle } from '@/components/ui/card';
import { Field, Select } from '@/components/ui/field';
import { Table } from '@/components/ui/table';
import type { Schemas } from '@/lib/api/client';
import { asProblem } from '@/lib/api/problem';
import { decimal } from '@/lib/format';
import { METHODS, useExplanation, type Method, type Question } from './use-answer';

/** What each word adds to the label, and whether the words add up to the whole. */
export function Explanation({ question }: { question: Question }) {
  const [method, setMethod] = useState<Method>('occlusion');
  const explain = useExplanation();
  const run = () => explain.mutate({ text: question.text, target: question.target, model: question.models[0] ?? null, method });
  return (
    <Card className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-3">
        <CardTitle className="mr-auto self-center">Why?</CardTitle>
        <Field label="Method" className="w-48">
          <Select value={method} onChange={(event) => setMethod(METHODS.find((one) => one === event.target.value) ?? 'occlusion')}>
            {METHODS.map((one) => (
              <option key={one} value={one}>
                {one.replace('_', ' ')}
              </option>
            ))}
          </Select>
        </Field>
        <Button variant="outline" onClick={run} disabled={explain.isPending || question.text.length > 2000}>
          {explain.isPending ? 'Asking …' : 'Explain'}
        </Button>
      </div>
      {question.text.length > 2000 ? <p className="text-muted-foreground">Texts of up to 2,000 characters can be explained.</p> : null}
      {explain.error ? <ProblemNote problem={asProblem(explain.error)} onRetry={run} /> : null}
      {explain.data ? <Pieces found={explain.data} /> : explain.error ? null : <p className="text-muted-foreground">Shows which words speak for the label and which against it.</p>}
    </Card>
  );
}

function Pieces({ found }: { found: Schemas['ExplainResponse'] }) {
  const [asTable, setAsTable] = useState(false);
  const most = Math.max(1e-9, ...found.pieces.map((piece) => Math.abs(piece.score)));
  const share = Math.abs(found.gap) / Math.max(1e-9, Math.abs(found.full - found.empty));
  return (
    <div className="flex flex-col gap-3" role="status">
      <p className="flex flex-wrap items-center gap-2">
        What speaks for <LabelMark label={found.label} />
      </p>
      {asTable ? <PieceTable found={found} /> : <p dir="auto" className="foreign leading-8">{segments(found).map(({ text, score }, i) => (score === null ? <span key={i}>{text}</span> : <Piece key={i} text={text} score={score} strength={Math.abs(score) / most} />))}</p>}
      <p className="text-xs text-muted-foreground">
        Method {found.method.replace('_', ' ')}, {found.n_questions} questions to the model. Filled: speaks for the label; underlined with dashes: against it. Check: the {found.quantity} is {decimal(found.full, 3)} with all words and {decimal(found.empty, 3)} with none; the words leave a gap of {decimal(found.gap, 3, true)}
        {share > 0.2 ? ' — they do not add up well: read them as a hint only.' : ', so they nearly add up.'}
      </p>
      <Button variant="ghost" size="sm" className="self-start" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
        {asTable ? 'View as text' : 'View as table'}
      </Button>
    </div>
  );
}

function Piece({ text, score, strength }: { text: string; score: number; strength: number }) {
  const isFor = score >= 0;
  return (
    <span title={decimal(score, 3, true)} className={isFor ? 'rounded px-0.5' : 'border-b-2 border-dashed border-danger px-0.5'} style={isFor ? { backgroundColor: `hsl(var(--ring) / ${(strength * 0.4).toFixed(2)})` } : { borderBottomWidth: `${1 + Math.round(strength * 3)}px` }}>
      {text}
    </span>
  );
}

function PieceTable({ found }: { found: Schemas['ExplainResponse'] }) {
  return (
    <Table
      caption="Words and what they add"
      rows={[...found.pieces].sort((a, b) => Math.abs(b.score) - Math.abs(a.score))}
      rowKey={(row) => `${row.start}`}
      columns={[
        { title: 'Word', cell: (row) => <span className="foreign">{row.text}</span> },
        { title: `Adds to the ${found.quantity}`, numeric: true, cell: (row) => decimal(row.score, 3, true) },
        { title: 'Standard error', numeric: true, cell: (row) => decimal(row.spread, 3) },
      ]}
    />
  );
}

/** The text in order, with the pieces' scores and what lies between them. Positions count code points, as Python does. */
export function segments(found: Pick<Schemas['ExplainResponse'], 'text' | 'pieces'>): { text: string; score: number | null }[] {
  const points = Array.from(found.text);
  const parts: { text: string; score: number | null }[] = [];
  let at = 0;
  for (const piece of [...found.pieces].sort((a, b) => a.start - b.start)) {
    if (piece.start > at) parts.push({ text: points.slice(at, piece.start).join(''), score: null });
    parts.push({ text: points.slice(piece.start, piece.end).join(''), score: piece.score });
    at = piece.end;
  }
  return at < points.length ? [...parts, { text: points.slice(at).join(''), score: null }] : parts;
}
