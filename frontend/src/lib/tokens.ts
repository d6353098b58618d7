/** Colours of charts, read from the same CSS variables as everything else. */
export type Tone = 'bear' | 'flat' | 'bull' | 'other';
export type Token = Tone | 'foreground' | 'muted-foreground' | 'border' | 'card' | 'muted' | 'ring' | 'danger';

export function tokenColor(name: Token, alpha = 1): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return `hsl(${value} / ${alpha})`;
}

/** Lines of several tickers: told apart by dash and point as well as by colour. */
export const LINE_TOKENS: readonly Token[] = ['ring', 'bear', 'other', 'flat', 'danger'];
export const LINE_DASHES: readonly number[][] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 4]];
