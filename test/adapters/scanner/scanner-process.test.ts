// The gateway's scanner: the objects of large pushes are scanned in a process of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openScanner } from '../../../src/adapters/scanner/open-scanner.ts';
import { openScannerProcess } from '../../../src/adapters/scanner/scanner-process.ts';
import type { ObjectPlace, ObjectScan, SecretScanner } from '../../../src/domain/secrets/secret-scanner.ts';
import { childrenRunning } from '../../support/child-processes.ts';
import { PushLab } from '../../support/push-lab.ts';
import { sampleSecret } from '../../support/sample-secret.ts';

const SETTINGS = { fingerprintKey: Buffer.alloc(32, 7) };

describe('a scanner in a process of its own', () => {
  let lab: PushLab;
  let place: ObjectPlace;
  let oids: readonly string[];
  before(() => {
    lab = new PushLab('sha1');
    const secret = sampleSecret('github-personal-access-token');
    oids = Array.from({ length: 40 }, (_, at) =>
      lab.blob(at % 10 === 3 ? `token = "${secret}"\n# ${at}\n` : `line ${at}\n`),
    );
    place = { gitDir: lab.client };
  });
  after(() => lab.remove());

  async function found(scanner: SecretScanner): Promise<ReadonlyMap<string, ObjectScan>> {
    const scans = new Map<string, ObjectScan>();
    const wanted = oids.map((oid) => ({ oid, path: 'a.txt' }));
    const total = await scanner.scanRepository(place, { wanted, onScan: (oid, scan) => void scans.set(oid, scan) });
    assert.equal(total.objects, oids.length);
    return scans;
  }

  test('finds what threads find', async () => {
    const [near, far] = [openScanner(SETTINGS), openScannerProcess(SETTINGS)];
    try {
      const scans = await found(far);
      assert.equal(scans.size, 4);
      assert.deepEqual(scans, await found(near));
    } finally {
      await Promise.all([near.close(), far.close()]);
    }
  });

  test('rejects what waits when its process is killed, and starts another for the next', async () => {
    const scanner = openScannerProcess(SETTINGS);
    try {
      await found(scanner);
      const [pid] = children();
      assert.ok(pid !== undefined);
      const waiting = found(scanner);
      process.kill(pid, 'SIGKILL');
      await assert.rejects(waiting, { code: 'scanner-crashed' });
      assert.equal((await found(scanner)).size, 4);
    } finally {
      await scanner.close();
    }
  });

  test('rejects when it is called off, when an object is not there, and once it is closed', async () => {
    const scanner = openScannerProcess(SETTINGS);
    const stop = new AbortController();
    const called = scanner.scanRepository(place, { onScan: () => {}, signal: stop.signal });
    stop.abort();
    await assert.rejects(called, { code: 'scanner-closed' });
    const absent = { wanted: [{ oid: 'a'.repeat(40), path: '' }], onScan: () => {} };
    await assert.rejects(scanner.scanRepository(place, absent), { code: 'scanner-failed' });
    await scanner.close();
    await assert.rejects(found(scanner), { code: 'scanner-closed' });
  });
});

/** Processes of ours that run the scanner. */
function children(): readonly number[] {
  return childrenRunning('scanner/process-main');
}
