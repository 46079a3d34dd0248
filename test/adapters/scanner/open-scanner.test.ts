import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openScanner } from '../../../src/adapters/scanner/open-scanner.ts';
import { objectScannerOf, type ScannerSettings } from '../../../src/adapters/scanner/settings.ts';
import { HeldValues } from '../../../src/domain/secrets/held-values.ts';
import type { ObjectScan, ScannedObject } from '../../../src/domain/secrets/secret-scanner.ts';
import { npmToken, plainText } from '../../domain/secrets/support/tokens.ts';

const settings: ScannerSettings = { fingerprintKey: Buffer.alloc(32, 3) };
const scanner = openScanner(settings, { threads: 2 });
const own = objectScannerOf(settings);
after(() => scanner.close());

const CODE = (code: string) => (error: Error & { code?: string }) => error.code === code;

/** More than is done without a thread. */
function someObjects(count: number): ScannedObject[] {
  return Array.from({ length: count }, (_, at) => {
    const secret = at % 5 === 0 ? `\nkey = "${npmToken(`o${at}`)}"\n` : '';
    return { bytes: Buffer.from(plainText(`t${at}`, 4000) + secret), path: `dir/${at}.ts` };
  });
}

test('findings are the same from any thread, and with any cut into batches', async () => {
  const objects = someObjects(1200);
  const expected = objects.map((object) => own.scan(object));
  assert.deepEqual(await scanner.scanObjects(objects.slice(0, 3)), expected.slice(0, 3));
  assert.deepEqual(await scanner.scanObjects(objects), expected);
  assert.deepEqual(await scanner.scanObjects([]), []);
});

test('bytes in a buffer of their own are given away, views of a larger one are copied', async () => {
  const given = new Uint8Array(Buffer.from(plainText('given', 300_000)));
  const view = Buffer.from(given).subarray(0, 299_000);
  await scanner.scanObjects([{ bytes: given }, { bytes: view }]);
  assert.equal(given.length, 0);
  assert.equal(view.length, 299_000);
});

test('little bytes that unpack to much are handed on, and answered in full', async () => {
  const bytes = gzipSync(`${plainText('packed', 6 << 20)}\n${npmToken('packed')}`);
  const small = gzipSync(`${'x'.repeat(8 << 20)}\n${npmToken('packed')}`);
  assert.ok(small.length < 256 * 1024);
  const [first] = await scanner.scanObjects([{ bytes: small, path: 'a.gz' }]);
  assert.deepEqual(first, own.scan({ bytes: small, path: 'a.gz' }));
  const [second] = await scanner.scanObjects([{ bytes, path: 'b.gz' }]);
  assert.equal(second?.findings.length, 1);
});

test('a scan that takes too long is refused', async () => {
  const late = openScanner(settings, { threads: 1, silenceMs: 1 });
  await assert.rejects(late.scanObjects(someObjects(200)), CODE('scanner-deadline'));
  await late.close();
});

test('threads that crash are refused, not waited for', async () => {
  const broken = openScanner({ fingerprintKey: Buffer.alloc(4) }, { threads: 2 });
  await assert.rejects(broken.scanObjects(someObjects(200)), CODE('scanner-crashed'));
  await assert.rejects(broken.scanObjects(someObjects(1)), TypeError);
  await assert.rejects(broken.warm());
  await broken.close();
});

test('after a crash the next call gets another thread', async () => {
  const pool = openScanner(settings, { threads: 1 });
  const stop = new AbortController();
  const first = pool.scanObjects(someObjects(300), stop.signal);
  stop.abort();
  await assert.rejects(first, CODE('scanner-closed'));
  assert.equal((await pool.scanObjects(someObjects(100))).length, 100);
  await pool.close();
});

test('a closed scanner refuses what waits and what comes', async () => {
  const closing = openScanner(settings, { threads: 1 });
  const waiting = [1, 2, 3].map(() => closing.scanObjects(someObjects(100)));
  const settled = Promise.allSettled(waiting);
  await closing.close();
  for (const one of await settled) assert.equal(one.status, 'rejected');
  await assert.rejects(closing.scanObjects([]), CODE('scanner-closed'));
  await assert.rejects(closing.scanObjects(someObjects(100)), CODE('scanner-closed'));
  await assert.rejects(closing.warm(), CODE('scanner-closed'));
});

test('more than may wait is refused', async () => {
  const busy = openScanner(settings, { threads: 1, maxWaitingBytes: 1 << 20 });
  const calls = await Promise.allSettled([1, 2, 3, 4].map(() => busy.scanObjects(someObjects(200))));
  assert.ok(calls.some((call) => call.status === 'rejected' && CODE('scanner-busy')(call.reason)));
  assert.ok(calls.some((call) => call.status === 'fulfilled'));
  await busy.close();
});

