// The name of a found secret that is kept where the secret must not be: reviewers except by it, records tell by it that it
// is the same one again.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const LABEL = 'sallyport secret fingerprint 1';
const LENGTH = 32;

/** The key for fingerprints, made once: making it anew for each takes longer than the rest. Throws TypeError below 16 bytes. */
export function fingerprintKeyOf(bytes: Uint8Array): KeyObject {
  if (bytes.length < 16) throw new TypeError('a fingerprint key has 16 bytes or more');
  return createSecretKey(bytes);
}

/**
 * 32 hex digits: HMAC-SHA256 over rule and value under `key` (whoever has it can try values). The same
 * value has the same fingerprint on any line and in any file; keys in armour also when their lines are broken otherwise.
 */
export function fingerprint(key: KeyObject, ruleId: string, value: string): string {
  const hmac = createHmac('sha256', key);
  const parts = [LABEL, ruleId, normalised(value)];
  hmac.update(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''));
  return hmac.digest('hex').slice(0, LENGTH);
}

/** Line ends, indentation and the escapes of strings are no part of an armoured key. */
function normalised(value: string): string {
  return value.startsWith('-----BEGIN ') ? value.replace(/\\[nrt]|["'`]\s*\+\s*["'`]|[\s"'`,]/g, '') : value;
}
