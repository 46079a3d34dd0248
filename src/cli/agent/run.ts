// `sallyport agent`: the process beside the Git server. What it loads is what it needs: it has to be there again within
// a moment.
import { resolve } from 'node:path';
import type { AgentConfig } from '../../adapters/config/config.ts';
import { formatProblem, loadAgentConfig } from '../../adapters/config/load.ts';
import { readSecret, SecretError, writeSecret } from '../../adapters/config/secret.ts';
import { createAgent } from '../../agent/agent.ts';
import { DialError, IdentityError, type RunningAgent, runAgent } from '../../agent/link/run.ts';
import { TargetError } from '../../agent/target.ts';
import { linkPingMsFrom } from '../../gateway/fail-point.ts';
import { VERSION } from '../../gateway/version.ts';
import { stopSignal } from '../stop-signal.ts';
import { stderrLog } from './log.ts';
import { collectSpentBuffers } from './spent-buffers.ts';

export const DEFAULT_AGENT_CONFIG = 'sallyport-agent.yaml';

/** Why the agent cannot run; each line for its operator. */
export class AgentStartError extends Error {}

/** Runs until it is told to stop, or until the gateway will have no more of it. One line on stdout: it is connected. */
export async function runAgentProcess(file: string): Promise<void> {
  const config = await loadSettings(file);
  const stopped = stopSignal();
  collectSpentBuffers();
  let running: RunningAgent;
  try {
    running = await start(config);
  } catch (error) {
    if (
      error instanceof IdentityError ||
      error instanceof DialError ||
      error instanceof TargetError ||
      error instanceof SecretError
    ) {
      throw new AgentStartError(error.message);
    }
    throw error;
  }
  void running.ready.then(() =>
    process.stdout.write(`sallyport agent ${config.name} is connected, pid ${process.pid}\n`),
  );
  const signal = await Promise.race([stopped, running.ended.catch((error: unknown) => fail(error))]);
  if (typeof signal === 'string') stderrLog.info({ signal }, 'stopping');
  await running.stop();
}

function fail(error: unknown): never {
  throw error instanceof IdentityError ? new AgentStartError(error.message) : error;
}

async function start(config: AgentConfig): Promise<RunningAgent> {
  const { joinToken, pin } = config;
  const agent = createAgent({
    upstreams: config.upstreams,
    credentials: config.credentials,
    readSecret: (source) => readSecret(source, config.file),
    writeSecret: (source, text) => writeSecret(source, text),
    log: stderrLog,
  });
  // Beside the connection to the gateway: nobody asks before that stands.
  void agent.learn();
  return runAgent({
    settings: {
      name: config.name,
      gateway: config.gateway,
      stateDir: config.stateDir,
      links: config.links,
      pingMs: linkPingMsFrom(process.env['SALLYPORT_LINK_PING_MS']),
      ...(pin !== undefined && { pin }),
    },
    agent,
    upstreams: config.upstreams.map(({ name }) => name),
    version: VERSION,
    log: stderrLog,
    // It is used once: that it is gone by the next start is as it should be.
    joinToken: async () =>
      joinToken === undefined ? undefined : readSecret(joinToken, config.file).catch(() => undefined),
  });
}

/** The configuration of an agent. Throws AgentStartError with every problem and its line. */
export async function loadSettings(file: string): Promise<AgentConfig> {
  const loaded = await loadAgentConfig(file);
  if (loaded.outcome === 'ok') return loaded.config;
  throw new AgentStartError(loaded.problems.map((problem) => formatProblem(resolve(file), problem)).join('\n'));
}
