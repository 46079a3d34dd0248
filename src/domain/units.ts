// How sizes, durations and times are written: in sallyport.yaml, policy.yaml, push options, queries and on the command
// line.

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** `2GiB`, `512 MB`, `1000` → bytes; `undefined` when it is no positive size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]{0,3})$/.exec(text.trim());
  const unit = SIZE_UNITS[match?.[2]?.toUpperCase() ?? '?'];
  if (!match || unit === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** As people read it: `1.5 GiB`; whole numbers without a fraction. */
export function formatSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${Number((bytes / 2 ** (10 * power)).toFixed(1))} ${units[power]}`;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 24 * 3600e3,
  w: 7 * 24 * 3600e3,
};

/** A hundred years: anything longer is a slip, and would leave the range of dates. */
const MAX_DURATION = 100 * 365 * 24 * 3600e3;

/** `10m`, `1h30m`, `7d` → milliseconds; `undefined` when it is no positive duration. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d|w))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(/(\d+)(ms|s|m|h|d|w)/g)) {
    total += Number(count) * (DURATION_UNITS[unit ?? ''] as number);
  }
  return total > 0 && total <= MAX_DURATION ? total : undefined;
}

/** How to write one, for whoever did not. */
export const MOMENT_EXAMPLES = '2026-11-01, 2026-11-01T12:00:00Z, or a duration before now such as 90d';

/** An RFC 3339 time, a date, or a duration back from `now` → milliseconds since the epoch; `undefined` = none of them. */
export function parseMoment(text: string, now: number): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return Math.max(0, now - duration);
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isFinite(at) ? at : undefined;
}
