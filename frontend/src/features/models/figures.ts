import type { Schemas } from '@/lib/api/client';

export type RunRow = Schemas['RunRow'];
export type Figure = { value: number | null; low: number | null; high: number | null };

export const METRICS = [
  { id: 'macro_f1', title: 'Macro F1' },
  { id: 'accuracy', title: 'Accuracy' },
  { id: 'weighted_f1', title: 'Weighted F1' },
  { id: 'mcc', title: 'MCC' },
  { id: 'expected_calibration_error', title: 'Calibration error' },
] as const;

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

export function figureOf(value: unknown): Figure {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { value: numberOf(found.value), low: numberOf(found.low), high: numberOf(found.high) };
}

export type Entry = { newest: RunRow; runs: RunRow[]; seeds: number; mean: Record<string, Figure>; best: boolean; tied: boolean };
export type Board = { fingerprint: string; n: number | null; data: string; entries: Entry[] };

function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

const mean = (values: (number | null)[]): number | null => (values.length && values.every((one) => one !== null) ? values.reduce<number>((sum, one) => sum + (one ?? 0), 0) / values.length : null);

/** One board a test set, for scores on different rows cannot be ranked. Runs that differ in the seed alone are one entry. */
export function boards(rows: readonly RunRow[]): Board[] {
  const sets = groupBy(rows.filter((row) => row.test_fingerprint && row.metrics.macro_f1), (row) => row.test_fingerprint ?? '');
  return [...sets].map(([fingerprint, members]) => {
    const folded = [...groupBy(members, (row) => row.recipe).values()].map((runs) => fold(runs));
    const entries = folded.sort((a, b) => (b.mean.macro_f1?.value ?? -1) - (a.mean.macro_f1?.value ?? -1));
    const low = entries[0]?.mean.macro_f1?.low ?? null;
    return { fingerprint, n: members[0]?.n_test ?? null, data: members[0]?.data ?? '', entries: entries.map((entry, i) => ({ ...entry, best: i === 0, tied: i > 0 && low !== null && (entry.mean.macro_f1?.high ?? -1) >= low })) };
  });
}

/** The mean of values and of interval ends, as the leaderboard of the reports has it. */
const meanFigure = (figures: Figure[]): Figure => ({ value: mean(figures.map((one) => one.value)), low: mean(figures.map((one) => one.low)), high: mean(figures.map((one) => one.high)) });

/** Same seed twice is the same run twice: the newest of each seed counts. */
function fold(runs: RunRow[]): Entry {
  const newest = [...runs].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const seeds = [...new Map([...newest].reverse().map((run) => [run.seed, run])).values()];
  return { newest: newest[0]!, runs: newest, seeds: seeds.length, mean: Object.fromEntries(METRICS.map(({ id }) => [id, meanFigure(seeds.map((run) => figureOf(run.metrics[id])))])), best: false, tied: false };
}
