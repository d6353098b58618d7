/** Figures as people read them. `null` is never shown as 0. */
export const NOTHING = '–';

const counts = new Intl.NumberFormat('en');
const MINUS = '\u2212';

export const count = (n: number | null | undefined): string => (n == null ? NOTHING : counts.format(n));

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
  const time = style === 'date' ? {} : ({ hour: '2-digit', minute: '2-digit', hour12: false, ...(style === 'second' ? { second: '2-digit' } : {}) } as const);
  const text = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'short', day: 'numeric', ...time, timeZone: zone === 'UTC' ? 'UTC' : undefined }).format(at);
  return style === 'date' || zone !== 'UTC' ? text : `${text} UTC`;
}

export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return NOTHING;
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
