// What the credentials of a URL are worth: documentation is full of `user:password@host`.
import { isPlaceholder } from '../placeholder.ts';
import type { Candidate } from '../rule.ts';
import { gradePassword } from './password.ts';
import { isCode, looksRandom } from './value.ts';

type Grade = Pick<Candidate, 'certainty' | 'severity'>;

const HIGH: Grade = { certainty: 'high' };
const LOW: Grade = { certainty: 'low', severity: 'low' };

const SAMPLE_WORD =
  /^(?:my|your|the|some|a|db|user|secret|super|test|admin)*[-_.]?(?:pass(?:w(?:or)?d)?|pwd?|secret|token|key|user(?:name)?|login|credentials?|x-oauth-basic|foo|bar|baz|qux|[xX*.]+|\w)\d{0,4}$/i;
/** Hosts that exist nowhere, or on everybody's machine. */
const SAMPLE_HOST =
  /^(?:\[?::1|127\.|0\.0\.0\.0|(?:localhost|host|hostname|server|foo|bar|\w)(?:$|:)|(?:[\w-]+\.)*(?:example|invalid|test|localhost)(?:\.(?:com|org|net|edu))?(?:$|:))/i;
const HOST = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?$/;
const MIN_TOKEN = 20;
const MIN_RANDOM = 10;

/** The password of `user:password@host`. */
export function gradeUrlPassword(user: string, written: string, host: string): Grade | undefined {
  const password = percentDecoded(written);
  if (!HOST.test(host) || password.length < 4 || isCode(written) || isCode(user) || isPlaceholder(password))
    return undefined;
  if (SAMPLE_WORD.test(password) || password.toLowerCase() === user.toLowerCase()) return undefined;
  if (SAMPLE_HOST.test(host)) return LOW;
  if (password.length >= MIN_RANDOM && isRandom(password)) return HIGH;
  const grade = gradePassword(password);
  if (grade !== undefined) return { certainty: grade };
  return password.length >= 8 && /[a-z]/i.test(password) ? LOW : undefined;
}

/** The token of `https://token@host`. Keys that browsers are given (Sentry's) are no secrets. */
export function gradeUrlToken(token: string, host: string): Grade | undefined {
  if (token.length < MIN_TOKEN || !HOST.test(host) || /sentry|ingest/i.test(host)) return undefined;
  if (isCode(token) || isPlaceholder(token) || SAMPLE_HOST.test(host) || !isRandom(token)) return undefined;
  return { certainty: 'medium' };
}

function isRandom(text: string): boolean {
  const bytes = Buffer.from(text, 'latin1');
  return looksRandom(bytes, 0, bytes.length);
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
