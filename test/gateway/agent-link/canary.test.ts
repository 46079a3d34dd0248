// The credential of an upstream that a remote agent holds is nowhere on the gateway's side: not in its files or log, not
// in its memory, not in what passes over the link in clear. The same search finds it in the agent, so it would find it.
import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { ensureAgentAuthority } from '../../../src/adapters/keys/agent-authority.ts';
import { type LinkIdentity, loadIdentity } from '../../../src/agent/link/identity.ts';
import { GATEWAY_NAME, LINK_PROTOCOL } from '../../../src/protocol/agent-link.ts';
import { openWorld, type UpstreamKind, type World } from '../../support/world.ts';

const CHUNK = 1 << 20;

/** Everything that a process has in memory (proc(5)), piece by piece. */
function* memoryOf(pid: number): Generator<Buffer> {
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line) ?? [];
      if (from === undefined || to === undefined || /\[v(?:var|syscall|var_vclock)\]/.test(line)) continue;
      const end = Number.parseInt(to, 16);
      // Pieces overlap: a canary may lie across their border.
      for (let at = Number.parseInt(from, 16); at < end; at += CHUNK) {
        const piece = Buffer.alloc(Math.min(CHUNK + 256, end - at));
        try {
          const length = readSync(file, piece, 0, piece.length, at);
          yield piece.subarray(0, length);
        } catch {} // a page that nobody may read, or that is gone
      }
    }
  } finally {
    closeSync(file);
  }
}

function whyNoMemory(): string | false {
  try {
    for (const piece of memoryOf(process.pid)) if (piece.length > 0) return false;
  } catch {}
  if (process.env['CI'] === 'true') throw new Error('/proc/PID/mem cannot be read');
  return '/proc/PID/mem cannot be read here';
}

function foundIn(pid: number, canaries: readonly string[]): readonly string[] {
  const forms = canaries.flatMap((canary) => [Buffer.from(canary, 'latin1'), Buffer.from(canary, 'utf16le')]);
  const found = new Set<string>();
  for (const piece of memoryOf(pid)) {
    forms.forEach((form, at) => {
      if (piece.includes(form)) found.add(canaries[at >> 1] as string);
    });
  }
  return [...found];
}

/** Stands between agent and gateway with the keys of both, and keeps what passes, in clear. */
async function listenIn(t: TestContext, world: World): Promise<{ readonly heard: Buffer[]; readonly port: number }> {
  const agent = world.agents[0] ?? assert.fail();
  const authority = await ensureAgentAuthority(join(world.directory, 'keys'), Date.now());
  const identity = loadIdentity(join(agent.directory, 'state')) as LinkIdentity;
  const heard: Buffer[] = [];
  const near = createServer({ ...authority.gatewayIdentity(Date.now()), ALPNProtocols: [LINK_PROTOCOL] }, (socket) => {
    const far: TLSSocket = connect({
      port: agent.link.port,
      ca: [authority.certificate],
      key: identity.key,
      cert: identity.certificate,
      servername: GATEWAY_NAME,
      ALPNProtocols: [LINK_PROTOCOL],
    });
    for (const [from, to] of [
      [socket, far],
      [far, socket],
    ] as const) {
      from.on('data', (part: Buffer) => void heard.push(part)).on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => near.listen(0, '127.0.0.1', resolve));
  t.after(() => near.close());
  return { heard, port: (near.address() as AddressInfo).port };
}

function canariesOf(world: World, upstream: UpstreamKind): readonly string[] {
  if (upstream === 'ssh') {
    // The end of an unencrypted OpenSSH key is its secret part.
    const lines = readFileSync(join(world.directory, 'upstream_key'), 'utf8').trim().split('\n');
    return [lines.at(-3) as string];
  }
  const password = readFileSync(join(world.directory, 'upstream-password'), 'utf8').trim();
  return [password, Buffer.from(`gate:${password}`).toString('base64')];
}

for (const upstream of ['http', 'ssh'] as const) {
  test(`the credential of an upstream over ${upstream} never comes to the gateway`, {
    skip: whyNoMemory(),
    timeout: 120_000,
  }, async (t) => {
    const world = await openWorld({ upstream, agent: 'remote', program: true });
    t.after(() => world.close());
    const agent = world.agents[0] ?? assert.fail();
    const { heard, port } = await listenIn(t, world);
    await agent.stop();
    const text = readFileSync(agent.configFile, 'utf8');
    writeFileSync(agent.configFile, text.replace(`127.0.0.1:${agent.link.port}`, `127.0.0.1:${port}`));
    await agent.start();
    await world.agentsConnected();

    const work = await world.clone('http', 'alice');
    await world.commit(work, 'alice', { 'marker.txt': 'seen-in-clear\n' });
    const pushed = await world.git('alice', ['-c', 'core.compression=0', 'push', 'origin', 'HEAD:refs/heads/canary'], {
      cwd: work,
    });
    assert.equal(pushed.code, 0, pushed.stderr);
    // What an upstream that refuses makes of it is said in words, and not with the credential.
    await world.upstreamRelay.goDown();
    await world.git('alice', ['ls-remote', 'origin'], { cwd: work });
    await world.upstreamRelay.comeBack();

    const canaries = canariesOf(world, upstream);
    const wire = Buffer.concat(heard);
    assert.ok(wire.includes('seen-in-clear'), 'what passes over the link was heard in clear');
    const { pid } = JSON.parse(readFileSync(join(world.dataDir, 'gateway.json'), 'utf8')) as { pid: number };
    assert.ok(foundIn(agent.pid(), canaries).length > 0, 'the search finds it where it is');
    assert.deepEqual(foundIn(pid, canaries), []);
    for (const canary of canaries) {
      assert.equal(wire.includes(canary), false);
      for (const place of ['data', 'keys', 'sallyport.yaml', 'gateway.log']) {
        for (const file of filesOf(join(world.directory, place))) {
          assert.equal(readFileSync(file).includes(canary), false, `${file} holds it`);
        }
      }
    }
  });
}

function filesOf(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
