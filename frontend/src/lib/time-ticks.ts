import { dateParts } from '@/lib/format';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const MONTHS = [1, 2, 3, 6, 12, 24, 60];

/** Round moments of a time axis, in UTC like the buckets. At most `most` of them. */
export function timeTicks(min: number, max: number, most = 8): number[] {
  if (!(max > min)) return [min];
  const step = STEPS.find((one) => (max - min) / one <= most);
  if (step) {
    const first = Math.ceil(min / step) * step;
    return Array.from({ length: Math.floor((max - first) / step) + 1 }, (_, i) => first + i * step);
  }
  const months = MONTHS.find((one) => (max - min) / (one * 30.4 * DAY) <= most) ?? 120;
  const start = new Date(min);
  const ticks: number[] = [];
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > max) return ticks;
    if (at >= min) ticks.push(at);
  }
}

export function tickText(at: number, span: number): string {
  const { day, month, year, clock } = dateParts(at);
  const minute = clock.slice(0, 5);
  if (span < 2 * DAY) return minute;
  if (span < 8 * DAY && at % DAY !== 0) return `${day} ${month}, ${minute}`;
  return span < 330 * DAY ? `${day} ${month}` : `${month} ${year}`;
}
