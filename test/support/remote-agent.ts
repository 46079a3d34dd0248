// Agents that run apart from the gateway, for worlds: enrolled already (joining has tests of its own), in this process or
// as the real program, reaching the gateway through a relay that can cut, stall or lose what passes.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAgentConfig } from '../../src/adapters/config/load.ts';
import { readSecret } from '../../src/adapters/config/secret.ts';
import { ensureAgentAuthority } from '../../src/adapters/keys/agent-authority.ts';
import { createAgent } from '../../src/agent/agent.ts';
import { type LinkIdentity, newKey, saveIdentity } from '../../src/agent/link/identity.ts';
import { type RunningAgent, runAgent } from '../../src/agent/link/run.ts';
import { newJoinToken } from '../../src/domain/join-token.ts';
import type { AgentStore } from '../../src/domain/ports.ts';
import { type Relay, startRelay } from './upstream/relay.ts';

export const PROGRAM = join(import.meta.dirname, '../../src/cli/sallyport.mjs');

export interface RemoteAgent {
  readonly name: string;
  readonly directory: string;
  readonly configFile: string;
  /** What the program logs. */
  readonly logFile: string;
  /** Between it and the gateway. */
  readonly link: Relay;
  /** Of the program. */
  pid(): number;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  /** kill -9 (programs). */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface RemoteAgentOptions {
  readonly name: string;
  readonly directory: string;
  readonly keysDir: string;
  readonly store: AgentStore;
  /** Where the gateway listens for agents now. */
  readonly gatewayPort: () => number;
  /** Sections `credentials` and `upstreams` of its configuration; paths are relative to its directory. */
  readonly credentials: string;
  readonly upstreams: string;
  readonly program: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Tests move their gateway's clock by months. */
const CERTIFICATE_LIFE = 10 * 365 * 24 * 3600e3;

/** RSA keys take long to make: one authority and one agent's key for all worlds of this process. */
let prepared: Promise<{ readonly keys: string; readonly agentKey: Awaited<ReturnType<typeof newKey>> }> | undefined;

async function prepare() {
  const keys = mkdtempSync(join(tmpdir(), 'sallyport-authority-'));
  process.once('exit', () => rmSync(keys, { recursive: true, force: true }));
  await ensureAgentAuthority(keys, Date.now());
  return { keys, agentKey: await newKey() };
}

/** Enrols an agent in a store that no gateway has open yet, and writes its configuration. Starts nothing. */
export async function enrolRemoteAgent(options: RemoteAgentOptions): Promise<RemoteAgent> {
  prepared ??= prepare();
  const { keys, agentKey } = await prepared;
  const { name, directory, keysDir, store } = options;
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  cpSync(keys, keysDir, { recursive: true, force: false });
  mkdirSync(directory, { recursive: true });
  const authority = await ensureAgentAuthority(keysDir, Date.now());
  const now = Date.now();
  const id = `agent-${name}`;
  const { pem, ...certificate } = authority.issue({ id, publicKey: agentKey.publicKey, now, life: CERTIFICATE_LIFE });
  const { hash } = newJoinToken(authority.pin);
  const token = { id: `join-${name}`, agent: name, createdBy: 'test', createdAt: now, expiresAt: now + 60_000 };
  const entry = { type: 'admin.changed', body: { change: 'agent enrolled', agent: name } } as const;
  await store.addJoinToken(token, hash, entry);
  await store.join(hash, { id, certificate }, { ...entry, type: 'agent.joined' });
  const identity: LinkIdentity = {
    agent: id,
    name,
    key: agentKey.privateKey,
    certificate: pem,
    authority: authority.certificate,
    joinedWith: '',
  };
  saveIdentity(join(directory, 'state'), identity);
  const link = await startRelay(options.gatewayPort);
  const configFile = join(directory, 'sallyport-agent.yaml');
  const text = `agent:
  name: ${name}
  gateway: "https://127.0.0.1:${link.port}"
  stateDir: ./state
  credentials:
${options.credentials}
upstreams:
${options.upstreams}
`;
  await writeFile(configFile, text);
  return options.program ? programAgent(options, link, configFile) : inProcessAgent(options, link, configFile);
}

function inProcessAgent({ name, directory }: RemoteAgentOptions, link: Relay, configFile: string): RemoteAgent {
  let running: RunningAgent | undefined;
  const stop = async () => {
    await running?.stop();
    running = undefined;
  };
  return {
    name,
    directory,
    configFile,
    logFile: '',
    link,
    pid: () => process.pid,
    async start() {
      const loaded = parseAgentConfig(readFileSync(configFile, 'utf8'), configFile);
      if (loaded.outcome !== 'ok') throw new Error(JSON.stringify(loaded.problems));
      const { config } = loaded;
      const agent = createAgent({
        upstreams: config.upstreams,
        credentials: config.credentials,
        readSecret: (source) => readSecret(source, configFile),
      });
      const started = await runAgent({
        settings: { ...config, pingMs: 15_000 },
        agent,
        upstreams: config.upstreams.map((upstream) => upstream.name),
        version: '0.0.0-test',
        log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
        joinToken: async () => undefined,
      });
      started.ended.catch(nothing);
      running = started;
      await started.ready;
    },
    stop,
    kill: stop,
    async close() {
      await stop();
      await link.close();
    },
  };
}

function nothing(): void {}

function programAgent(options: RemoteAgentOptions, link: Relay, configFile: string): RemoteAgent {
  const { name, directory } = options;
  const logFile = join(directory, 'agent.log');
  let child: ChildProcess | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    ending.kill('SIGCONT');
    await ended;
  };
  return {
    name,
    directory,
    configFile,
    logFile,
    link,
    pid: () => child?.pid ?? 0,
    async start(env = {}) {
      const log = await open(logFile, 'a');
      const spawned = spawn(process.execPath, [PROGRAM, 'agent', '--config', configFile], {
        env: { ...process.env, ...options.env, ...env },
        stdio: ['ignore', 'pipe', log.fd],
      });
      await log.close();
      child = spawned;
      await new Promise<void>((resolve, reject) => {
        spawned.stdout?.once('data', () => resolve());
        spawned.once('exit', (code) =>
          reject(new Error(`the agent ended with ${code}: ${readFileSync(logFile, 'utf8').slice(-2000)}`)),
        );
      });
      spawned.stdout?.resume();
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async close() {
      await end('SIGKILL');
      await link.close();
    },
  };
}
