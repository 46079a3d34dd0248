import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { keyJson } from '../../gateway/api/account-json.ts';
import { importedJson } from '../../gateway/api/keys.ts';
import { holdsPrivateKey, parseSshPublicKeyLines } from '../../protocol/ssh-key-lines.ts';
import { ask, type Client, type ClientOptions, query, tell, withClient } from '../client.ts';
import { CommandError, print, printError, printJson, printTable, shortTime } from '../terminal.ts';

const MAX_KEY_BYTES = 256 * 1024;

interface AddOptions extends ClientOptions {
  readonly user?: string;
  readonly label?: string;
  readonly expires?: string;
  readonly verifyRequired?: boolean;
}

export async function addKey(file: string, options: AddOptions): Promise<void> {
  const text = await readKeys(file);
  // Looked at before it is sent: a private key must not even reach our own log of refused requests.
  if (holdsPrivateKey(text)) {
    throw new CommandError(`${file} is a private key`, 'keep it secret; give the .pub file beside it');
  }
  const { config: _, readOnly: __, ...settings } = options;
  const isMany = parseSshPublicKeyLines(text).length > 1;
  await withClient(options, (client) => (isMany ? addMany(client, text, settings) : addOne(client, text, settings)));
}

type Settings = Omit<AddOptions, keyof ClientOptions>;

async function addOne(client: Client, text: string, settings: Settings): Promise<void> {
  const { value } = await ask(client, keyJson, 'POST', '/api/v1/keys', { ...settings, key: text });
  print(`added ${value.fingerprint} for ${value.user}, ${value.id}`);
}

/** As a forge serves them: those that can be added are, and the others are named. */
async function addMany(client: Client, keys: string, settings: Settings): Promise<void> {
  const { value } = await ask(client, z.array(importedJson), 'POST', '/api/v1/keys/import', { ...settings, keys });
  for (const { line, key, refused } of value) {
    if (key !== undefined) print(`added ${key.fingerprint} for ${key.user}, ${key.id}`);
    else printError(`line ${line}: ${refused}`);
  }
  if (value.every(({ key }) => key === undefined)) throw new CommandError('no key was added');
}

export async function listKeys(
  options: ClientOptions & { readonly json?: boolean; readonly fingerprint?: string },
): Promise<void> {
  await withClient(options, async (client) => {
    const asked = query({ fingerprint: options.fingerprint });
    const { value, raw } = await ask(client, z.array(keyJson), 'GET', `/api/v1/keys${asked}`);
    if (options.json) return printJson(raw);
    printTable(
      ['ID', 'USER', 'FINGERPRINT', 'TYPE', 'LABEL', 'LAST USED', 'EXPIRES', 'STATE'],
      value.map((key) => [
        key.id,
        key.user,
        key.fingerprint,
        key.algorithm,
        key.label ?? (key.comment || '-'),
        shortTime(key.lastUsedAt),
        shortTime(key.expiresAt),
        stateOf(key),
      ]),
    );
  });
}

function stateOf(key: z.infer<typeof keyJson>): string {
  if (key.revokedAt !== undefined) return 'revoked';
  return key.expiresAt !== undefined && Date.parse(key.expiresAt) <= Date.now() ? 'expired' : 'valid';
}

export async function revokeKey(id: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
    print(`revoked ${id}`);
  });
}

async function readKeys(file: string): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of file === '-' ? process.stdin : createReadStream(file)) {
      const bytes = Buffer.from(part);
      size += bytes.length;
      if (size > MAX_KEY_BYTES) throw new CommandError(`${file} is too large for public keys`);
      parts.push(bytes);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    throw new CommandError(`${file} cannot be read (${code})`);
  }
  return Buffer.concat(parts).toString('utf8');
}
