import type { Schemas } from '@/lib/api/client';

type Point = Schemas['Point'];

/** Fewer points with the same lowest, highest and busiest ones, and both ends: what a screen can show. The server thins in the same way. */
export function keepPeaks(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const stretches = Math.floor((most - 2) / 3);
  const kept = new Set([0, points.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const start = Math.ceil((stretch * points.length) / stretches);
    let low = start;
    let high = start;
    let busy = start;
    for (let i = start; i < ((stretch + 1) * points.length) / stretches; i += 1) {
      const point = points[i]!;
      if ((point.net ?? 2) < (points[low]!.net ?? 2)) low = i;
      if ((point.net ?? -2) > (points[high]!.net ?? -2)) high = i;
      if (point.n > points[busy]!.n) busy = i;
    }
    kept.add(low).add(high).add(busy);
  }
  return [...kept].sort((a, b) => a - b).map((i) => points[i]!);
}
