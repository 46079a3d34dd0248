// An object that was scanned before its path was known tells what a scan with the path tells, or is scanned again: for
// every rule, in files of every kind, as it is and packed.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { isNamedFile } from '../../../../src/domain/secrets/named-files.ts';
import { EarlyLookup } from '../../../../src/domain/secrets/push/early-lookup.ts';
import type { SecretRule } from '../../../../src/domain/secrets/rule.ts';
import { ALL_RULES } from '../../../../src/domain/secrets/rules/all.ts';
import { createObjectScanner, type ObjectScanner } from '../../../../src/domain/secrets/scan-object.ts';
import type { ObjectScan } from '../../../../src/domain/secrets/secret-scanner.ts';
import { corpus } from '../corpus/corpus.ts';
import { tarOf } from '../support/archives.ts';
import { expand } from '../support/fixture.ts';
import { seeded } from '../support/random.ts';
import { contextsOf, sampleValue } from '../support/sample.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../../fixtures/secrets');
const OFFSET = 12;
const OID = 'ab'.repeat(20);
const VIEW = { count: 1, find: () => 0, oidAt: () => OID, isSent: () => true, offsetAt: () => OFFSET };

/** Every way in which a rule knows a file, names that are nearly one, and archives around them. */
const PATHS = [
  ...['', 'a.ts', 'lib/a.py', 'a.json', 'a.unknown', 'a.md', 'b.TXT', 'x.log', 'README', 'docs/README', '.env'],
  ...['a.yml', 'x/b.YAML', 'top.sls', '.netrc', 'home/_netrc', 'a.netrc', '.pgpass', 'x/pgpass.conf', 'a.pgpass'],
  ...['.git-credentials', 'x/.git-credentials', '.config/git/credentials', '.config', 'x/.config/git', 'git'],
  ...['master.key', 'config/master.key', 'credentials/prod.key', 'credentials', 'x/credentials', 'prod.key'],
  ...['a.tfstate', 'x/a.tfstate.backup', 'a.tfstate.17.backup', 'a.tfstate.txt', 'a.gz', 'a.md.gz', 'x.tar'],
  ...['a!.netrc', 'a!master.key', 'a!credentials', 'a!b.md', 'a!README', '!', 'a!', 'a.ts!b'],
] as const;
const BY_NAME = new Set([
  ...['git-credentials-file', 'netrc-password', 'pgpass-password', 'rails-master-key-file'],
  ...['terraform-state-file', 'terraform-state-secret'],
]);
const MEMBERS = [
  'a.ts',
  'a.md',
  'README',
  '.netrc',
  'x.key',
  'git/credentials',
  'b.yml',
  's.tfstate',
  'credentials/x.key',
];

/** What was seen before anybody knew of a path. */
function lookup(scan: ObjectScan): EarlyLookup {
  return new EarlyLookup(
    { offsets: Uint32Array.of(OFFSET), ids: Buffer.from(OID, 'hex'), scans: new Map([[OFFSET, scan]]) },
    VIEW,
  );
}

/** Objects that share what checks may cost. */
const GROUP = 16;

function scanAll(scanner: ObjectScanner, objects: readonly Buffer[], path?: string): ObjectScan[] {
  const scans: ObjectScan[] = [];
  for (let at = 0; at < objects.length; at += GROUP) {
    const group = objects.slice(at, at + GROUP);
    scans.push(...scanner.scanAll(group.map((bytes) => (path === undefined ? { bytes } : { bytes, path }))));
  }
  return scans;
}

/** How often an object with a path must be scanned again; fails where it says something else than a scan with the path. */
function scannedAgain(scanner: ObjectScanner, objects: readonly Buffer[]): number {
  const early = scanAll(scanner, objects).map(lookup);
  let again = 0;
  for (const path of PATHS) {
    const later = scanAll(scanner, objects, path);
    for (const [at, one] of early.entries()) {
      const known = one.scanAt(0, path);
      if (known === undefined) again += 1;
      else if (path !== '') assert.deepEqual(known, later[at], `${path}: ${objects[at]?.toString('latin1')}`);
    }
  }
  return again;
}

function packed(text: Buffer): Buffer[] {
  const members = MEMBERS.map((name) => ({ name, content: text }));
  return [tarOf(members), Buffer.from(`data: ${text.toString('base64')}\n`)];
}

function textsOf(rule: SecretRule): Buffer[] {
  const random = seeded(`early ${rule.id}`);
  const { shape } = rule;
  const made = shape === undefined ? [] : contextsOf(rule, sampleValue(shape, random), random);
  const folder = resolve(FIXTURES, rule.id);
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const fixtures = names.map((name) => expand(readFileSync(resolve(folder, name), 'latin1'), rule, name).text);
  return [...made, ...fixtures].map((text) => Buffer.from(text, 'latin1'));
}

const KEY = Buffer.alloc(32, 7);
const ours = createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY });

describe('an object that was scanned before its path was known tells the same, or is scanned again', () => {
  test('whatever a rule looks at, under any path', () => {
    const texts = ALL_RULES.flatMap(textsOf);
    assert.ok(texts.length > 2 * ALL_RULES.length);
    const named = PATHS.filter(isNamedFile).length;
    const again = scannedAgain(ours, texts) - named * texts.length;
    // Of the other files few: a value that counts in prose or YAML alone.
    assert.ok(again > 0 && again < texts.length, `${again} scans of ${texts.length} objects`);
  });

  test('packed in archives, and encoded', () => {
    const texts = ALL_RULES.flatMap((rule) => textsOf(rule).slice(BY_NAME.has(rule.id) ? 0 : -1));
    scannedAgain(ours, texts.flatMap(packed));
  });

  test('in files as people write them', () => {
    const files = corpus('early', 1).map(({ bytes }) => bytes);
    scannedAgain(ours, files);
  });

  test('what hangs on the path is scanned again in files that it counts in, and in messages never', () => {
    const password = ['k7Gf2', 'mPqX9vT'].join('');
    for (const text of [`log in with the password: ${password}\n`, `x = [{ user: ops, password: ${password} }]\n`]) {
      const early = lookup(ours.scan({ bytes: Buffer.from(text) }));
      assert.equal(early.scanAt(0, 'a.md'), undefined);
      assert.deepEqual(early.scanAt(0, '')?.findings, []);
    }
  });
});
