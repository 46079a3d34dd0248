// Everything the demo stands on, in one directory: upstreams, gateway, people. Made once, started as often as wanted;
// what depends on ports is written anew at each start.
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../adapters/config/config.ts';
import { parseConfig } from '../../adapters/config/load.ts';
import { ensureHostKeys } from '../../adapters/keys/host-keys.ts';
import { pushJson } from '../../gateway/api/push-json.ts';
import { type RunningGateway, startGateway } from '../../gateway/main.ts';
import { ask, DEFAULT_CONFIG, runningGateway, TOKEN_FILE } from '../client.ts';
import { createAdmin } from '../commands/init.ts';
import { openLocalGateway } from '../local-gateway.ts';
import { CommandError } from '../terminal.ts';
import { type Doors, enrol, equip, makeKey, quote, writeSecret } from './cast.ts';
import { createRepositories, GATE, startUpstreams, type UpstreamFiles, type Upstreams } from './upstreams.ts';

export interface Stage {
  /** Absolute. */
  readonly directory: string;
  readonly doors: Doors;
  readonly upstreamRoot: string;
  /** A line for each request that reached an upstream, with the credential it came with. */
  readonly upstreamLog: string;
  /** Id of the newest push there was at the start; 0 = none. */
  readonly lastPush: number;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly directory: string;
  /** 0 = any free port. */
  readonly httpPort: number;
  readonly sshPort: number;
}

const MARK = '# Sallyport demo.';

/** True when a demo has been set up here, to its end. */
export async function isDemo(directory: string): Promise<boolean> {
  try {
    return (await readFile(join(directory, DEFAULT_CONFIG), 'utf8')).startsWith(MARK);
  } catch {
    return false;
  }
}

/** Sets up what is not there yet, and starts it. */
export async function openStage({ directory, httpPort, sshPort }: StageOptions): Promise<Stage> {
  // These paths stand in the files of git, ssh and the shell, each with characters that mean something to it.
  if (/[^\p{L}\p{N} ._/+@,=-]/u.test(directory)) {
    throw new CommandError(`${directory} has a character that the demo cannot use`, 'name another --dir');
  }
  const isNew = !(await isDemo(directory));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keys = join(directory, 'keys');
  const files: UpstreamFiles = {
    root: join(directory, 'upstream'),
    passwordFile: join(keys, 'upstream_password'),
    keyFile: join(keys, 'upstream_key'),
    hostKeyFile: join(directory, 'upstream', 'ssh_host_key'),
  };
  if (isNew) await build(directory, keys, files);
  const upstreamLog = join(directory, 'upstream.log');
  const logs = { gateway: openLog(join(directory, 'gateway.log')), upstream: openLog(upstreamLog) };
  const upstreams = await startUpstreams(files, logs.upstream.write);
  let gateway: RunningGateway | undefined;
  async function close(): Promise<void> {
    await gateway?.close();
    await upstreams.close();
    logs.gateway.close();
    logs.upstream.close();
  }
  try {
    const file = join(directory, DEFAULT_CONFIG);
    const text = configText(upstreams, httpPort, sshPort);
    const parsed = parseConfig(text, file);
    if (parsed.outcome !== 'ok') throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
    const { config } = parsed;
    if ((await runningGateway(config)) !== undefined) {
      throw new CommandError(`a demo runs in ${directory} already`, 'end it first, or name another --dir');
    }
    const lastPush = await prepare(config, directory, isNew);
    gateway = await startGateway(config, { log: { destination: logs.gateway } });
    const hostKeys = (await ensureHostKeys(keys)).map((key) => key.publicLine);
    const doors = { http: gateway.http, ssh: gateway.ssh, hostKeys };
    await equip(directory, doors);
    // Last: with it in place the directory counts as a demo.
    await writeFile(file, text);
    return { directory, doors, upstreamRoot: files.root, upstreamLog, lastPush, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is done before the doors open: people, the first time; answers the id of the newest push. */
async function prepare(config: Config, directory: string, isNew: boolean): Promise<number> {
  const tokenFile = join(directory, TOKEN_FILE);
  if (isNew) await writeSecret(tokenFile, `${await createAdmin(config.gateway.dataDir, 'sallyport demo')}\n`);
  const client = await openLocalGateway(config, (await readFile(tokenFile, 'utf8')).trim());
  try {
    if (isNew) await enrol(client, directory);
    const { value } = await ask(client, z.array(pushJson), 'GET', '/api/v1/pushes?limit=1');
    return value[0]?.id ?? 0;
  } finally {
    await client.close();
  }
}

async function build(directory: string, keys: string, files: UpstreamFiles): Promise<void> {
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  await mkdir(keys, { mode: 0o700 });
  await createRepositories(files.root);
  await writeSecret(files.passwordFile, `${randomBytes(24).toString('base64url')}\n`);
  await makeKey(files.keyFile, GATE);
  await makeKey(files.hostKeyFile, 'upstream');
  await writeFile(join(directory, 'policy.yaml'), POLICY);
  await mkdir(join(directory, 'bin'));
  const program = join(directory, 'bin', 'sallyport');
  const command = [process.execPath, join(import.meta.dirname, '../sallyport.mjs')].map(quote).join(' ');
  await writeFile(program, `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(program, 0o755);
}

/** A file that gets whole lines, at once: the last ones before an end are the ones that are needed. */
function openLog(file: string): { write(line: string): void; close(): void } {
  const descriptor = openSync(file, 'a', 0o600);
  let isOpen = true;
  return {
    write(line) {
      if (isOpen) writeSync(descriptor, line);
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

function configText(upstreams: Upstreams, httpPort: number, sshPort: number): string {
  return `${MARK} This file is written anew at each start; policy.yaml beside it is yours to edit.
gateway:
  dataDir: ./data
  keysDir: ./keys
  http: { listen: "127.0.0.1:${httpPort}" }
  ssh: { listen: "127.0.0.1:${sshPort}" }
upstreams:
  - { name: forge, match: "acme/**", url: "${upstreams.http.url}/{repo}.git", agent: embedded, credential: forge }
  - name: ops
    match: "ops/**"
    url: "ssh://git@127.0.0.1:${upstreams.ssh.port}/{repo}.git"
    agent: embedded
    credential: ops
    hostKeys: ["${upstreams.ssh.hostKey}"]
agent:
  credentials:
    forge: { kind: basic, username: ${GATE}, password: { file: keys/upstream_password } }
    ops: { kind: ssh-key, username: git, privateKey: { file: keys/upstream_key } }
identity:
  local: true
access:
  - { repos: ["**"], groups: [dev], may: [read, push] }
  - { repos: ["**"], groups: [sre], may: [read, push, approve] }
  - { repos: ["**"], groups: [security], may: [read, push, approve, audit] }
  - { repos: ["**"], groups: [admin], may: [read, approve, audit, admin] }
policy: policy.yaml
`;
}

const POLICY = `# What happens to a push. Edit it while the demo runs: the next push is decided by it.
version: 1
rules:
  - name: production needs SRE
    when: { refs: ["refs/heads/main"], paths: ["infra/prod/**"] }
    then: hold
    approvals: [{ group: sre, count: 1 }]
    expires: 7d

  - name: pipelines need security
    when: { refs: ["refs/heads/main"], paths: ["/.github/workflows/"] }
    then: hold
    approvals: [{ group: security, count: 1 }]
    expires: 7d

  - name: nobody rewrites main
    when: { refs: ["refs/heads/main"], update: [force, delete] }
    then: refuse
    hint: add a commit instead, git revert makes one that undoes another
`;
