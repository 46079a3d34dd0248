import { BASE64 } from '../alphabet.ts';
import { decodedText } from '../base64.ts';
import { stated } from '../build/stated.ts';
import type { Reading } from '../reading.ts';
import type { Candidate, SecretRule } from '../rule.ts';

const LOOK_BACK = 4000;
const USER_REACH = 600;
/** Longer tokens are JSON Web Tokens and found as such. */
const MAX_VALUE = 300;
/** base64 of `-----BEGIN `. */
const PEM_HEAD = 'LS0tLS1CRUdJTi';
const HEAD_LENGTH = 64;
const VALUE = /^[ \t]*["']?([^\s"'#]+)/;
/** What else is in such a file. */
const FILE_KEYS = ['kind: Config', 'current-context:', 'clusters:', 'contexts:'];
const vendor = 'Kubernetes';
const url = 'https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/';

export const kubeconfigRules: readonly SecretRule[] = [
  {
    id: 'kubeconfig-client-key',
    vendor,
    title: 'Private key of a user in a kubeconfig',
    severity: 'critical',
    url,
    remedy: 'Certificates cannot be revoked one by one: take the rights from that user and sign a new one.',
    anchors: [{ text: 'client-key-data' }],
    check: (_bytes, _start, end, reading) => clientKey(reading, end),
  },
  {
    id: 'kubeconfig-user-credential',
    vendor,
    title: 'Token or password of a user in a kubeconfig',
    severity: 'critical',
    url,
    remedy: 'Delete the service account token or change the password, and look through the audit log of the cluster.',
    anchors: [
      { text: 'token:', boundary: true },
      { text: 'password:', boundary: true },
    ],
    check: (_bytes, start, end, reading) => {
      const found = credential(reading, end);
      return found !== undefined && isUserEntry(reading, start) ? found : undefined;
    },
  },
];

function clientKey(reading: Reading, after: number): Candidate | undefined {
  const start =
    after + (/^\\?"?:\s*\\?["']?/.exec(reading.text(after, Math.min(reading.to, after + 16)))?.[0].length ?? 0);
  if (start === after || !reading.hasLiteral(PEM_HEAD, start)) return undefined;
  const end = reading.runEnd(BASE64, start);
  const head = decodedText(reading.text(start, Math.min(end, start + HEAD_LENGTH)));
  return head?.includes('PRIVATE KEY') === true ? { start, end, certainty: 'certain' } : undefined;
}

/** Below `user:` in an entry of a file that has clusters or contexts as well. */
function isUserEntry(reading: Reading, at: number): boolean {
  const entry = reading.text(Math.max(reading.from, at - USER_REACH), at);
  if (!/\n[ \t]*(?:- )?user:[ \t]*\r?\n(?:[ \t]+[\w-]+:[^\n]*\n)*[ \t]+$/.test(entry)) return false;
  const [from, to] = [Math.max(reading.from, at - LOOK_BACK), Math.min(reading.to, at + LOOK_BACK)];
  return FILE_KEYS.some((key) => reading.find(key, from, to) >= 0);
}

function credential(reading: Reading, after: number): Candidate | undefined {
  const [whole = '', password = ''] = VALUE.exec(reading.text(after, Math.min(reading.to, after + MAX_VALUE))) ?? [];
  return stated({ start: after + whole.length - password.length, password });
}
