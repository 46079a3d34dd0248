// git's credential helper protocol (gitcredentials, git-credential): lines `key=value` on standard input, the answer on
// standard output. We answer for gateways that we are logged in to, and are silent for all others: git then asks whoever
// comes next.
import { text as readAll } from 'node:stream/consumers';
import { freshLogin } from '../login/access-token.ts';
import { type Logins, openLogins } from '../login/login-file.ts';
import { UsageError } from '../terminal.ts';

export type CredentialAct = 'get' | 'store' | 'erase';

const MAX_INPUT = 64 * 1024;

export async function credential(act: string): Promise<void> {
  if (!isAct(act)) {
    // A helper ignores what it does not know (gitcredentials, CUSTOM HELPERS); a person typed something wrong.
    if (process.stdin.isTTY) throw new UsageError('git calls this with get, store or erase');
    return;
  }
  const asked = parseCredential((await readAll(process.stdin)).slice(0, MAX_INPUT));
  const gateway = gatewayOf(asked);
  if (gateway === undefined || act === 'store') return;
  const logins = openLogins();
  if (act === 'get') await get(logins, gateway, asked);
  else await erase(logins, gateway, asked);
}

async function get(logins: Logins, gateway: string, asked: ReadonlyMap<string, string>): Promise<void> {
  const login = await freshLogin(logins, gateway);
  if (login === undefined) return;
  const { user, access, expiresAt } = login;
  const lines = [
    `username=${asked.get('username') ?? user}`,
    `password=${access}`,
    // Known since git 2.41; older ones ignore it.
    `password_expiry_utc=${Math.floor(expiresAt / 1000)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The gateway refused this token: the next one that is asked for is a new one. */
async function erase(logins: Logins, gateway: string, asked: ReadonlyMap<string, string>): Promise<void> {
  await logins.alone(async () => {
    const login = await logins.find(gateway);
    const refused = asked.get('password');
    if (login === undefined || refused !== login.access) return;
    await logins.save({ ...login, expiresAt: 0 });
  });
}

function isAct(act: string): act is CredentialAct {
  return ['get', 'store', 'erase'].includes(act);
}

/** Of a key that is there several times the last counts, as for git. */
export function parseCredential(text: string): ReadonlyMap<string, string> {
  const [attributes = ''] = text.split(/\n\n/, 1);
  const pairs = attributes.split('\n').map((line) => /^([^=\0]+)=(.*)$/.exec(line));
  return new Map(pairs.filter((pair) => pair !== null).map(([, key = '', value = '']) => [key, value]));
}

/** Protocol, host and port: exactly where the token belongs. */
function gatewayOf(asked: ReadonlyMap<string, string>): string | undefined {
  const [protocol, host] = [asked.get('protocol'), asked.get('host')];
  if ((protocol !== 'https' && protocol !== 'http') || host === undefined || !/^[A-Za-z0-9.:[\]-]+$/.test(host)) {
    return undefined;
  }
  return URL.parse(`${protocol}://${host}`)?.origin;
}
