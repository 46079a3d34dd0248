// JSON Web Tokens (RFC 7519): header and payload must decode to what the standard says they hold.
import { URL_SAFE } from '../alphabet.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';
import { matchParts, OPEN, run } from '../shape.ts';

const PARTS = [run(URL_SAFE, 8, OPEN), '.', 'eyJ', run(URL_SAFE, 8, OPEN), '.', run(URL_SAFE, 20, OPEN)];

/** People of documentation, as the tokens of documentation name them. */
const SAMPLE_PAYLOAD =
  /John ?Doe|Jane ?Doe|"1234567890"|example\.(?:com|org|net)|@test\.|"(?:foo|bar)"|"some":"payload"|"hello":/i;

export const jwtRules: readonly SecretRule[] = [
  {
    id: 'json-web-token',
    vendor: 'generic',
    title: 'Signed JSON Web Token',
    severity: 'medium',
    url: 'https://datatracker.ietf.org/doc/html/rfc7519',
    remedy:
      'End the session or revoke the token where it was issued; if it does not expire soon, change the signing key.',
    anchors: [{ text: 'eyJ', boundary: true }],
    keepsPlaceholders: true,
    check: (_bytes, start, end, reading) => {
      const last = matchParts(reading, PARTS, end);
      return last < 0 ? undefined : graded(reading, start, last);
    },
  },
];

function graded(reading: Reading, start: number, end: number): Candidate | undefined {
  const [header, payload] = reading.text(start, end).split('.').map(jsonOf);
  const algorithm = header?.['alg'];
  if (payload === undefined || typeof algorithm !== 'string' || algorithm.toLowerCase() === 'none') return undefined;
  const candidate: Candidate = { start, end, certainty: 'certain' };
  if (payload['role'] === 'service_role') return { ...candidate, severity: 'critical' };
  if (payload['role'] === 'anon') return { ...candidate, severity: 'info' };
  return SAMPLE_PAYLOAD.test(JSON.stringify(payload)) ? { ...candidate, severity: 'low' } : candidate;
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  // A failing parse is slow, and hostile text could ask for very many.
  if (!text.endsWith('}')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
