// Passwords that people make. What stands in everybody's samples counts for little.
import type { Certainty } from '../rule.ts';

const COMMON =
  /password|passwd|admin|secret|qwert|welcome|hello|letmein|guest|login|token|string|default|value|correct|wrong|valid/;
/** These stand in random text too. */
const SHORT = /pass|pwd|test|user|root|demo|1234|key|abc|foo|bar/g;
/** So many letters beside them make it a password of its own. */
const MIN_OWN = 7;
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Passwords that people make: several kinds of characters; those out of everybody's samples count for little. */
export function gradePassword(value: string): Certainty | undefined {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (!/[A-Za-z]/.test(value) || kinds < 2 || !/[\d!@#$%^&*?~+=]/.test(value)) return undefined;
  const lower = value.toLowerCase();
  const plain = lower.replace(/[013457@$!]/g, (one) => LEET[one] as string);
  if (isCommon(lower) || isCommon(plain)) return 'low';
  return kinds >= 3 && value.length >= 8 ? 'medium' : 'low';
}

function isCommon(value: string): boolean {
  if (COMMON.test(value)) return true;
  const rest = value.replace(SHORT, '');
  return rest.length < value.length && rest.replace(/[^a-z]/g, '').length < MIN_OWN;
}
