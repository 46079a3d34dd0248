// Values of a policy that say who is asked, and for how long: groups, durations, `exceptions: { group, count, expires }`.
import { visibleText } from '../../protocol/bytes.ts';
import { parseDuration } from '../units.ts';
import type { ExceptionAsk } from './policy.ts';
import { isTextNode, mapOf, problemAt, textOf, type Value, wholeNumberOf } from './yaml-values.ts';

const MAX_COUNT = 20;
const MIN_DURATION = 60 * 1000;
const MAX_DURATION = 365 * 24 * 60 * 60 * 1000;
const DEFAULT_LIFETIME = 90 * 24 * 60 * 60 * 1000;

/** A group's name. Signs that owner sets are shown with (`@name`, `a or b`) are left to them. */
export function groupOf(value: Value): string | undefined {
  const name = textOf(value);
  if (name === undefined || /^[\p{L}\p{N}_][\p{L}\p{N}_.:/@+-]{0,99}$/u.test(name)) return name;
  return problemAt(value, `"${visibleText(name)}" is no name of a group`, 'letters, digits and _ . : / @ + -');
}

/** How many of a group; one unless it says otherwise. */
export function countOf(value: Value | undefined): number | undefined {
  return value === undefined ? 1 : wholeNumberOf(value, 1, MAX_COUNT);
}

/** Milliseconds of an `expires`, from a minute to a year. */
export function expiryOf(value: Value): number | undefined {
  const hint = 'write numbers with m, h or d, such as 7d or 12h';
  if (!isTextNode(value)) return problemAt(value, '`expires` must be a duration', hint);
  const text = textOf(value) ?? '';
  const duration = parseDuration(text);
  if (duration !== undefined && duration >= MIN_DURATION && duration <= MAX_DURATION) return duration;
  const fault = duration === undefined ? 'is no duration' : 'is not between 1m and 365d';
  return problemAt(value, `"${visibleText(text)}" ${fault}`, hint);
}

/** `{ group: security, count: 1, expires: 90d }`: who may say that something found is no secret, and for how long. */
export function exceptionsOf(value: Value): ExceptionAsk | undefined {
  const keys = mapOf(value, ['group', 'count', 'expires']);
  if (keys === undefined) return undefined;
  const [groupAt, expiresAt] = [keys.get('group'), keys.get('expires')];
  const group = groupAt ? groupOf(groupAt) : problemAt(value, '`exceptions` names no `group`', 'who is to decide?');
  const count = countOf(keys.get('count'));
  const lifetime = expiresAt === undefined ? DEFAULT_LIFETIME : expiryOf(expiresAt);
  if (group === undefined || count === undefined || lifetime === undefined) return undefined;
  return { group, count, lifetime };
}
