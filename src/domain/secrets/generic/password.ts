// Passwords that people make. What stands in everybody's samples counts for little.
import type { Certainty } from '../rule.ts';

const COMMON =
  /password|passwd|passphrase|admin|secret|qwert|welcome|hello|letmein|guest|login|token|string|default|value|correct|wrong|valid/;
/** These stand in random text and in longer words too: `monkey` is no `key`. */
const SHORT = /pass|pwd|test(?:ing|er)?|user|root|demo|key|abc|foo|bar|baz/g;
/** What is put before or after them. */
const FILLER = /super|your|some|new|old|the|app|dev/g;
/** So many letters beside them in one word make it another word. */
const MIN_OTHER = 3;
/** So many letters beside them in all make it a password of its own. */
const MIN_OWN = 7;
/** A word or two and a number; of shorter ones there are too many that name versions and accounts of tests. */
const WORDS_AND_NUMBER = /^(?:[a-z]+|[A-Z]+|(?:[A-Z][a-z]+)+)\d{2,4}$/;
const MIN_WORDS_AND_NUMBER = 10;
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
  const words = value.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const plain = value.toLowerCase().replace(/[013457@$!]/g, (one) => LEET[one] as string);
  if (isCommon(words) || isCommon(plain)) return 'low';
  const isWords = value.length >= MIN_WORDS_AND_NUMBER && WORDS_AND_NUMBER.test(value);
  return isWords || (kinds >= 3 && value.length >= 8) ? 'medium' : 'low';
}

function isCommon(text: string): boolean {
  if (COMMON.test(text.replaceAll(' ', ''))) return true;
  let hasShort = text.includes('1234');
  let own = 0;
  for (const [word] of text.matchAll(/[a-z]+/g)) {
    const isShort = otherLetters(word) < Math.min(MIN_OTHER, word.length);
    if (isShort) hasShort = true;
    own += isShort ? otherLetters(word) : word.length;
  }
  return hasShort && own < MIN_OWN;
}

/** Letters beside short common words; all of them if there is no such word. */
function otherLetters(word: string): number {
  const rest = word.replace(SHORT, '');
  return rest.length < word.length ? rest.replace(FILLER, '').length : word.length;
}
