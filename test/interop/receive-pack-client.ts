// A push client that sends exactly the bytes a test gives it: over a raw socket to the HTTP door, or through ssh to the
// SSH door. Nothing here checks what it sends.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import { decodeBytes } from '../../src/protocol/bytes.ts';
import { encodePkt, FLUSH, PktDecoder } from '../../src/protocol/pkt-line.ts';
import type { Door, World } from '../support/world.ts';

export const ZERO = '0'.repeat(40);
export const CAPABILITIES = 'report-status side-band-64k object-format=sha1';

/** One command packet; the first of a request carries the capabilities. */
export function command(old: string, next: string, refName: string, capabilities?: string): Buffer {
  const line = `${old} ${next} ${refName}`;
  return encodePkt(Buffer.from(capabilities === undefined ? `${line}\n` : `${line}\0 ${capabilities}`, 'utf8'));
}

/** A whole regular request: commands, flush, pack. */
export function pushRequest(
  commands: readonly (readonly [old: string, next: string, refName: string])[],
  pack: Buffer = Buffer.alloc(0),
  capabilities = CAPABILITIES,
): Buffer {
  const lines = commands.map(([old, next, refName], at) =>
    command(old, next, refName, at === 0 ? capabilities : undefined),
  );
  return Buffer.concat([...lines, FLUSH, pack]);
}

/** A pack of what `include` reaches and `exclude` does not; `extra` objects on top. */
export function packOf(
  directory: string,
  include: readonly string[],
  exclude: readonly string[] = [],
  options: { readonly thin?: boolean; readonly extra?: readonly string[] } = {},
): Buffer {
  const git = (args: readonly string[], input: string) =>
    execFileSync('git', [...args], {
      cwd: directory,
      env: gitEnvironment({}),
      input,
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  const revisions = [...include, ...exclude.map((oid) => `^${oid}`), ''].join('\n');
  if (options.thin === true) return git(['pack-objects', '--revs', '--thin', '--stdout', '-q'], revisions);
  const listed = git(['rev-list', '--objects', '--stdin'], revisions).toString('latin1');
  const oids = listed
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, 40));
  return git(['pack-objects', '--stdout', '-q'], [...oids, ...(options.extra ?? []), ''].join('\n'));
}

export interface HttpAnswer {
  /** undefined: the connection ended without an answer. */
  readonly status: number | undefined;
  readonly head: string;
  readonly body: Buffer;
}

/** Sends raw bytes to the HTTP door and reads until the door closes the connection or one answer is complete. */
export async function rawHttp(
  world: World,
  bytes: Buffer | string,
  options: { readonly end?: boolean } = {},
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(world.http);
  const socket = connect({ host: hostname, port: Number(port) });
  const received: Buffer[] = [];
  socket.on('error', () => {}); // the door may close while we still send
  if (options.end === true) socket.end(bytes);
  else socket.write(bytes);
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.setTimeout(15_000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (isComplete(Buffer.concat(received))) resolve();
    });
  });
  socket.destroy();
  const all = Buffer.concat(received);
  const end = all.indexOf('\r\n\r\n');
  const head = all.toString('latin1', 0, end === -1 ? undefined : end);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  const rest = end === -1 ? Buffer.alloc(0) : all.subarray(end + 4);
  const body = /^transfer-encoding: chunked$/im.test(head) ? unchunk(rest) : rest;
  return { status: status === undefined ? undefined : Number(status), head, body };
}

function isComplete(all: Buffer): boolean {
  const end = all.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const head = all.toString('latin1', 0, end);
  const rest = all.length - end - 4;
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined) return rest >= Number(length);
  return /^transfer-encoding: chunked$/im.test(head) && all.subarray(-5).toString('latin1') === '0\r\n\r\n';
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (line === -1 || !(size > 0)) break;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

export function authorization(world: World, name: string): string {
  return `Basic ${Buffer.from(`${name}:${world.token(name)}`).toString('base64')}`;
}

/** One POST to git-receive-pack with these headers and no others. */
export function postHead(world: World, name: string, headers: readonly string[], path = '/acme/shop.git'): string {
  return [
    `POST ${path}/git-receive-pack HTTP/1.1`,
    `Host: ${new URL(world.http).host}`,
    `Authorization: ${authorization(world, name)}`,
    'Content-Type: application/x-git-receive-pack-request',
    ...headers,
    '',
    '',
  ].join('\r\n');
}

/** What the gateway said to a push, over either door. */
export interface PushAnswer {
  /** HTTP status, or the exit status over SSH. */
  readonly status: number | undefined;
  /** Lines of the report: `unpack ok`, `ng refs/heads/x why`. */
  readonly report: readonly string[];
  /** Everything else that a person would read. */
  readonly text: string;
}

/** Pushes these bytes over a door. */
export async function push(
  world: World,
  door: Door,
  name: string,
  body: Buffer,
  repo = 'acme/shop',
  options: {
    /** Over SSH: the client's side stays open until the gateway ends, as JGit leaves it. */
    readonly staysOpen?: boolean;
  } = {},
): Promise<PushAnswer> {
  if (door === 'http') {
    const answer = await rawHttp(
      world,
      Buffer.concat([Buffer.from(postHead(world, name, [`Content-Length: ${body.length}`], `/${repo}.git`)), body]),
    );
    return answer.status === 200
      ? { status: 200, ...readReport(answer.body) }
      : { status: answer.status, report: [], text: answer.body.toString('utf8') };
  }
  const environment = world.environment(name);
  const [host, port] = world.ssh.split(':');
  const command = `exec ${environment['GIT_SSH_COMMAND']} -p ${port} git@${host} "git-receive-pack '/${repo}.git'"`;
  const child = spawn('sh', ['-c', command], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {});
  if (options.staysOpen === true) child.stdin.write(body);
  else child.stdin.end(body);
  const [code] = (await once(child, 'close')) as [number | null];
  const all = Buffer.concat(out);
  const answer = readReport(all.subarray(endOfAdvertisement(all)));
  return { status: code ?? 255, report: answer.report, text: answer.text + Buffer.concat(err).toString('utf8') };
}

function endOfAdvertisement(bytes: Buffer): number {
  const packets = new PktDecoder();
  packets.write(bytes);
  for (let pkt = packets.next(); pkt !== undefined; pkt = packets.next()) if (pkt.kind === 'flush') break;
  return packets.offset;
}

/** Takes bands apart; a bare report (no bands were asked for) is read as it is. */
export function readReport(bytes: Buffer): { readonly report: readonly string[]; readonly text: string } {
  const bands: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] };
  const bare: Buffer[] = [];
  const packets = new PktDecoder();
  packets.write(bytes);
  for (let pkt = packets.next(); pkt !== undefined; pkt = packets.next()) {
    if (pkt.kind !== 'data') continue;
    const band = bands[pkt.payload[0] ?? 0];
    if (band === undefined) bare.push(packets.raw);
    else band.push(pkt.payload.subarray(1));
  }
  const nested = new PktDecoder();
  nested.write(Buffer.concat([...(bands[1] ?? []), ...bare]));
  const report: string[] = [];
  for (let pkt = nested.next(); pkt !== undefined; pkt = nested.next()) {
    if (pkt.kind === 'data') report.push(decodeBytes(pkt.payload).replace(/\n$/, ''));
  }
  return { report, text: Buffer.concat([...(bands[2] ?? []), ...(bands[3] ?? [])]).toString('utf8') };
}
