// Large pushes for real: they are searched while they arrive, and searched all the same when that cannot be.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { openScannerProcess } from '../../src/adapters/scanner/scanner-process.ts';
import type { ArrivingScan, EarlyScans, SecretScanner } from '../../src/domain/secrets/secret-scanner.ts';
import { childrenRunning } from '../support/child-processes.ts';
import { sampleSecret } from '../support/sample-secret.ts';
import { type Door, openWorld, type World } from '../support/world.ts';

const RULE = 'github-personal-access-token';
const SECRET = sampleSecret(RULE, 'arriving');
const MIB = 1 << 20;

/** The gateway's own scanner, and what it was asked. */
class Watched implements SecretScanner {
  readonly #scanner = openScannerProcess({ fingerprintKey: Buffer.alloc(32, 3) });
  seen: (EarlyScans | undefined)[] = [];
  /** Objects that were scanned when the pack was there. */
  later = 0;
  onGrown: () => void = () => {};

  scanObjects: SecretScanner['scanObjects'] = (objects, signal) => this.#scanner.scanObjects(objects, signal);
  warm: SecretScanner['warm'] = () => this.#scanner.warm();
  close: SecretScanner['close'] = () => this.#scanner.close();
  scanRepository: SecretScanner['scanRepository'] = (place, options) => {
    this.later += options.wanted?.length ?? 0;
    return this.#scanner.scanRepository(place, options);
  };

  scanArriving: SecretScanner['scanArriving'] = (pack) => {
    const scan = this.#scanner.scanArriving(pack) ?? assert.fail('nothing is scanned');
    const seen = scan.seen.then((value) => {
      this.seen.push(value);
      return value;
    });
    const grown: ArrivingScan['grown'] = (bytes) => {
      scan.grown(bytes);
      this.onGrown();
    };
    // Never stopped: on a busy machine the gateway would not wait to the end, and these tests count what is seen.
    return { grown, end: () => scan.end(), stop: () => {}, seen };
  };
}

describe('a large push', () => {
  let world: World;
  let cwd: string;
  const scanner = new Watched();
  before(async () => {
    world = await openWorld({ policy: 'version: 1\n', scanner });
    cwd = await world.clone('http', 'alice');
  });
  after(() => world?.close());
  beforeEach(async () => {
    scanner.seen = [];
    scanner.later = 0;
    scanner.onGrown = () => {};
    await world.git('alice', ['checkout', '-q', '-B', 'work', 'origin/main'], { cwd });
  });

  /** Three commits: a large one, a file, and a line in the middle of that file, which is sent as a delta. */
  async function commitLine(line: string, megabytes = 1): Promise<void> {
    for (let at = 0; at < megabytes; at++) await writeFile(join(cwd, `${at}.bin`), randomBytes(MIB));
    const lines = Array.from({ length: 800 }, (_, at) => `setting_${at} = ${at * 7919}\n`);
    await world.commit(cwd, 'alice', { 'size.txt': `${megabytes}\n` });
    await world.commit(cwd, 'alice', { 'conf.ini': lines.join('') });
    await world.commit(cwd, 'alice', { 'conf.ini': lines.toSpliced(400, 0, line).join('') });
  }

  const push = (door: Door, branch: string) =>
    world.git('alice', ['push', world.url(door, 'alice'), `HEAD:refs/heads/${branch}`], { cwd });

  for (const door of ['http', 'ssh'] as const) {
    test(`over ${door}: a secret that a delta brings is found while it arrives`, async () => {
      await commitLine(`token = "${SECRET}"\n`);
      const pushed = await push(door, `secret-${door}`);
      assert.equal(pushed.code, 1, pushed.stderr);
      assert.match(pushed.stderr, /\(refused: default: secrets\)/);
      assert.match(pushed.stderr, new RegExp(`conf\\.ini:401.* ${RULE} ghp_…`));
      assert.ok(!pushed.stderr.includes(SECRET));
      assert.equal((await world.upstreamRefs())[`refs/heads/secret-${door}`], undefined);
      const [seen] = scanner.seen;
      // Three commits, the large file, its size, both versions of the other one.
      assert.equal(seen?.offsets.length, 7);
      assert.equal(seen?.scans.size, 1);
      assert.equal(scanner.later, 0);
    });

    test(`over ${door}: without secrets it lands`, async () => {
      await commitLine('token = none\n');
      const pushed = await push(door, `clean-${door}`);
      assert.equal(pushed.code, 0, pushed.stderr);
      assert.equal(scanner.seen[0]?.offsets.length, 7);
      assert.equal(scanner.later, 0);
    });

    test(`over ${door}: when the scanner dies while it arrives, it is searched afterwards`, async () => {
      await commitLine(`token = "${SECRET}"\n`, 6);
      let killed = 0;
      scanner.onGrown = () => {
        if (killed === 0) for (const pid of scannerProcesses()) killed += Number(process.kill(pid, 'SIGKILL'));
      };
      const pushed = await push(door, `crash-${door}`);
      assert.equal(killed, 1);
      assert.equal(pushed.code, 1, pushed.stderr);
      assert.match(pushed.stderr, new RegExp(`conf\\.ini:401.* ${RULE} ghp_…`));
      assert.deepEqual(scanner.seen, [undefined]);
      assert.equal(scanner.later, 12);
    });
  }

  test('a small one is not scanned before it is there', async () => {
    await world.commit(cwd, 'alice', { 'a.txt': `${SECRET}\n` });
    const pushed = await push('http', 'small');
    assert.equal(pushed.code, 1, pushed.stderr);
    assert.deepEqual(scanner.seen, []);
    assert.equal(scanner.later, 0);
  });
});

function scannerProcesses(): readonly number[] {
  return childrenRunning('scanner/process-main');
}
