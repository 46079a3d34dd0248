// Clients whose connection ends at any byte of a push. Only a whole request counts, nothing is left of the others, and
// the gateway goes on serving.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Relay, startRelay } from '../support/upstream/relay.ts';
import { type Door, run } from '../support/world.ts';
import { type Change, CrashLab, environment, until } from './crash-lab.ts';

const FILE_BYTES = 400_000;
const RECEIVE_TIMEOUT_MS = 3_000;

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
  let doors: Doors;
  /** Whose push was cut off before it was whole, and was not tried again by the client's own library. */
  const unfinished: Change[] = [];

  before(async () => {
    lab = await CrashLab.open({ upstream: 'http' });
    const refs = Array.from({ length: 30 }, (_, at) => `refs/heads/vanished-${at}`);
    changes = await lab.changes(refs.map((refName, at) => ({ refName, exists: at % 2 === 0, bytes: FILE_BYTES })));
    doors = await Doors.open(lab);
  });
  afterEach((context) => lab.recover(context));
  after(async () => {
    await lab.close();
    await doors.close();
  });

  let taken = 0;
  const next = () => changes[taken++] as Change;

  for (const [way, door, git] of WAYS) {
    test(`${way}: before its request is whole, nothing goes upstream; after, everything`, async (t) => {
      const relay = doors.relay(door);
      const push = (change: Change) => lab.push(door, [change], { url: doors.url(door), git });
      const start = relay.bytes.up;
      const whole = await push(next());
      assert.equal(whole.code, 0, whole.stderr);
      const total = relay.bytes.up - start;
      const openBefore = await openFiles(lab);

      for (const part of REQUEST_PARTS) {
        await t.test(`after ${part * 100} % of its bytes`, async () => {
          const change = next();
          relay.cutAfterUp(Math.max(1, Math.round(total * part)));
          const cut = await push(change);
          await relay.mend();
          const last = await lab.settled(change.refName);
          // curl may send a request of known length once more, on another connection; that is another push.
          if (cut.code === 0) assert.equal(last?.state, 'landed');
          else unfinished.push(change);
          await assertNothingRuns(lab);
        });
      }

      await t.test('while it is being answered', async () => {
        const change = next();
        await lab.arm('after-outcome', 'stop');
        const pushing = push(change);
        const goOn = await lab.stopped();
        relay.cutAfterDown(20);
        goOn();
        await pushing;
        await relay.mend();
        assert.equal((await lab.settled(change.refName))?.state, 'landed');
      });

      await lab.assertSound();
      await until('connections and files to be closed', async () =>
        (await openFiles(lab)) <= openBefore + SLACK ? { value: undefined } : undefined,
      );
      assert.equal((await push(next())).code, 0);
    });
  }

  test('leaves a refused push, or none, and its ref where it was', async () => {
    // The gateway may hear of an end after the client's own: it stops when it has heard of all.
    await lab.world.stop();
    await lab.world.start();
    const tips = await lab.world.upstreamRefs();
    for (const change of unfinished) {
      assert.equal(tips[change.refName] ?? '0'.repeat(40), change.oldOid);
      for (const { state, verdict } of await lab.pushesTo(change.refName)) {
        assert.deepEqual([state, verdict?.reasons[0]?.rule], ['refused', 'interrupted']);
      }
    }
    assert.ok(unfinished.length >= REQUEST_PARTS.length, 'most of them were cut off for good');
    await lab.assertSound();
  });
});

test('a client that falls silent without a goodbye: what it began is given up when its time is over', async (t) => {
  const lab = await CrashLab.open({
    upstream: 'http',
    gateway: `  limits: { receiveTimeout: ${RECEIVE_TIMEOUT_MS / 1000}s }`,
  });
  t.after(() => lab.close());
  const refs = WAYS.map((_, at) => ({ refName: `refs/heads/silent-${at}`, exists: at === 0, bytes: FILE_BYTES }));
  const changes = await lab.changes(refs);
  const ends = WAYS.map(async ([, door, git], at) => {
    const doors = await Doors.open(lab);
    doors.relay(door).swallowAfterUp(FILE_BYTES / 4);
    const change = changes[at] as Change;
    await lab.push(door, [change], { url: doors.url(door), git });
    await lab.settled(change.refName);
    // curl may have tried again on another connection, which was not lost.
    const [first] = await lab.pushesTo(change.refName);
    await doors.close();
    return first;
  });
  for (const end of await Promise.all(ends)) {
    assert.equal(end?.state, 'refused');
    assert.match(end?.verdict?.reasons[0]?.text ?? '', /did not arrive within the time limit|the client left/);
  }
  await assertNothingRuns(lab);
  await lab.assertSound();
});

/** Relays before both doors of a gateway. */
class Doors {
  readonly #lab: CrashLab;
  readonly #relays: ReadonlyMap<Door, Relay>;

  private constructor(lab: CrashLab, relays: ReadonlyMap<Door, Relay>) {
    this.#lab = lab;
    this.#relays = relays;
  }

  static async open(lab: CrashLab): Promise<Doors> {
    const http = await startRelay(Number(new URL(lab.world.http).port));
    const ssh = await startRelay(Number(lab.world.ssh.split(':')[1]));
    // ssh knows the host by its port.
    const known = join(lab.world.directory, 'home/known_hosts');
    const lines = (await readFile(known, 'utf8'))
      .split('\n')
      .filter((line) => line.includes(lab.world.ssh.split(':')[1] ?? ''));
    await appendFile(known, lines.map((line) => `${line.replace(/\]:\d+ /, `]:${ssh.port} `)}\n`).join(''));
    return new Doors(
      lab,
      new Map([
        ['http', http],
        ['ssh', ssh],
      ]),
    );
  }

  relay(door: Door): Relay {
    return this.#relays.get(door) as Relay;
  }

  url(door: Door): string {
    const url = new URL(this.#lab.world.url(door, 'alice'));
    url.port = `${this.relay(door).port}`;
    return url.href;
  }

  async close(): Promise<void> {
    for (const relay of this.#relays.values()) await relay.close();
  }
}

/** Warm processes, kept-alive connections to the upstream: they come and go. */
const SLACK = 12;

async function openFiles(lab: CrashLab): Promise<number> {
  const directory = `/proc/${await lab.pid()}/fd`;
  return existsSync(directory) ? (await readdir(directory)).length : 0;
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
