// A port for agents over a real store, without the rest of a gateway, and agents that join and serve it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type AgentAuthority, ensureAgentAuthority } from '../../../src/adapters/keys/agent-authority.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import { openStore, type Store } from '../../../src/adapters/store/store.ts';
import type { Agent } from '../../../src/agent/agent.ts';
import type { GatewayPlace } from '../../../src/agent/link/connect.ts';
import { type RunningAgent, runAgent } from '../../../src/agent/link/run.ts';
import type { AgentLog } from '../../../src/agent/log.ts';
import { newJoinToken } from '../../../src/domain/join-token.ts';
import type { UpstreamAgent } from '../../../src/domain/ports.ts';
import { createLinkServer, type LinkServer } from '../../../src/gateway/agent-link/link-server.ts';

export const DAY = 24 * 3600e3;
export const LIFE = 30 * DAY;

export interface LinkLab {
  readonly directory: string;
  readonly store: Store;
  readonly authority: AgentAuthority;
  readonly server: LinkServer;
  readonly place: GatewayPlace;
  /** Added to this machine's clock by the gateway. */
  skew: number;
  token(name: string, life?: number): Promise<string>;
  /** Starts an agent in a state directory of its own name (or another), which joins when it is given a token. */
  agent(name: string, options?: AgentOptions): Promise<RunningAgent>;
  /** What agents logged. */
  readonly said: string[];
}

export interface AgentOptions {
  readonly token?: string;
  readonly state?: string;
  readonly place?: GatewayPlace;
  readonly pin?: string;
  readonly upstreams?: readonly string[];
  readonly serves?: Partial<UpstreamAgent>;
  readonly links?: number;
}

/** RSA keys take long: one authority for all labs of a process, and another one for impostors. */
const authorities = new Map<string, Promise<AgentAuthority>>();

export function authorityNamed(name: string): Promise<AgentAuthority> {
  const known = authorities.get(name);
  if (known !== undefined) return known;
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-authority-'));
  const made = ensureAgentAuthority(directory, Date.now() - 100 * DAY).finally(() =>
    rmSync(directory, { recursive: true, force: true }),
  );
  authorities.set(name, made);
  return made;
}

export async function openLinkLab(
  t: TestContext,
  options: { readonly authority?: string; readonly pingMs?: number } = {},
): Promise<LinkLab> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-link-'));
  const authority = await authorityNamed(options.authority ?? 'ours');
  const lab = { skew: 0, said: [] as string[] };
  const clock = { now: () => Date.now() + lab.skew };
  const store = await openStore({ file: join(directory, 'sallyport.db'), auditDir: join(directory, 'audit'), clock });
  const server = createLinkServer({
    listen: { host: '127.0.0.1', port: 0 },
    authority,
    agents: store.agents,
    trail: store.trail,
    clock,
    log: createLog({ level: 'silent' }),
    certificateLife: LIFE,
    pingMs: options.pingMs ?? 15_000,
  });
  const { port } = await server.start();
  const place = { host: '127.0.0.1', port };
  const running: RunningAgent[] = [];
  t.after(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await server.close(0);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const note = (_fields: object, message: string) => void lab.said.push(message);
  const log: AgentLog = { debug: note, info: note, warn: note, error: note };
  return Object.assign(lab, {
    directory,
    store,
    authority,
    server,
    place,
    async token(name: string, life = 60_000) {
      const { text, hash } = newJoinToken(authority.pin);
      const now = clock.now();
      const token = {
        id: `join-${hash.slice(0, 8)}`,
        agent: name,
        createdBy: 'root',
        createdAt: now,
        expiresAt: now + life,
      };
      await store.agents.addJoinToken(token, hash, { type: 'admin.changed', body: {} });
      return text;
    },
    async agent(name: string, asked: AgentOptions = {}) {
      const started = await runAgent({
        settings: {
          name,
          gateway: asked.place ?? place,
          stateDir: join(directory, asked.state ?? name),
          links: asked.links ?? 1,
          pingMs: options.pingMs ?? 15_000,
          ...(asked.pin !== undefined && { pin: asked.pin }),
        },
        agent: { ...NOBODY, ...asked.serves },
        upstreams: asked.upstreams ?? ['main'],
        version: '1.2.3',
        log,
        joinToken: async () => asked.token,
      });
      started.ended.catch(() => {});
      running.push(started);
      return started;
    },
  });
}

const NOBODY: Agent = {
  advertise: async () => ({ outcome: 'not-found' }),
  uploadPack: async () => ({ outcome: 'not-found' }),
  receivePack: async () => ({ outcome: 'not-found' }),
  check: async () => ({ ok: false, text: '' }),
  learn: async () => {},
  close: async () => {},
};

/** Asks until it is so. A condition, not a pause: the deadline only says when it is hopeless. */
export async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
