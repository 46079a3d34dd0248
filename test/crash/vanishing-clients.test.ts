// Clients whose connection ends at any byte of a push. Only a whole request counts, nothing is left of the others, and
// the gateway goes on serving.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Relay, startRelay } from '../support/upstream/relay.ts';
import { type Door, run } from '../support/world.ts';
import { type Change, CrashLab, environment, until } from './crash-lab.ts';

const FILE_BYTES = 400_000;
const RECEIVE_TIMEOUT_MS = 4_000;

/** Over HTTP a small request has a length, a large one comes in chunks, after a probe (http.postBuffer). */
const WAYS: readonly (readonly [string, Door, readonly string[]])[] = [
  ['over http, with a length', 'http', []],
  ['over http, in chunks', 'http', ['-c', 'http.postBuffer=65536']],
  ['over ssh', 'ssh', []],
];
/** Parts of all that the client sends: in its greetings, its commands, at the begin, in and near the end of its pack. */
const REQUEST_PARTS = [0.0005, 0.01, 0.03, 0.3, 0.8, 0.999] as const;

describe('a client that vanishes', () => {
  let lab: CrashLab;
  let changes: readonly Change[];
  const relays = new Map<Door, Relay>();

  before(async () => {
    lab = await CrashLab.open({
      upstream: 'http',
      gateway: `  limits: { receiveTimeout: ${RECEIVE_TIMEOUT_MS / 1000}s }`,
    });
    const refs = Array.from({ length: 40 }, (_, at) => `refs/heads/vanished-${at}`);
    changes = await lab.changes(refs.map((refName, at) => ({ refName, exists: at % 2 === 0, bytes: FILE_BYTES })));
    relays.set('http', await startRelay(Number(new URL(lab.world.http).port)));
    relays.set('ssh', await startRelay(Number(lab.world.ssh.split(':')[1])));
    // ssh knows the host by its port.
    const known = join(lab.world.directory, 'home/known_hosts');
    const port = relays.get('ssh')?.port;
    await appendFile(known, (await readFile(known, 'utf8')).replaceAll(/\]:\d+ /g, `]:${port} `));
  });
  after(async () => {
    await lab.close();
    for (const relay of relays.values()) await relay.close();
  });

  let taken = 0;
  const next = () => changes[taken++] as Change;
  const relayOf = (door: Door) => relays.get(door) as Relay;
  const urlThrough = (door: Door) => {
    const url = new URL(lab.world.url(door, 'alice'));
    url.port = `${relayOf(door).port}`;
    return url.href;
  };

  const tipOf = async (refName: string) => (await lab.world.upstreamRefs())[refName];

  for (const [way, door, git] of WAYS) {
    test(`${way}: before its request is whole, nothing goes upstream; after, everything`, async (t) => {
      const relay = relayOf(door);
      const start = { ...relay.bytes };
      const whole = await lab.push(door, [next()], { url: urlThrough(door), git });
      assert.equal(whole.code, 0, whole.stderr);
      const total = { up: relay.bytes.up - start.up, down: relay.bytes.down - start.down };
      const openBefore = await openFiles(lab);

      for (const part of REQUEST_PARTS) {
        await t.test(`after ${part * 100} % of its bytes`, async () => {
          const change = next();
          relay.cutAfterUp(Math.max(1, Math.round(total.up * part)));
          const cut = await lab.push(door, [change], { url: urlThrough(door), git });
          await lab.settled(change.refName);
          const pushes = await lab.pushesTo(change.refName);
          // curl may send a request of known length once more, on another connection; that is another push.
          const again = cut.code === 0 ? pushes.slice(-1) : [];
          assert.deepEqual(
            again.map(({ state }) => state),
            cut.code === 0 ? ['landed'] : [],
          );
          for (const push of pushes.slice(0, pushes.length - again.length)) {
            assert.equal(push.state, 'refused');
            assert.equal(push.verdict?.reasons[0]?.rule, 'interrupted');
          }
          if (cut.code !== 0) assert.equal((await tipOf(change.refName)) ?? '0'.repeat(40), change.oldOid);
          await assertNothingRuns(lab);
        });
      }

      await t.test('while it is being answered', async () => {
        const change = next();
        relay.cutAfterDown(total.down - 40);
        await lab.push(door, [change], { url: urlThrough(door), git });
        assert.equal((await lab.settled(change.refName))?.state, 'landed');
      });

      await lab.assertSound();
      await until('connections and files to be closed', async () =>
        (await openFiles(lab)) <= openBefore + SLACK ? { value: undefined } : undefined,
      );
      assert.equal((await lab.push(door, [next()], { url: urlThrough(door), git })).code, 0);
    });
  }

  test('without a word: what it began is given up when its time is over', async () => {
    const ends = WAYS.map(async ([, door, git]) => {
      const change = next();
      const relay = await startRelay(Number(new URL(urlThrough(door)).port));
      relay.swallowAfterUp(FILE_BYTES / 4);
      const url = new URL(urlThrough(door));
      url.port = `${relay.port}`;
      const checked = [...git, '-c', `core.sshCommand=${lab.world.environment('alice')['GIT_SSH_COMMAND']}`];
      const options = door === 'ssh' ? { url: url.href, git: checked } : { url: url.href, git };
      if (door === 'ssh') await knowAlso(lab, relay.port);
      await lab.push(door, [change], options);
      const end = await lab.settled(change.refName);
      await relay.close();
      return end;
    });
    for (const end of await Promise.all(ends)) {
      assert.equal(end?.state, 'refused');
      assert.match(end?.verdict?.reasons[0]?.text ?? '', /did not arrive within the time limit|the client left/);
    }
    await assertNothingRuns(lab);
    await lab.assertSound();
  });
});

/** Warm processes, kept-alive connections to the upstream: they come and go. */
const SLACK = 12;

async function openFiles(lab: CrashLab): Promise<number> {
  const directory = `/proc/${await lab.pid()}/fd`;
  return existsSync(directory) ? (await readdir(directory)).length : 0;
}

async function knowAlso(lab: CrashLab, port: number): Promise<void> {
  const known = join(lab.world.directory, 'home/known_hosts');
  const [first = ''] = (await readFile(known, 'utf8')).split('\n');
  await appendFile(known, `${first.replace(/\]:\d+ /, `]:${port} `)}\n`);
}

/** No git of the gateway still reads a pack. */
async function assertNothingRuns(lab: CrashLab): Promise<void> {
  const gateway = await lab.pid();
  await until('index-pack to end', async () => {
    const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args='], environment(), '/');
    const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line));
    const family = new Set([gateway]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const row of rows) {
        if (row === null || family.has(Number(row[1])) || !family.has(Number(row[2]))) continue;
        family.add(Number(row[1]));
        grown = true;
      }
    }
    const busy = rows.filter((row) => row !== null && family.has(Number(row[1])) && / index-pack /.test(` ${row[3]} `));
    return busy.length === 0 ? { value: undefined } : undefined;
  });
}
