// The same repositories behind every kind of upstream, so that one test runs over all of them.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialConfig, ReadSecret } from '../../../src/agent/credentials.ts';
import type { UpstreamTarget } from '../../../src/agent/target.ts';
import { startGitHttpServer, type TestHttpServer } from './http-server.ts';
import type { Relay } from './relay.ts';
import { makeSshKeyPair } from './ssh-key-pair.ts';
import { startGitSshServer, type TestSshServer } from './ssh-server.ts';
import { type OpenSshd, startOpenSshd, whyNoSshd } from './sshd.ts';

export type UpstreamKind = 'http' | 'ssh2' | 'sshd';

/** The kinds that can run here. Without sshd it says so, once; in CI that is a failure. */
export function upstreamKinds(): readonly UpstreamKind[] {
  const missing = whyNoSshd();
  if (missing === false) return ['http', 'ssh2', 'sshd'];
  process.stderr.write(`tests over OpenSSH are left out: ${missing}\n`);
  return ['http', 'ssh2'];
}

export interface EveryUpstream {
  /** Directory of the bare repositories that all of them serve. */
  readonly root: string;
  /** Ready for createAgent(): one target per kind, named after it. */
  readonly agentOptions: {
    readonly upstreams: readonly UpstreamTarget[];
    readonly credentials: Readonly<Record<string, CredentialConfig>>;
    readonly readSecret: ReadSecret;
  };
  readonly http: TestHttpServer;
  readonly ssh2: TestSshServer;
  readonly sshd?: OpenSshd;
  relay(kind: UpstreamKind): Relay;
  close(): Promise<void>;
}

const PASSWORD = ['upstream', 'password', 'canary'].join('-');

/** Starts a server of each kind over one directory, each with authentication. */
export async function startEveryUpstream(): Promise<EveryUpstream> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-upstreams-'));
  const key = makeSshKeyPair();
  const http = await startGitHttpServer({ root, auth: { username: 'sallyport', password: PASSWORD } });
  const ssh = await startGitSshServer({ root, authorizedKeys: [key.public] });
  const sshd = whyNoSshd() === false ? await startOpenSshd({ root, authorizedKeys: [key.public] }) : undefined;
  const upstreams: UpstreamTarget[] = [
    { name: 'http', url: `${http.url}/{path}`, credential: 'password' },
    { name: 'ssh2', url: `${ssh.url}/{path}`, credential: 'key', hostKeys: [ssh.hostKey] },
  ];
  if (sshd !== undefined) {
    // sshd runs git-upload-pack itself, which takes the path as it is: always the directory's full name.
    upstreams.push({ name: 'sshd', url: `${sshd.url}/{repo}.git`, credential: 'key', hostKeys: [sshd.hostKey] });
  }
  return {
    root,
    agentOptions: {
      upstreams,
      credentials: {
        password: { kind: 'basic', username: 'sallyport', password: { kind: 'env', name: 'PASSWORD' } },
        key: { kind: 'ssh-key', username: 'git', privateKey: { kind: 'file', path: 'key' } },
      },
      readSecret: async (source) => (source.kind === 'env' ? PASSWORD : key.private),
    },
    http,
    ssh2: ssh,
    ...(sshd !== undefined && { sshd }),
    relay(kind) {
      const relay = { http: http.relay, ssh2: ssh.relay, sshd: sshd?.relay }[kind];
      if (relay === undefined) throw new TypeError(`no ${kind} here`);
      return relay;
    },
    async close() {
      await Promise.all([http.close(), ssh.close(), sshd?.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}
