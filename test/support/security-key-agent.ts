// An ssh-agent whose keys behave as security keys do: each signs application, flags and a growing counter along with the
// data. Touch and PIN are what the test says they are.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WireReader, wireMpint, wireString, wireUint32 } from '../../src/protocol/ssh-wire.ts';

export type SecurityKeyKind = 'sk-ssh-ed25519@openssh.com' | 'sk-ecdsa-sha2-nistp256@openssh.com';

export interface SecurityKey {
  readonly kind: SecurityKeyKind;
  readonly blob: Buffer;
  /** For a .pub file. */
  readonly line: string;
  /** 1: touched, 4: PIN given. */
  flags: number;
  /** What it really signs for; the key names its own. */
  application: string;
  /** Shown in place of the plain key, such as a certificate of it. */
  offered: Buffer;
  readonly secret: KeyObject;
}

export interface SecurityKeyAgent {
  /** For SSH_AUTH_SOCK. */
  readonly socket: string;
  readonly keys: SecurityKey[];
  close(): Promise<void>;
}

export function makeSecurityKey(kind: SecurityKeyKind, application = 'ssh:'): SecurityKey {
  const pair = kind.startsWith('sk-ssh')
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y } = pair.publicKey.export({ format: 'jwk' });
  const left = Buffer.from(x, 'base64url');
  const point = y === undefined ? left : Buffer.concat([Buffer.from([4]), left, Buffer.from(y, 'base64url')]);
  const fields = y === undefined ? [point] : [Buffer.from('nistp256'), point];
  const blob = Buffer.concat([Buffer.from(kind), ...fields, Buffer.from(application)].map(wireString));
  const line = `${kind} ${blob.toString('base64')} test`;
  return { kind, blob, line, flags: 1, application, offered: blob, secret: pair.privateKey };
}

export async function startSecurityKeyAgent(keys: SecurityKey[]): Promise<SecurityKeyAgent> {
  const directory = await mkdtemp(join(tmpdir(), 'sk-agent-'));
  const socket = join(directory, 'agent');
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    serve(client, keys);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    keys,
    async close() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function serve(client: Socket, keys: readonly SecurityKey[]): void {
  let received = Buffer.alloc(0);
  client.on('data', (chunk) => {
    received = Buffer.concat([received, Buffer.from(chunk)]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0);
      client.write(wireString(answer(received.subarray(4, end), keys)));
      received = received.subarray(end);
    }
  });
}

const FAILURE = Buffer.from([5]);
let counter = 7;

function answer(message: Buffer, keys: readonly SecurityKey[]): Buffer {
  if (message[0] === 11) {
    const entries = keys.flatMap(({ offered }) => [wireString(offered), wireString('security key')]);
    return Buffer.concat([Buffer.from([12]), wireUint32(keys.length), ...entries]);
  }
  if (message[0] !== 13) return FAILURE;
  const reader = new WireReader(message.subarray(1));
  const blob = reader.string();
  const data = reader.string();
  const key = keys.find(({ offered }) => blob?.equals(offered));
  return key === undefined || data === undefined
    ? FAILURE
    : Buffer.concat([Buffer.from([14]), wireString(signAsDevice(key, data))]);
}

function signAsDevice({ kind, flags, application, secret }: SecurityKey, data: Buffer): Buffer {
  const trailer = Buffer.concat([Buffer.from([flags]), wireUint32(counter++)]);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const signed = Buffer.concat([hash(Buffer.from(application)), trailer, hash(data)]);
  if (kind.startsWith('sk-ssh'))
    return Buffer.concat([wireString(kind), wireString(sign(null, signed, secret)), trailer]);
  const both = sign('sha256', signed, { key: secret, dsaEncoding: 'ieee-p1363' });
  const value = Buffer.concat([wireMpint(both.subarray(0, 32)), wireMpint(both.subarray(32))]);
  return Buffer.concat([wireString(kind), wireString(value), trailer]);
}
