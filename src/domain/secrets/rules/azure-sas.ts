// Signatures in links to storage, Logic Apps and Service Bus: whoever has the link has what it grants, until it expires.
import { alphabet, BASE64 } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { isMixed } from '../score.ts';

const ENCODED = alphabet('percent-base64', `${BASE64.chars}%=_-`);
const QUERY = alphabet('query', `${ENCODED.chars}?&;.:~,\\`);
/** Parameters that stand beside a signature of Azure's: version, expiry, policy, name of the key. */
const COMPANIONS = /[?&;6p ](?:sv|se|skn|si)=[\w%.-]/;
const REACH = 512;
const SIGNATURE = /^[A-Za-z0-9+/_-]{43}=?$/;

export const azureSasRules: readonly SecretRule[] = [
  {
    id: 'azure-shared-access-signature',
    vendor: 'Azure',
    title: 'Azure shared access signature',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview',
    remedy: 'Regenerate the key or delete the stored access policy that the signature was made with.',
    anchors: [{ text: 'sig=' }],
    check: signatureAfter,
  },
];

function signatureAfter(
  bytes: Uint8Array,
  anchorStart: number,
  start: number,
  reading: Reading,
): Candidate | undefined {
  if (!isParameter(bytes[anchorStart - 1]) && !reading.startsWord(anchorStart)) return undefined;
  const end = reading.runEnd(ENCODED, start);
  if (end - start > 4 * 44 || !SIGNATURE.test(decoded(reading.text(start, end)))) return undefined;
  if (!isMixed(bytes, start, end) || !COMPANIONS.test(around(reading, anchorStart, end))) return undefined;
  return { start, end, certainty: 'high' };
}

/** `?`, `&`, `;`, or the end of an escaped `&`. */
function isParameter(byte: number | undefined): boolean {
  return byte !== undefined && '?&;6 '.includes(String.fromCharCode(byte));
}

function decoded(text: string): string {
  return text.replace(/%(2[BbFf]|3[Dd])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The query on both sides of the signature. */
function around(reading: Reading, start: number, end: number): string {
  const from = reading.runStart(QUERY, start, REACH);
  return `?${reading.text(from, start)} ${reading.text(end, Math.min(reading.runEnd(QUERY, end), end + REACH))}`;
}
