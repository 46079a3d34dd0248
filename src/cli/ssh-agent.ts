// The part of the ssh-agent protocol that we need (draft-ietf-sshm-ssh-agent): list what it has, and give it a key with a
// certificate that it forgets by itself.
import { connect } from 'node:net';
import type { SshPrivateKey } from '../adapters/keys/ssh-private-key.ts';
import { certificateAlgorithm } from '../protocol/ssh-certificate.ts';
import { WireReader, wireString, wireStrings, wireUint32 } from '../protocol/ssh-wire.ts';

export interface AgentIdentity {
  readonly blob: Buffer;
  readonly comment: string;
}

export interface SshAgent {
  list(): Promise<readonly AgentIdentity[]>;
  /** Gives it the ed25519 key with its certificate, for `seconds`. */
  add(key: SshPrivateKey, certificate: Buffer, comment: string, seconds: number): Promise<void>;
  remove(blob: Buffer): Promise<void>;
}

const SUCCESS = 6;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const REMOVE_IDENTITY = 18;
const ADD_ID_CONSTRAINED = 25;
const CONSTRAIN_LIFETIME = 1;
const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The agent of this session (SSH_AUTH_SOCK); `undefined` when there is none that answers. */
export async function findSshAgent(socket: string | undefined): Promise<SshAgent | undefined> {
  if (socket === undefined || socket === '') return undefined;
  const ask = (message: Buffer) => askAgent(socket, message);
  const agent: SshAgent = {
    list: async () => readIdentities(await ask(Buffer.from([REQUEST_IDENTITIES]))),
    add: async (key, certificate, comment, seconds) =>
      expectSuccess(await ask(addMessage(key, certificate, comment, seconds))),
    remove: async (blob) => expectSuccess(await ask(Buffer.concat([Buffer.from([REMOVE_IDENTITY]), wireString(blob)]))),
  };
  try {
    await agent.list();
    return agent;
  } catch {
    return undefined;
  }
}

function addMessage(key: SshPrivateKey, certificate: Buffer, comment: string, seconds: number): Buffer {
  const [, point] = wireStrings(key.key.blob) ?? [];
  const seed = key.seed;
  if (key.key.algorithm !== 'ssh-ed25519' || point === undefined || seed === undefined)
    throw new Error('no ed25519 key');
  return Buffer.concat([
    Buffer.from([ADD_ID_CONSTRAINED]),
    ...[certificateAlgorithm('ssh-ed25519'), certificate, point, Buffer.concat([seed, point]), comment].map(wireString),
    Buffer.from([CONSTRAIN_LIFETIME]),
    wireUint32(seconds),
  ]);
}

function readIdentities(answer: Buffer): readonly AgentIdentity[] {
  const reader = new WireReader(answer);
  const count = reader.byte() === IDENTITIES_ANSWER ? reader.uint32() : undefined;
  if (count === undefined) throw new Error('the ssh agent gave no list');
  const identities: AgentIdentity[] = [];
  for (let at = 0; at < count; at++) {
    const blob = reader.string();
    const comment = reader.string();
    if (blob === undefined || comment === undefined) throw new Error('the list of the ssh agent is cut off');
    identities.push({ blob, comment: comment.toString('utf8') });
  }
  return identities;
}

function expectSuccess(answer: Buffer): void {
  if (answer[0] !== SUCCESS) throw new Error('the ssh agent refused');
}

/** One question on a connection of its own. */
function askAgent(socket: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const connection = connect(socket);
    const fail = (error: Error) => {
      connection.destroy();
      reject(error);
    };
    connection.setTimeout(TIMEOUT_MS, () => fail(new Error('the ssh agent does not answer')));
    connection.on('error', fail);
    connection.on('close', () => reject(new Error('the ssh agent has hung up')));
    connection.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > MAX_ANSWER_BYTES) fail(new Error('the answer of the ssh agent is too long'));
      const answer = new WireReader(received).string();
      if (answer === undefined) return;
      resolve(answer);
      connection.end();
    });
    connection.write(wireString(message));
  });
}
