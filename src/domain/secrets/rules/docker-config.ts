import { decodedText } from '../base64.ts';
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const LOOK_BACK = 2048;
const MAX_AUTH = 4000;
/** `"auth": "…"`, also with its quotes escaped. */
const VALUE = /^\\?"\s*:\s*\\?"([A-Za-z0-9+/]{8,}={0,2})\\?"/;

export const dockerConfigRules: readonly SecretRule[] = [
  {
    id: 'docker-registry-auth',
    vendor: 'Docker',
    title: 'Name and password of a container registry in a Docker config',
    severity: 'high',
    url: 'https://docs.docker.com/reference/cli/docker/login/',
    remedy: 'Change the password or token at the registry and use a credential helper instead of the file.',
    anchors: [{ text: '"auth' }],
    check: (_bytes, start, end, reading) => authAt(reading, start, end),
  },
];

function authAt(reading: Reading, start: number, end: number): Candidate | undefined {
  const value = VALUE.exec(reading.text(end, Math.min(reading.to, end + MAX_AUTH)));
  if (value === null) return undefined;
  const text = decodedText(value[1] as string);
  if (text === undefined || !/"auths\\?"/.test(reading.text(Math.max(reading.from, start - LOOK_BACK), start)))
    return undefined;
  const from = end + value[0].indexOf(value[1] as string);
  const grade = gradeAuth(text);
  return grade && { ...grade, start: from, end: from + (value[1] as string).length };
}

/** `user:password`; Google's registries take the whole key of a service account as password. */
function gradeAuth(text: string): Candidate | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
  if (user.startsWith('_json_key') && password.includes('PRIVATE KEY'))
    return { start: 0, end: 0, certainty: 'certain' };
  return stated({ start: 0, user, password });
}
