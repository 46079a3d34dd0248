// Push options: ours start with `sallyport.` and stay here, all others are the upstream's.
import { parseDuration } from '../domain/units.ts';

const OURS = 'sallyport.';

export interface OwnOptions {
  /** Stay connected up to this many milliseconds. */
  readonly waitMs?: number;
  /** Whole: what is too long is cut once its secrets are masked. */
  readonly reason?: string;
  readonly session?: string;
  /** Why this push is to go through holds. */
  readonly breakGlass?: string;
  readonly json: boolean;
  /** One line for each option of ours that cannot be obeyed. */
  readonly problems: readonly string[];
}

const MAX_WAIT_MS = 24 * 3_600_000;
/** Characters of a reason that are kept. */
export const MAX_REASON = 2_000;

export function foreignOptions(options: readonly string[]): readonly string[] {
  return options.filter((option) => !option.startsWith(OURS));
}

/** Reads `sallyport.wait`, `.reason`, `.session`, `.break-glass`, `.format`; an unknown one is a problem, never ignored. */
export function ownOptions(options: readonly string[]): OwnOptions {
  const own: { waitMs?: number; reason?: string; session?: string; breakGlass?: string; json: boolean } = {
    json: false,
  };
  const problems: string[] = [];
  for (const option of options.filter((one) => one.startsWith(OURS))) {
    const [name = '', ...rest] = option.slice(OURS.length).split('=');
    const value = rest.join('=');
    if (name === 'wait') {
      const ms = parseDuration(value);
      if (ms === undefined || ms > MAX_WAIT_MS) problems.push('sallyport.wait takes a duration up to 24h, such as 10m');
      else own.waitMs = ms;
    } else if (name === 'reason' && value !== '') own.reason = value;
    else if (name === 'session' && value !== '') own.session = value.slice(0, 200);
    else if (name === 'break-glass') {
      if (value.trim() === '') problems.push('sallyport.break-glass needs the reason: sallyport.break-glass="why now"');
      else own.breakGlass = value;
    } else if (name === 'format' && (value === 'json' || value === 'text')) own.json = value === 'json';
    else problems.push(`sallyport.${name} is not known: use wait=, reason=, session=, break-glass= or format=json`);
  }
  return { ...own, problems };
}
