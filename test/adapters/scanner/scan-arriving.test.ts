// Packs that are scanned while they arrive, in this process's threads and in a process of their own.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Growth } from '../../../src/adapters/scanner/growing-file.ts';
import { type Held, openScanner } from '../../../src/adapters/scanner/open-scanner.ts';
import { scanPack } from '../../../src/adapters/scanner/scan-pack.ts';
import { openScannerProcess } from '../../../src/adapters/scanner/scanner-process.ts';
import { objectScannerOf, type ScannerSettings } from '../../../src/adapters/scanner/settings.ts';
import { HeldValues } from '../../../src/domain/secrets/held-values.ts';
import type { ArrivingPack, ArrivingScan, SecretScanner } from '../../../src/domain/secrets/secret-scanner.ts';
import { idOf, type MadePack, makePack } from '../../protocol/pack-making.ts';
import { sampleSecret } from '../../support/sample-secret.ts';

const SETTINGS: ScannerSettings = { fingerprintKey: Buffer.alloc(32, 7) };
const SECRET = sampleSecret('github-personal-access-token');
const HELD = 'a word that the agent holds';
const FROM = 7;

const kinds: readonly (readonly [string, (settings: ScannerSettings, held?: Held) => SecretScanner])[] = [
  ['threads', (settings, held) => openScanner(settings, held && { held })],
  ['a process', (settings, held) => openScannerProcess(settings, held && { held })],
];

for (const [what, open] of kinds) {
  describe(`an arriving pack, in ${what}`, () => {
    let directory: string;
    let pack: ArrivingPack;
    let made: MadePack;
    let scanner: SecretScanner;
    const texts = ['first\n', `token = "${SECRET}"\n`, 'third\n'];
    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'scan-arriving-'));
      const more = Array.from({ length: 30 }, () => randomBytes(100_000));
      const contents = [...texts.map((text) => Buffer.from(text)), ...more];
      made = makePack(contents.map((bytes) => ({ type: 'blob', bytes })));
      pack = { path: join(directory, 'request'), from: FROM, objectFormat: 'sha1' };
      writeFileSync(pack.path, Buffer.concat([Buffer.alloc(FROM), made.bytes]));
      scanner = open(SETTINGS);
    });
    after(async () => {
      await scanner.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const begin = (one: SecretScanner = scanner): ArrivingScan => one.scanArriving(pack) ?? assert.fail();
    const size = () => FROM + made.bytes.length;

    test('what is in it is known when it is over', async () => {
      const scan = begin();
      scan.grown(size());
      scan.end();
      const seen = (await scan.seen) ?? assert.fail();
      assert.deepEqual([...seen.offsets], made.offsets);
      const ids = texts.map((text) => idOf('blob', Buffer.from(text)));
      assert.equal(Buffer.from(seen.ids).toString('hex', 0, 60), ids.join(''));
      assert.deepEqual([...seen.scans.keys()], [made.offsets[1]]);
      const [finding] = seen.scans.get(made.offsets[1] ?? 0)?.findings ?? [];
      assert.deepEqual([finding?.rule, finding?.path, finding?.line], ['github-personal-access-token', '', 1]);
      assert.ok(!JSON.stringify([...seen.scans]).includes(SECRET));
    });

    test('when it ends early, what was there is known', async () => {
      const scan = begin();
      scan.grown(FROM + (made.offsets[2] ?? 0));
      scan.end();
      assert.deepEqual([...((await scan.seen)?.offsets ?? [])], made.offsets.slice(0, 2));
    });

    test('when it is stopped in the middle, what was seen is known', async () => {
      const scan = begin();
      scan.grown(FROM + Math.floor(made.bytes.length / 2));
      scan.stop();
      const seen = (await scan.seen) ?? assert.fail();
      assert.ok(seen.offsets.length < made.offsets.length);
      assert.deepEqual([...seen.offsets], made.offsets.slice(0, seen.offsets.length));
    });

    test('a file that is not there says nothing', async () => {
      const scan = scanner.scanArriving({ ...pack, path: join(directory, 'none') }) ?? assert.fail();
      scan.grown(100);
      scan.end();
      assert.equal(await scan.seen, undefined);
    });

    test('no more than two at once: the third is not looked at', async () => {
      const two = [begin(), begin()];
      const third = scanner.scanArriving(pack);
      assert.equal(await third?.seen, undefined);
      for (const scan of two) scan.grown(size());
      for (const scan of two) scan.end();
      for (const scan of two) assert.equal((await scan.seen)?.offsets.length, made.offsets.length);
    });

    test('not with rules that may be for files of a name', async () => {
      const other = open({ ...SETTINGS, gitleaks: { text: 'title = "x"\n' } });
      assert.equal(other.scanArriving(pack), undefined);
      await other.close();
      assert.equal(other.scanArriving(pack), undefined);
    });

    test('a scanner that is closed says nothing about it', async () => {
      const other = open(SETTINGS);
      const scan = begin(other);
      scan.grown(FROM + 20);
      await other.close();
      assert.equal(await scan.seen, undefined);
      scan.grown(size());
      scan.end();
      scan.stop();
    });
  });
}

test('of a pack full of secrets no more than so many are told early, and the rest is left for later', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'scan-arriving-'));
  try {
    const path = join(directory, 'request');
    const filler = 'x = 1\n'.repeat(1000);
    const blobs = Array.from({ length: 300 }, (_, at) => Buffer.from(`${at} ${SECRET}\n${filler}`));
    const made = makePack(blobs.map((bytes) => ({ type: 'blob', bytes })));
    writeFileSync(path, made.bytes);
    const growth = new Growth();
    growth.grown(made.bytes.length);
    growth.end('whole');
    const pack = { path, from: 0, objectFormat: 'sha1', growth: growth.memory } as const;
    for (const [most, expected] of [
      [2, 512 / 6],
      [10_000, 300],
    ] as const) {
      const { offsets, scans } = await scanPack(objectScannerOf(SETTINGS), pack, {}, () => {}, most);
      assert.equal(scans.size, offsets.length);
      // What is looked at together is told together.
      assert.ok(Math.abs(offsets.length - expected) < 10, `${offsets.length} objects`);
      assert.deepEqual([...offsets], made.offsets.slice(0, offsets.length));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('what the agent has learned while a pack arrived, nobody has looked for: then nothing was seen', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'scan-arriving-'));
  const held = new HeldValues({ key: randomBytes(32), values: [] });
  held.add(`${HELD} from the start`);
  const scanner = openScannerProcess(SETTINGS, { held });
  try {
    const path = join(directory, 'request');
    const made = makePack([{ type: 'blob', bytes: Buffer.from(`x = ${HELD} from the start\n`) }]);
    writeFileSync(path, made.bytes);
    for (const learns of [false, true]) {
      const scan = scanner.scanArriving({ path, from: 0, objectFormat: 'sha1' }) ?? assert.fail();
      scan.grown(made.bytes.length);
      if (learns) held.add(`${HELD} by now`);
      scan.end();
      const seen = await scan.seen;
      if (learns) assert.equal(seen, undefined);
      else assert.equal(seen?.scans.size, 1);
    }
  } finally {
    await scanner.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
