import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { scanFiles } from '../../../src/adapters/scanner/scan-files.ts';
import { objectScannerOf } from '../../../src/adapters/scanner/settings.ts';
import { walkFiles } from '../../../src/adapters/scanner/walk-files.ts';
import { npmToken, plainText } from '../../domain/secrets/support/tokens.ts';

const scanner = objectScannerOf({ fingerprintKey: Buffer.alloc(32, 1) });
const root = mkdtempSync(join(tmpdir(), 'scan-files-'));
after(() => rmSync(root, { recursive: true, force: true }));

writeFileSync(join(root, 'small.txt'), `a ${npmToken('small')}\n`);
writeFileSync(join(root, 'large.txt'), `${plainText('large', 700_000)}\n${npmToken('large')}\n`);
writeFileSync(join(root, 'empty'), '');
symlinkSync('small.txt', join(root, 'link'));
mkdirSync(join(root, 'sub', '.git'), { recursive: true });
writeFileSync(join(root, 'sub', '.git', 'config'), npmToken('git'));
writeFileSync(join(root, 'sub', 'x.txt'), 'x');
execFileSync('mkfifo', [join(root, 'pipe')]);

async function listed(walk: ReturnType<typeof walkFiles>) {
  const all = [];
  for await (const one of walk) all.push(one);
  return all;
}

const asked = (name: string) => ({ file: join(root, name), path: `p/${name}` });

test('files small and large are scanned, one answer each in order', () => {
  const scans = scanFiles(scanner, ['small.txt', 'large.txt', 'empty'].map(asked));
  const told = scans.map((one) => (one.outcome === 'scanned' ? [one.path, one.scan.findings.length] : one.code));
  assert.deepEqual(told, [
    ['p/small.txt', 1],
    ['p/large.txt', 1],
    ['p/empty', 0],
  ]);
});

const UNREADABLE = [
  ['one that is gone', 'gone.txt', 'ENOENT'],
  ['one that became a symlink', 'link', 'ELOOP'],
  ['a pipe, which is not waited for', 'pipe', 'not a file'],
  ['a directory', 'sub', 'not a file'],
] as const;

for (const [fact, name, code] of UNREADABLE) {
  test(`what cannot be read is an answer, and hides no other: ${fact}`, () => {
    const [first, second] = scanFiles(scanner, [asked(name), asked('small.txt')]);
    assert.deepEqual(first, { outcome: 'unreadable', path: `p/${name}`, code });
    assert.equal(second?.outcome, 'scanned');
  });
}

test('a walk tells the files below a directory in order, without links, pipes and .git', async () => {
  const walked = await listed(walkFiles(root, (path) => path === 'empty'));
  assert.deepEqual(
    walked.map(({ path }) => path),
    ['large.txt', 'small.txt', 'sub/x.txt'],
  );
});

test('a directory that cannot be listed is told', async () => {
  const walked = await listed(walkFiles(join(root, 'nowhere'), () => false));
  assert.deepEqual(walked, [{ kind: 'unreadable', path: '.', code: 'ENOENT' }]);
});
