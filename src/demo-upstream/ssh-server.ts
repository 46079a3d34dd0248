// A real Git server over ssh for the demo and the tests, where no sshd is installed: ssh2's server in front of git's own
// upload-pack and receive-pack. It listens on loopback only and is no part of the gateway.
import { spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import { parseGitProtocolHeader } from '../protocol/smart-http.ts';
import { parseSshCommand } from '../protocol/ssh-command.ts';
import { sshKeyFingerprint } from '../protocol/ssh-key.ts';
import { type GitConfig, gitEnvironment, SERVER_CONFIG } from './git-process.ts';

export interface GitSshServerOptions {
  /** Directory of bare repositories. */
  readonly root: string;
  /** Public keys that may log in, as .pub files have them. Absent: everybody may, without a key. */
  readonly authorizedKeys?: readonly string[];
  /** PEM or OpenSSH private key; default: a new one. */
  readonly hostKey?: string;
  readonly config?: GitConfig;
  /** False: GIT_PROTOCOL is ignored, as by an sshd without AcceptEnv. */
  readonly acceptProtocol?: boolean;
  /** Default: any free port. */
  readonly port?: number;
  /** Sees who logs in with which key, and who is turned away. */
  onLogin?(login: { readonly fingerprint: string | undefined; readonly isAllowed: boolean }): void;
  /** Sees what is asked for, as the client wrote it, before the first byte of its input. */
  onCommand?(command: string, input: Readable): void;
}

export interface GitSshServer {
  readonly port: number;
  /** The host key as `ssh-ed25519 AAAA…`, fit for `hostKeys`. */
  readonly hostKey: string;
  close(): Promise<void>;
}

/** Serves the repositories under `root` on 127.0.0.1. */
export async function startGitSshServer(options: GitSshServerOptions): Promise<GitSshServer> {
  const hostKey = options.hostKey ?? generateHostKey();
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw new TypeError('hostKey is no private key', { cause: parsed });
  const allowed = options.authorizedKeys?.map((line) => {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error) throw new TypeError('authorizedKeys holds a line that is no key', { cause: key });
    return sshKeyFingerprint(key.getPublicSSH());
  });
  const root = await realpath(options.root);
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client: Connection) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      const good = isAllowed(context, allowed);
      // Only what counts: not the question which methods there are, nor whether a key would do.
      if (context.method === 'publickey' && (!good || context.signature !== undefined)) {
        options.onLogin?.({ fingerprint: sshKeyFingerprint(context.key.data), isAllowed: good });
      } else if (good && context.method === 'none') {
        options.onLogin?.({ fingerprint: undefined, isAllowed: true });
      }
      if (good) context.accept();
      else context.reject(allowed === undefined ? ['none'] : ['publickey']);
    });
    client.on('ready', () => serveSessions(client, options, root));
  });
  // ssh2 leaves Nagle's algorithm on for sockets of its own: 40 ms for every small answer.
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const blob = parsed.getPublicSSH();
  return {
    port: (listener.address() as AddressInfo).port,
    hostKey: `${parsed.type} ${blob.toString('base64')}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** ssh2's generator cuts a leading zero byte off: about one key in 250 cannot be read again. */
function generateHostKey(): string {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519').private;
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}

function isAllowed(context: AuthContext, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined) return context.method === 'none' || context.method === 'publickey';
  if (context.method !== 'publickey' || !allowed.includes(sshKeyFingerprint(context.key.data))) return false;
  // Without a signature the client only asks whether the key would do.
  if (context.signature === undefined || context.blob === undefined) return true;
  const key = ssh2.utils.parseKey(context.key.data);
  return !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function serveSessions(client: Connection, options: GitSshServerOptions, root: string): void {
  client.on('session', (accept) => {
    const session = accept();
    let gitProtocol: string | undefined;
    session.on('env', (acceptEnv, rejectEnv, info) => {
      const isTaken = options.acceptProtocol !== false && info.key === 'GIT_PROTOCOL';
      if (isTaken) gitProtocol = parseGitProtocolHeader(info.val);
      const reply = isTaken ? acceptEnv : rejectEnv;
      if (typeof reply === 'function') reply();
    });
    session.on('exec', (acceptExec, _reject, info) => {
      const channel = acceptExec();
      options.onCommand?.(info.command, channel);
      run(channel, info.command, gitProtocol, options, root).catch(() => channel.close());
    });
  });
}

async function run(
  channel: ServerChannel,
  text: string,
  gitProtocol: string | undefined,
  options: GitSshServerOptions,
  root: string,
): Promise<void> {
  const refuse = (why: string, status: number) => {
    channel.stderr.write(`${why}\n`);
    channel.exit(status);
    channel.end();
  };
  const command = parseSshCommand(text);
  if (command.kind !== 'git' || command.service === 'git-upload-archive') {
    refuse('fatal: not a git command', 128);
    return;
  }
  const directory = await findRepository(root, command.repo.repo);
  if (directory === undefined) {
    refuse(`fatal: '${command.repo.path}' does not appear to be a git repository`, 128);
    return;
  }
  const child = spawn('git', [command.service.slice('git-'.length), '--', directory], {
    env: gitEnvironment(
      { ...SERVER_CONFIG, ...options.config },
      gitProtocol === undefined ? {} : { GIT_PROTOCOL: gitProtocol },
    ),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.once('close', () => {
    if (child.exitCode === null) child.kill();
  });
  child.once('close', (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
}

/** `name` or `name.git` under the root, wherever links lead: never outside. */
async function findRepository(root: string, repo: string): Promise<string | undefined> {
  for (const name of [`${repo}.git`, repo]) {
    const directory = await realpath(join(root, name)).catch(() => undefined);
    if (directory?.startsWith(root + sep)) return directory;
  }
  return undefined;
}
