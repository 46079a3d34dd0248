// Whoever scans an object before its path is known relies on this list: rules may look at a path in no other way but
// through `reading.isOf`, which tells on them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isNamedFile, NAMED_FILES } from '../../../src/domain/secrets/named-files.ts';

const SECRETS = join(import.meta.dirname, '../../../src/domain/secrets');

test('rules ask for a path by this list only', () => {
  const asked: string[] = [];
  for (const folder of ['rules', 'build', 'generic']) {
    for (const name of readdirSync(join(SECRETS, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(SECRETS, folder, name), 'utf8');
      for (const line of text.split('\n'))
        if (/\breading\.path\b|\{[^}]*\bpath\b[^}]*\} = reading/.test(line)) asked.push(line);
    }
  }
  assert.ok(asked.length >= Object.keys(NAMED_FILES).length);
  for (const line of asked) assert.match(line, /NAMED_FILES\.\w+\.test\(reading\.path\)/);
});

describe('a file that its name makes known', () => {
  const names: readonly (readonly [string, boolean])[] = [
    ['.netrc', true],
    ['home/_netrc', true],
    ['my.netrc', false],
    ['.pgpass', true],
    ['a/pgpass.conf', true],
    ['.git-credentials', true],
    ['home/.config/git/credentials', true],
    ['home/.config', true],
    ['config/master.key', true],
    ['config/credentials/production.key', true],
    ['prod.tfstate', true],
    ['x!credentials', true],
    ['x!.netrc', true],
    ['prod.tfstate.1700000000.backup', true],
    ['prod.tfstate.txt', false],
    ['src/index.ts', false],
    ['', false],
  ];
  for (const [path, expected] of names) {
    test(`${path === '' ? 'no path' : path}: ${expected}`, () => assert.equal(isNamedFile(path), expected));
  }

  test('any other path adds nothing to the names of what is packed in it', () => {
    const parts = [
      '.config',
      'git',
      'credentials',
      'x.key',
      'master.key',
      '.netrc',
      '.pgpass',
      'a',
      'b.tfstate',
      '1.backup',
    ];
    const path = fc.array(fc.constantFrom(...parts), { maxLength: 4 }).map((list) => list.join('/'));
    fc.assert(
      fc.property(path, path, (outer, member) => {
        if (isNamedFile(outer)) return;
        for (const name of Object.values(NAMED_FILES)) {
          assert.equal(name.test(outer), false);
          assert.equal(name.test(`${outer}/${member}`), name.test(`/${member}`), `${outer} with ${member}`);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