test('all threads of a call pay from one purse', async () => {
  // Each alone would be within what a push may unpack, all together are not.
  const bomb = () => gzipSync(Buffer.alloc(60 << 20), { level: 1 });
  const objects = Array.from({ length: 8 }, () => ({ bytes: Buffer.from(bomb()), path: 'a.gz' }));
  const pad = { bytes: Buffer.from(plainText('pad', 300_000)), path: 'pad' };
  const scans = await scanner.scanObjects([...objects, pad]);
  const refused = scans.filter(({ notInspected }) => notInspected.length > 0);
  assert.ok(refused.length >= 5, `${refused.length} of 8`);
});

test('what the agent holds is found by digest in every thread, also what it learned since', async () => {
  const value = ['correct', 'horse', 'battery'].join('.');
  const held = new HeldValues({ key: Buffer.alloc(32, 5), values: [] });
  const pool = openScanner(settings, { threads: 1, held });
  const objects = (size: number) => [{ bytes: Buffer.from(`${plainText('held', size)}\nx: ${value}\n`) }];
  const rules = async (size: number) => (await pool.scanObjects(objects(size)))[0]?.findings.map(({ rule }) => rule);
  assert.deepEqual([await rules(10), await rules(300_000)], [[], []]);
  held.add(value);
  assert.deepEqual([await rules(10), await rules(300_000)], [['held-credential'], ['held-credential']]);
  await pool.close();
});

function makeRepository(): { gitDir: string; remove: () => void; git: (...args: string[]) => string } {
  const directory = mkdtempSync(join(tmpdir(), 'scan-repo-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      env,
      encoding: 'utf8',
    }).trim();
  git('init', '-q');
  for (let at = 0; at < 40; at++) writeFileSync(join(directory, `f${at}.txt`), plainText(`f${at}`, at * 2000));
  writeFileSync(join(directory, '.npmrc'), `//r/:_authToken=${npmToken('blob')}\n`);
  writeFileSync(join(directory, `${npmToken('name')}.txt`), 'a name\n');
  writeFileSync(join(directory, 'large.txt'), `${plainText('large', 3 << 20)}\n${npmToken('large')}\n`);
  git('add', '.');
  git('commit', '-qm', `message with ${npmToken('message')}`);
  git('tag', '-a', 'v1', '-m', `tag with ${npmToken('tag')}`);
  return { gitDir: join(directory, '.git'), git, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

const repository = makeRepository();
after(() => repository.remove());

async function scanAll(wanted?: { oid: string; path?: string }[]) {
  const told: { oid: string; scan: ObjectScan; index: number }[] = [];
  const done = await scanner.scanRepository(
    { gitDir: repository.gitDir },
    { ...(wanted && { wanted }), onScan: (oid, scan, index) => told.push({ oid, scan, index }) },
  );
  return { told, done };
}

test('every object of a repository is scanned: blobs, messages, tags and names', async () => {
  const { told, done } = await scanAll();
  const types = told.map(({ oid }) => repository.git('cat-file', '-t', oid)).sort();
  assert.deepEqual(types, ['blob', 'blob', 'commit', 'tag', 'tree']);
  assert.ok(told.every(({ scan, index }) => scan.findings.length === 1 && index === -1));
  assert.equal(
    done.objects,
    Number(repository.git('cat-file', '--batch-all-objects', '--batch-check').split('\n').length),
  );
});

test('wanted objects are scanned under their paths, each as often as it is asked for', async () => {
  const oid = repository.git('rev-parse', 'HEAD:.npmrc');
  const others = repository
    .git('ls-tree', '--object-only', 'HEAD')
    .split('\n')
    .map((one) => ({ oid: one, path: 'x' }));
  const wanted = [...others, { oid, path: 'a/.npmrc' }, { oid, path: 'b/.npmrc' }];
  const { told } = await scanAll(wanted);
  const paths = told.filter((one) => one.oid === oid).map(({ scan, index }) => [scan.findings[0]?.path, index]);
  assert.deepEqual(paths.slice(-2), [
    ['a/.npmrc', wanted.length - 2],
    ['b/.npmrc', wanted.length - 1],
  ]);
});

test('an object that is not there, or no object id at all, is a failure', async () => {
  await assert.rejects(scanAll([{ oid: 'a'.repeat(40) }]), CODE('scanner-failed'));
  await assert.rejects(scanAll([{ oid: 'HEAD:.npmrc' }]), CODE('scanner-failed'));
});

test('a repository that is not there is a failure', async () => {
  const nowhere = { gitDir: join(repository.gitDir, 'nowhere') };
  await assert.rejects(scanner.scanRepository(nowhere, { onScan: () => {} }), CODE('scanner-failed'));
});
