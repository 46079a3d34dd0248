import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLog } from '../../src/adapters/log/log.ts';
import { objectScannerOf } from '../../src/adapters/scanner/settings.ts';
import { secretSettings } from '../../src/gateway/secret-settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'secret-settings-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const lines: string[] = [];
const log = createLog({ destination: { write: (line: string) => lines.push(line) } });

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function rulesFound(config: Parameters<typeof secretSettings>[0], text: string): Promise<string[]> {
  const { scanner } = await secretSettings(config, log);
  const scan = objectScannerOf({ ...scanner, fingerprintKey: Buffer.alloc(32) }).scan({ bytes: Buffer.from(text) });
  return scan.findings.map(({ rule }) => rule);
}

test('rules of the file are found, also those of a file that it extends', async () => {
  file('base.toml', `[[rules]]\nid = "base"\nregex = '''base-[0-9]{8}'''\n`);
  const gitleaks = file(
    'rules.toml',
    `[extend]\npath = "base.toml"\n[[rules]]\nid = "own"\nregex = '''own-[0-9]{8}'''\n`,
  );
  assert.deepEqual(await rulesFound({ gitleaks, hashes: [] }, 'own-12345678 base-12345678'), ['own', 'base']);
});

test('values are found by their digest, with a length or without', async () => {
  const value = ['kingfisher', 'over', 'the', 'river'].join('-');
  const digest = createHash('sha256').update(value).digest('hex');
  for (const listed of [{ digest }, { digest, length: value.length }]) {
    assert.deepEqual(await rulesFound({ hashes: [listed] }, `x = ${value}\n`), ['listed-value']);
    assert.deepEqual(await rulesFound({ hashes: [listed] }, `x = ${value}s\n`), []);
  }
});

const BROKEN: readonly (readonly [fact: string, text: string, message: RegExp])[] = [
  ['no TOML', '[[rules]\n', /bad\.toml:1: the file is no TOML/],
  ['a pattern that is none', '\n[[rules]]\nid = "x"\nregex = "(?<bad"\n', /bad\.toml:2: rule x: /],
  [
    'a file to extend that is not there',
    '[extend]\npath = "nowhere.toml"\n',
    /bad\.toml: \[extend\] path "nowhere\.toml" cannot be read/,
  ],
];

for (const [fact, text, message] of BROKEN) {
  test(`a file that cannot be used is told with its line: ${fact}`, async () => {
    await assert.rejects(secretSettings({ gitleaks: file('bad.toml', text), hashes: [] }, log), message);
  });
}

test('a file that is not there stops the start as well', async () => {
  const nowhere = join(directory, 'nowhere');
  await assert.rejects(secretSettings({ gitleaks: nowhere, hashes: [] }, log), /nowhere cannot be read \(ENOENT\)/);
  await assert.rejects(
    secretSettings({ gitleaksIgnore: nowhere, hashes: [] }, log),
    /nowhere cannot be read \(ENOENT\)/,
  );
});

test('an ignore file names findings by path, rule and line, in one commit or in any', async () => {
  const commit = 'c'.repeat(40);
  const gitleaksIgnore = file('ignore', `a.ts:some-rule:3\n${commit}:b.ts:some-rule:1\nnot a fingerprint\n`);
  const { isIgnoredSecret } = await secretSettings({ gitleaksIgnore, hashes: [] }, log);
  const about = { rule: 'some-rule', severity: 'high', text: '' } as const;
  const ignored = (place: { path?: string; line?: number; commit?: string }) =>
    isIgnoredSecret?.({ ...about, ...place });
  assert.equal(ignored({ path: 'a.ts', line: 3 }), true);
  assert.equal(ignored({ path: 'a.ts', line: 4 }), false);
  assert.equal(ignored({ path: 'b.ts', line: 1, commit }), true);
  assert.equal(ignored({ path: 'b.ts', line: 1, commit: 'd'.repeat(40) }), false);
  assert.equal(ignored({ commit }), false);
  assert.ok(lines.some((line) => line.includes('ignore:3: ')));
});
