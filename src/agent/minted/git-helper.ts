// A program that speaks git's credential-helper protocol (gitcredentials, git-credential): asked with `get`, told with
// `erase` when the upstream refused what it gave.
import { spawn } from 'node:child_process';
import { CredentialError } from '../credential-error.ts';
import type { MintedToken } from './token-cache.ts';

export interface HelperQuestion {
  readonly protocol: 'http' | 'https';
  /** With its port, unless that is the usual one. */
  readonly host: string;
  /** Without the leading slash. */
  readonly path?: string;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const LIFETIME_MS = 60_000;

/** The whole value of an Authorization header, and how long it may be kept. Throws CredentialError. */
export async function askHelper(argv: readonly string[], question: HelperQuestion): Promise<MintedToken> {
  const said = fieldsOf(await run(argv, 'get', question));
  const expires = Number(said.get('password_expiry_utc'));
  const now = Date.now();
  const until = Number.isSafeInteger(expires) && expires > 0 ? expires * 1000 : now + LIFETIME_MS;
  if (until <= now) throw new CredentialError(`${argv[0]} gave a password that has expired`);
  return { text: authorizationOf(said, argv[0] ?? ''), until };
}

/** Best effort: tells it that what it gave does not work. */
export async function tellHelper(argv: readonly string[], question: HelperQuestion): Promise<void> {
  await run(argv, 'erase', question).catch(() => {});
}

function authorizationOf(said: ReadonlyMap<string, string>, program: string): string {
  const [type, credential] = [said.get('authtype'), said.get('credential')];
  if (type !== undefined && credential !== undefined) {
    if (/^[A-Za-z][A-Za-z0-9-]*$/.test(type) && /^[\x21-\x7e]+$/.test(credential)) return `${type} ${credential}`;
    throw new CredentialError(`${program} gave a credential that cannot be in a header`);
  }
  const [username, password] = [said.get('username') ?? '', said.get('password')];
  if (password === undefined || password === '') throw new CredentialError(`${program} gave no password`);
  if (username.includes(':')) throw new CredentialError(`${program} gave a user name with a colon`);
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/\r$/, ''));
  }
  return fields;
}

function run(argv: readonly string[], action: 'get' | 'erase', { protocol, host, path }: HelperQuestion) {
  const [program, ...args] = argv as [string, ...string[]];
  return new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new CredentialError(`${program} ${action} ${why}`));
    // No shell; what it says on stderr is dropped, since it may well hold (part of) the secret.
    const child = spawn(program, [...args, action], { stdio: ['pipe', 'pipe', 'ignore'] });
    const stop = () => {
      child.kill('SIGKILL');
      // What it has started may hold the other end for ever.
      child.stdout.destroy();
    };
    const timer = setTimeout(() => {
      fail('did not end in time');
      stop();
    }, TIMEOUT_MS);
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > MAX_ANSWER_BYTES) stop();
      else parts.push(part);
    });
    child.once('error', (error: Error & { readonly code?: unknown }) => {
      clearTimeout(timer);
      fail(`cannot be run (${String(error.code)})`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(Buffer.concat(parts).toString('utf8'));
      else fail(`failed (${signal ?? `exit ${code}`})`);
    });
    child.stdin.on('error', () => {});
    const lines = [`protocol=${protocol}`, `host=${host}`, ...(path === undefined ? [] : [`path=${path}`])];
    child.stdin.end(`capability[]=authtype\n${lines.join('\n')}\n\n`);
  });
}
