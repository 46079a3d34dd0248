// Last tests of a token's text, for `verify`: false drops it, true makes it certain, undefined leaves it as it is.
import { isMixed } from '../score.ts';

type Verdict = boolean | undefined;

/** Drops what lacks upper case, lower case or digits: hashes, UUIDs, words in one case. */
export function mixedOnly(token: string): Verdict {
  return isMixed(Buffer.from(token, 'latin1'), 0, token.length) ? undefined : false;
}

/** Drops what lacks letters or digits: words and numbers. */
export function lettersAndDigits(token: string): Verdict {
  return /[A-Za-z]/.test(token) && /\d/.test(token) ? undefined : false;
}

/** Certain where the base64 (either alphabet) after `skip` characters is a JSON object with all of these keys. */
export function holdsJson(skip: number, ...keys: string[]): (token: string) => Verdict {
  return (token) => {
    const found = jsonIn(token.slice(skip));
    return found !== undefined && keys.every((key) => Object.hasOwn(found, key)) ? true : undefined;
  };
}

/** The JSON object in this base64, up to the first dot; undefined if it is none. */
function jsonIn(base64: string): object | undefined {
  const [head = ''] = base64.split('.', 1);
  try {
    const value: unknown = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
