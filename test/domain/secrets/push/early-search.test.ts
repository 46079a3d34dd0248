// A pack that was searched while it arrived tells the same secrets as one that was searched when it was there: on real
// packs of random histories, with deltas of both kinds, thin ones, archives, and files that only their names make known.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openScanner } from '../../../../src/adapters/scanner/open-scanner.ts';
import type { Finding } from '../../../../src/domain/push/finding.ts';
import { EarlyLookup } from '../../../../src/domain/secrets/push/early-lookup.ts';
import type { EarlyScans, ObjectScan, SecretScanner } from '../../../../src/domain/secrets/secret-scanner.ts';
import type { Oid } from '../../../../src/protocol/oid.ts';
import { PushLab } from '../../../support/push-lab.ts';
import { sampleSecret } from '../../../support/sample-secret.ts';

const RULE = 'github-personal-access-token';
const secret = (seed: string) => sampleSecret(RULE, seed);

let scanner: SecretScanner;
before(() => {
  scanner = openScanner({ fingerprintKey: Buffer.alloc(32, 7) });
});
after(() => scanner.close());

const sorted = (findings: readonly Finding[]) => findings.map((finding) => JSON.stringify(finding)).sort();

const filler = (name: string, lines = 200) =>
  Array.from({ length: lines }, (_, at) => `const ${name}${at} = compute(${at * 7919});\n`).join('');

describe('a pack that is searched while it arrives', () => {
  for (const format of ['sha1', 'sha256'] as const) {
    test(`tells what a later search tells (${format})`, async () => {
      const lab = new PushLab(format);
      try {
        await compareRandomPacks(lab);
      } finally {
        lab.remove();
      }
    });
  }

  async function compareRandomPacks(lab: PushLab): Promise<void> {
    const loose = ['k7Gf2', 'mPqX9vT'].join('');
    const line = fc.constantFrom(
      'plain = 1\n',
      `a = ${secret('a')}\n`,
      `b = ${secret('b')} // gitleaks:allow\n`,
      `${Buffer.from(`x = ${secret('base64')}\n`.repeat(3)).toString('base64')}\n`,
      'machine example.org login bob password k7Gf2mPqX9\n',
      'db.example.org:6000:shop:bob:k7Gf2mPqX9vT\n',
      `log in with the password: ${loose}\n`,
      `x: { user: ops, password: ${loose} }\n`,
    );
    const names = ['a.ts', 'lib/b.ts', '.netrc', 'x/.pgpass', 'config/master.key', 'state.tfstate', 'a.md', 'b.yml'];
    const path = fc.constantFrom(...names);
    const content = fc.tuple(fc.array(line, { maxLength: 3 }), fc.nat(3)).map(([lines, at]) => {
      const text = filler(`v${at}`).split('\n');
      return [...text.slice(0, at * 40), lines.join(''), ...text.slice(at * 40)].join('\n');
    });
    const files = fc.dictionary(path, fc.oneof(content, fc.constant('{"version": 4}\n'), line), { maxKeys: 5 });
    const extras = fc.constantFrom<Buffer | undefined>(
      undefined,
      gzipSync(`token = ${secret('packed')}\n`),
      Buffer.concat([Buffer.from('\xfd7zXZ\0', 'latin1'), Buffer.alloc(100, 9)]),
      Buffer.from(`x\n${filler('large', 5000)}${secret('late')}\n`),
      Buffer.alloc(0),
    );
    let round = 0;
    let seenEarly = 0;
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.array(files, { minLength: 1, maxLength: 4 }),
        extras,
        fc.boolean(),
        fc.constantFrom('', `fix: ${secret('message')}`),
        async (base, history, extra, thin, words) => {
          const branch = `refs/heads/b${round++}`;
          const start = lab.commit(base, [], `base ${round}\n`);
          lab.land(branch, start);
          if (thin) lab.warm();
          let tip: Oid = start;
          for (const [at, each] of history.entries()) tip = lab.commit(each, [tip], `${round} ${at}\n\n${words}\n`);
          const { later, early, arriving } = await lab.searchTwice(
            {
              commands: [[branch, start, tip]],
              ...(extra === undefined ? { thin } : { extra: [lab.blob(extra)] }),
            },
            scanner,
          );
          assert.deepEqual(sorted(arriving), sorted(later));
          assert.ok(early !== undefined);
          seenEarly += early.offsets.length;
        },
      ),
      { numRuns: 25 },
    );
    assert.ok(seenEarly > 60, `${seenEarly} objects were seen early`);
  }

  test('finds what only the application of a delta shows', async () => {
    const lab = new PushLab();
    try {
      const [head, tail] = [secret('split').slice(0, 20), secret('split').slice(20)];
      // In the base the halves are apart: no delta holds the value, and neither does the base.
      const before = `${filler('x')}key = "${head}"\n${filler('y')}${tail}"\n${filler('z')}`;
      const after = before.replace(`${head}"`, `${head}${tail}"`);
      const start = lab.commit({ 'a.ts': 'a\n' }, [], 'base\n');
      lab.land('refs/heads/main', start);
      const one = lab.commit({ 'a.ts': before }, [start], 'one\n');
      const two = lab.commit({ 'a.ts': after }, [one], 'two\n');
      const push = { commands: [['refs/heads/main', start, two]] as const, thin: true };
      const { later, early, arriving } = await lab.searchTwice(push, scanner);
      assert.deepEqual(sorted(arriving), sorted(later));
      assert.deepEqual(
        arriving.map(({ rule, path }) => [rule, path]),
        [[RULE, 'a.ts']],
      );
      // Both commits, both versions of the file.
      assert.equal(early?.offsets.length, 4);
    } finally {
      lab.remove();
    }
  });
});

