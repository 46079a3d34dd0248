import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { keyJson } from '../../gateway/api/account-json.ts';
import { ask, type ClientOptions, tell, withClient } from '../client.ts';
import { CommandError, print, printJson, printTable, shortTime } from '../terminal.ts';

const MAX_KEY_BYTES = 16 * 1024;

export async function addKey(file: string, options: ClientOptions & { readonly user?: string }): Promise<void> {
  const key = await readKey(file);
  // Looked at before it is sent: a private key must not even reach our own log of refused requests.
  if (/PRIVATE KEY|^PuTTY-User-Key-File/m.test(key)) {
    throw new CommandError(`${file} is a private key`, 'keep it secret; give the .pub file beside it');
  }
  await withClient(options, async (client) => {
    const body = { key, ...(options.user !== undefined && { user: options.user }) };
    const { value } = await ask(client, keyJson, 'POST', '/api/v1/keys', body);
    print(`added ${value.fingerprint} for ${value.user}, ${value.id}`);
  });
}

export async function listKeys(options: ClientOptions & { readonly json?: boolean }): Promise<void> {
  await withClient(options, async (client) => {
    const { value, raw } = await ask(client, z.array(keyJson), 'GET', '/api/v1/keys');
    if (options.json) return printJson(raw);
    printTable(
      ['ID', 'USER', 'FINGERPRINT', 'TYPE', 'COMMENT', 'LAST USED', 'STATE'],
      value.map((key) => [
        key.id,
        key.user,
        key.fingerprint,
        key.algorithm,
        key.comment || '-',
        shortTime(key.lastUsedAt),
        key.revokedAt === undefined ? 'valid' : 'revoked',
      ]),
    );
  });
}

export async function revokeKey(id: string, options: ClientOptions): Promise<void> {
  await withClient(options, async (client) => {
    await tell(client, 'DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
    print(`revoked ${id}`);
  });
}

async function readKey(file: string): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of file === '-' ? process.stdin : createReadStream(file)) {
      const bytes = Buffer.from(part);
      size += bytes.length;
      if (size > MAX_KEY_BYTES) throw new CommandError(`${file} is too large for a public key`);
      parts.push(bytes);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    throw new CommandError(`${file} cannot be read (${code})`);
  }
  return Buffer.concat(parts).toString('utf8');
}
