// Passwords that people make. What stands in everybody's samples counts for little.
import type { Certainty } from '../rule.ts';

const COMMON =
  /pass|pwd|test|admin|user|root|secret|demo|1234|qwert|welcome|hello|letmein|guest|login|token|key|string|default|value|correct|wrong|valid|abc|foo|bar/;
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
  if (COMMON.test(lower) || COMMON.test(plain)) return 'low';
  return kinds >= 3 && value.length >= 8 ? 'medium' : 'low';
}
