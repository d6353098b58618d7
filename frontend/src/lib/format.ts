/** Figures as people read them. `null` is never shown as 0. */
export const NOTHING = '–';

const MINUS = '\u2212';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A whole number in groups of three. By hand: the first use of `Intl` holds up a phone for a tenth of a second. */
export const count = (n: number | null | undefined): string => (n == null ? NOTHING : String(n).replace(/\B(?=(\d{3})+$)/g, ','));

export function decimal(value: number | null | undefined, digits = 2, signed = false): string {
  if (value == null || Number.isNaN(value)) return NOTHING;
  const text = Math.abs(value).toFixed(digits);
  if (value < 0 && Number(text) !== 0) return MINUS + text;
  return signed && Number(text) !== 0 ? `+${text}` : text;
}

export const percent = (share: number | null | undefined, digits = 0): string => (share == null ? NOTHING : `${(share * 100).toFixed(digits)} %`);

export function interval(low: number | null | undefined, high: number | null | undefined, show: (value: number) => string = (value) => decimal(value)): string {
  return low == null || high == null ? 'no interval' : `${show(low)} to ${show(high)}`;
}

export type TimeZone = 'UTC' | 'local';

export function moment(iso: string | null | undefined, zone: TimeZone = 'UTC', style: 'date' | 'minute' | 'second' = 'minute'): string {
  if (!iso) return NOTHING;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return NOTHING;
  const { day, month, year, clock } = dateParts(zone === 'UTC' ? at.getTime() : at.getTime() - at.getTimezoneOffset() * 60_000);
  const date = `${day} ${month} ${year}`;
  if (style === 'date') return date;
  return `${date}, ${clock.slice(0, style === 'second' ? 8 : 5)}${zone === 'UTC' ? ' UTC' : ''}`;
}

/** A moment, in milliseconds since 1970, as it stands in a calendar in UTC. */
export function dateParts(at: number): { day: number; month: string; year: number; clock: string } {
  const date = new Date(at);
  return { day: date.getUTCDate(), month: MONTHS[date.getUTCMonth()]!, year: date.getUTCFullYear(), clock: date.toISOString().slice(-13, -5) };
}

export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return NOTHING;
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
