// Texts that stand for a login: made here, shown once, stored only as hashTokenText of them.
import { createHash, randomInt } from 'node:crypto';
import { randomBase62 } from '../token-text.ts';

/** 43 base62 digits are 256 bits. */
const LENGTH = 43;

const PREFIXES = { refresh: 'spr_', session: 'sps_', code: 'spc_', device: 'spd_', state: 'spa_' } as const;

export type LoginSecret = keyof typeof PREFIXES;

/** A new one from the system's random source; its prefix tells log masks and scanners what it is. */
export function newLoginSecret(kind: LoginSecret): string {
  return PREFIXES[kind] + randomBase62(LENGTH);
}

/** True for a text of the form of this kind; everything else is not worth a look at the store. */
export function isLoginSecret(kind: LoginSecret, text: string): boolean {
  return text.length === LENGTH + 4 && text.startsWith(PREFIXES[kind]) && /^[0-9A-Za-z]+$/.test(text.slice(4));
}

/** No vowels, so no words, and nothing that looks like something else (RFC 8628, section 6.1): 20^8 are 34 bits. */
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const USER_CODE_LENGTH = 8;

/** What a person copies from one screen to another: `BCDF-GHJK`. */
export function newUserCode(): string {
  let code = '';
  for (let at = 0; at < USER_CODE_LENGTH; at++) code += USER_CODE_LETTERS[randomInt(USER_CODE_LETTERS.length)];
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The code that was meant, however it was typed; `undefined` when it can be none. */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > 64) return undefined;
  const letters = typed.toUpperCase().replace(/[^A-Z]/g, '');
  const isCode = letters.length === USER_CODE_LENGTH && [...letters].every((one) => USER_CODE_LETTERS.includes(one));
  return isCode ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined;
}

/** RFC 7636, section 4.1. */
export function isCodeVerifier(text: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(text);
}

/** S256 of a verifier (RFC 7636, section 4.2); `plain` is not offered. */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
