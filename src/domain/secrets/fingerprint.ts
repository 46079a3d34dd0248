// The name of a found secret that is kept where the secret must not be: reviewers except by it, records tell by it that it
// is the same one again.
import { createHmac } from 'node:crypto';

const LABEL = 'sallyport secret fingerprint 1';
const LENGTH = 32;

/**
 * 32 hex digits: HMAC-SHA256 over rule and value under `key` (16 bytes or more; whoever has it can try values). The same
 * value has the same fingerprint on any line and in any file; keys in armour also when their lines are broken otherwise.
 */
export function fingerprint(key: Uint8Array, ruleId: string, value: string): string {
  if (key.length < 16) throw new TypeError('a fingerprint key has 16 bytes or more');
  const hmac = createHmac('sha256', key);
  for (const part of [LABEL, ruleId, normalised(value)]) hmac.update(`${Buffer.byteLength(part)}:${part}`);
  return hmac.digest('hex').slice(0, LENGTH);
}

/** Line ends, indentation and the escapes of strings are no part of an armoured key. */
function normalised(value: string): string {
  return value.startsWith('-----BEGIN ') ? value.replace(/\\[nrt]|["'`]\s*\+|[\s"'`,]/g, '') : value;
}
