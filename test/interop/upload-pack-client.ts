// A v0/v1 fetch client that says exactly what a test tells it to, packet by packet, over a lasting connection: to the
// gateway's SSH door, or to `git upload-pack` itself on the same repository. Both answers can then be compared.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { gitEnvironment, SERVER_CONFIG } from '../../src/demo-upstream/git-process.ts';
import { encodePkt, FLUSH, PktDecoder } from '../../src/protocol/pkt-line.ts';
import type { World } from '../support/world.ts';

/** What a server says, taken apart: `0000`, packet texts, and what remains when packets no longer parse. */
export interface Said {
  readonly advertisement: readonly string[];
  /** Between the advertisement and the pack. */
  readonly lines: readonly string[];
  /** The ids of all objects in the pack, sorted; undefined = no pack came. */
  readonly objects: readonly string[] | undefined;
  readonly errors: string;
  readonly code: number;
}

/** `text` is sent as a packet; '0000' as a flush; `wait` = read until a packet matches before going on. */
export type Step =
  | string
  | { readonly wait: RegExp }
  | { readonly hangUp: true }
  | { readonly run: () => Promise<void> };

export interface Server {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  readonly ended: Promise<number>;
}

/** git's own upload-pack, as a hosting server of today would run it. */
export function localUploadPack(directory: string, gitProtocol?: string): Server {
  return serverOf('git', ['upload-pack', directory], {
    ...gitEnvironment(SERVER_CONFIG),
    ...(gitProtocol === undefined ? {} : { GIT_PROTOCOL: gitProtocol }),
  });
}

/** The same command through the gateway. */
export function sshUploadPack(world: World, name: string, gitProtocol?: string, repo = 'acme/shop.git'): Server {
  const environment = world.environment(name);
  const [host, port] = world.ssh.split(':');
  const sendProtocol = gitProtocol === undefined ? '' : '-o SendEnv=GIT_PROTOCOL';
  const command = `exec ${environment['GIT_SSH_COMMAND']} ${sendProtocol} -p ${port} git@${host} "git-upload-pack '/${repo}'"`;
  return serverOf('sh', ['-c', command], {
    ...environment,
    ...(gitProtocol === undefined ? {} : { GIT_PROTOCOL: gitProtocol }),
  });
}

function serverOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv | undefined): Server {
  const child = spawn(program, [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // the server may end before it read all
  return {
    input: child.stdin,
    output: child.stdout,
    errors: child.stderr,
    ended: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : 255)),
  };
}

/** Says the steps to the server and answers all that it said. */
export async function converse(server: Server, steps: readonly Step[], options: { readonly sideband?: boolean } = {}) {
  const errors: Buffer[] = [];
  server.errors.on('data', (chunk: Buffer) => errors.push(chunk));
  const packets = new PacketReader(server.output);
  const advertisement = await packets.section();
  const lines: string[] = [];
  let hungUp = false;
  for (const step of steps) {
    if (typeof step === 'string') server.input.write(step === '0000' ? FLUSH : encodePkt(`${step}\n`));
    else if ('hangUp' in step) {
      server.input.end();
      hungUp = true;
    } else if ('run' in step) await step.run();
    else {
      for (;;) {
        const text = await packets.next();
        if (text === undefined) break;
        lines.push(text);
        if (step.wait.test(text)) break;
      }
    }
  }
  if (!hungUp) server.input.end();
  const pack: Buffer[] = [];
  if (options.sideband === false) {
    for (let text = await packets.textOrPack(); text !== undefined; text = await packets.textOrPack()) lines.push(text);
    pack.push(await packets.rest());
  } else {
    for (let text = await packets.next(); text !== undefined; text = await packets.next()) {
      const band = text.charCodeAt(0);
      if (band === 1) pack.push(Buffer.from(text.slice(1), 'latin1'));
      else if (band === 3) lines.push(`band 3: ${text.slice(1)}`);
      else if (band !== 2) lines.push(text);
    }
  }
  const code = await server.ended;
  const bytes = Buffer.concat(pack);
  const said: Said = {
    advertisement,
    lines,
    objects: bytes.length === 0 ? undefined : await objectsOf(bytes),
    errors: Buffer.concat(errors).toString('latin1'),
    code,
  };
  return said;
}

/** Ids of a pack that needs nothing else. */
async function objectsOf(pack: Buffer): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-pack-'));
  try {
    const git = (args: readonly string[], input?: Buffer) =>
      execFileSync('git', [...args], {
        cwd: directory,
        input,
        env: gitEnvironment({}),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    git(['init', '-q', '--bare', '.']);
    git(['index-pack', '--stdin'], pack);
    const listed = git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).toString('latin1');
    return listed.split('\n').filter((line) => line !== '');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

class PacketReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #decoder = new PktDecoder();

  constructor(source: Readable) {
    this.#chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Packet text without its line feed, '0000' for a flush; undefined at the end. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const pkt = this.#decoder.next();
      if (pkt !== undefined) return pkt.kind === 'data' ? textOf(pkt.payload) : '0000';
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#decoder.write(chunk.value);
    }
  }

  async section(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let text = await this.next(); text !== undefined && text !== '0000'; text = await this.next())
      lines.push(text);
    return lines;
  }

  /** Without bands the pack follows the last ACK or NAK directly: undefined when it begins, or at the end. */
  async textOrPack(): Promise<string | undefined> {
    for (;;) {
      const rest = this.#decoder.takeRest();
      if (rest.length >= 4) {
        if (rest.toString('latin1', 0, 4) === 'PACK') {
          this.#pending = rest;
          return undefined;
        }
        this.#decoder.write(rest);
        return this.next();
      }
      this.#decoder.write(rest);
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return undefined;
      this.#decoder.write(chunk.value);
    }
  }
  #pending: Buffer = Buffer.alloc(0);

  async rest(): Promise<Buffer> {
    const parts = [this.#pending, this.#decoder.takeRest()];
    for (let chunk = await this.#chunks.next(); chunk.done !== true; chunk = await this.#chunks.next())
      parts.push(chunk.value);
    return Buffer.concat(parts);
  }
}

/** Text without its line feed; bands as they are. */
function textOf(payload: Buffer): string {
  const text = payload.toString('latin1');
  return (payload[0] ?? 0) <= 3 ? text : text.replace(/\n$/, '');
}