describe('what was seen early counts', () => {
  const OID = 'ab'.repeat(20);
  const view = { count: 1, find: () => 0, oidAt: () => OID, isSent: () => true, offsetAt: () => 12 };
  const found: ObjectScan = {
    findings: [],
    notInspected: [{ reason: 'format', path: '!x.xz', text: 'not inspected: xz' }],
  };
  const early = (changes: Partial<EarlyScans> = {}): EarlyScans => ({
    offsets: Uint32Array.of(12),
    ids: Buffer.from(OID, 'hex'),
    scans: new Map(),
    ...changes,
  });
  const scans = (reason: 'budget' | 'too-many' | 'rules-timeout') =>
    new Map([[12, { findings: [], notInspected: [{ reason, path: '', text: '' }] }]]);

  const cases: readonly (readonly [string, EarlyScans | undefined, string, ObjectScan | undefined])[] = [
    ['as nothing where nothing was found', early(), 'a.ts', { findings: [], notInspected: [] }],
    [
      'under the path that the object has',
      early({ scans: new Map([[12, found]]) }),
      'a.zip',
      { findings: [], notInspected: [{ reason: 'format', path: 'a.zip!x.xz', text: 'not inspected: xz' }] },
    ],
    ['for nothing when nobody looked', undefined, 'a.ts', undefined],
    ['for no other place in the pack', early({ offsets: Uint32Array.of(13) }), 'a.ts', undefined],
    ['for no other bytes', early({ ids: Buffer.alloc(20) }), 'a.ts', undefined],
    ['for no other bytes, cut short', early({ ids: Buffer.alloc(0) }), 'a.ts', undefined],
    ['for no file that its name makes known', early(), 'home/.netrc', undefined],
    ['for nothing that a budget has cut short', early({ scans: scans('budget') }), 'a.ts', undefined],
    ['for nothing that was too much', early({ scans: scans('too-many') }), 'a.ts', undefined],
    ['for nothing that took too long', early({ scans: scans('rules-timeout') }), 'a.ts', undefined],
  ];
  for (const [what, seen, path, expected] of cases) {
    test(what, () => assert.deepEqual(new EarlyLookup(seen, view).scanAt(0, path), expected));
  }
});
