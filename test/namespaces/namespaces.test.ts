// Topology, in earnest: the developer's and the gateway's network have no route to the Git server, the agent listens
// nowhere, and still a push lands.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** A program that runs its arguments where network namespaces can be made; undefined = nowhere here. */
function namespaceMaker(): readonly string[] | undefined {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child'];
  const tries = [
    ['unshare', ...flags],
    ['unshare', '--map-root-user', ...flags],
  ];
  return tries.find(([program = '', ...rest]) => {
    try {
      execFileSync(program, [...rest, 'sh', '-c', `${PREPARE} && ip netns add probe && ip netns exec probe true`], {
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  });
}

/** `ip netns` keeps its names in /run, and no name of ours is to be seen outside. */
const PREPARE = 'mount -t proc proc /proc && mount -t tmpfs none /run';

interface Facts {
  readonly clone: { readonly code: number; readonly text: string };
  readonly push: { readonly code: number; readonly text: string };
  readonly landed: boolean;
  readonly fromDeveloper: string;
  readonly fromGateway: string;
  readonly fromAgent: string;
  readonly developerToAgent: string;
  readonly agentListens: readonly string[];
  readonly gatewayKnows: boolean;
}

function runLab(maker: readonly string[], directory: string): Promise<Facts> {
  const [program = '', ...rest] = maker;
  const main = join(import.meta.dirname, 'lab-main.ts');
  const child = spawn(
    program,
    [...rest, 'sh', '-c', `${PREPARE} && exec "$@"`, 'sh', process.execPath, main, directory],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      err += part;
    });
    child.once('close', () => {
      const line = out.split('\n').find((one) => one.startsWith('{'));
      if (line === undefined) reject(new Error(`the lab said nothing: ${err.slice(-3000)}`));
      else resolve(JSON.parse(line) as Facts);
    });
  });
}

const maker = namespaceMaker();
const missing = 'network namespaces cannot be made here (unshare and ip, and the right to use them)';
if (maker === undefined) {
  // A suite that silently leaves this out proves nothing.
  if (process.env['CI'] === 'true') throw new Error(missing);
  process.stderr.write(`the test of separate networks is left out: ${missing}\n`);
}

test('a push lands at a Git server that neither developer nor gateway has a route to', {
  skip: maker === undefined && missing,
  timeout: 120_000,
}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-namespaces-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const facts = await runLab(maker ?? [], directory);
  assert.deepEqual([facts.clone.code, facts.push.code], [0, 0], JSON.stringify(facts));
  assert.equal(facts.landed, true);
  assert.deepEqual([facts.fromDeveloper, facts.fromGateway], ['ENETUNREACH', 'ENETUNREACH']);
  assert.equal(facts.fromAgent, 'connected');
  assert.equal(facts.developerToAgent, 'ENETUNREACH');
  assert.deepEqual(facts.agentListens, [], 'the agent listens nowhere');
  assert.equal(facts.gatewayKnows, false, "where the Git server is, is in the agent's configuration alone");
});
