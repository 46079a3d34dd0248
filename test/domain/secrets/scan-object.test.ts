import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseGitleaksConfig } from '../../../src/domain/secrets/gitleaks/parse-config.ts';
import { DEFAULT_LAYER_LIMITS, LayerBudget } from '../../../src/domain/secrets/layers/budget.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { createObjectScanner, type ObjectScanner } from '../../../src/domain/secrets/scan-object.ts';
import type { ObjectScan } from '../../../src/domain/secrets/secret-scanner.ts';
import { MAX_FINDINGS } from '../../../src/domain/secrets/sighting-list.ts';
import { tarOf, zipOf } from './support/archives.ts';
import { npmToken, plainText } from './support/tokens.ts';

const KEY = Buffer.alloc(32, 7);
const scanner = createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY });
const TOKEN = npmToken('scan-object');

function scan(bytes: Uint8Array | string, path = 'src/a.ts', by: ObjectScanner = scanner): ObjectScan {
  return by.scan({ bytes: Buffer.from(bytes), path });
}

function withGitleaks(toml: string): ObjectScanner {
  const parsed = parseGitleaksConfig(toml);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY, gitleaks: parsed.config });
}

function where({ findings }: ObjectScan): string[] {
  return findings.map(({ rule, path, line, column }) => `${rule} ${path}:${line}:${column}`);
}

test('a finding says where it is in lines and bytes, and keeps the value to itself', () => {
  const { findings, notInspected } = scan(`ä\nöb token="${TOKEN}"; // x\n`);
  const [one] = findings;
  assert.deepEqual(notInspected, []);
  assert.equal(findings.length, 1);
  assert.deepEqual([one?.line, one?.column, one?.endLine, one?.endColumn], [2, 12, 2, 12 + TOKEN.length - 1]);
  assert.deepEqual(one?.lines, { start: 3, end: 3 + 11 + TOKEN.length + 7 });
  assert.match(one?.masked ?? '', /^npm_…\w{4}$/);
  assert.ok(!JSON.stringify(one).includes(TOKEN.slice(4, -4)));
});

test('a fingerprint stays when lines and files change, and differs with value and key', () => {
  const first = scan(`a = "${TOKEN}"`).findings[0]?.fingerprint;
  assert.equal(scan(`\n\n\nother: '${TOKEN}'`, 'other.yaml').findings[0]?.fingerprint, first);
  assert.notEqual(scan(`a = "${npmToken('another')}"`).findings[0]?.fingerprint, first);
  const other = createObjectScanner({ rules: ALL_RULES, fingerprintKey: Buffer.alloc(32, 8) });
  assert.notEqual(scan(`a = "${TOKEN}"`, 'a', other).findings[0]?.fingerprint, first);
});

const member = { name: 'etc/.npmrc', content: Buffer.from(`x\n//r/:_authToken=${TOKEN}\n`) };
const LAYERED: readonly (readonly [fact: string, bytes: Buffer, path: string, expected: string])[] = [
  [
    'base64 in a manifest',
    Buffer.from(`a: b\ntoken: ${Buffer.from(TOKEN).toString('base64')}\n`),
    'k8s.yaml',
    'k8s.yaml:2:8',
  ],
  ['an escape before it', Buffer.from(`{"x":"token\\u003d${TOKEN}"}`), 'a.json', 'a.json:1:18'],
  ['gzip in base64 in source', Buffer.from(`x = "${gzipSync(`t=${TOKEN}`).toString('base64')}"`), 'a.py', 'a.py:1:6'],
  ['UTF-16', Buffer.from(`\ufefft="${TOKEN}"`, 'utf16le'), 'a.reg', 'a.reg:1:9'],
  ['a member of a tar', tarOf([member]), 'a.tar', 'a.tar!etc/.npmrc:2:17'],
  ['a member of a compressed tar', gzipSync(tarOf([member])), 'a.tgz', 'a.tgz!etc/.npmrc:2:17'],
  ['a stored member of a zip', zipOf([member], 'stored'), 'a.zip', 'a.zip!etc/.npmrc:2:17'],
  ['a packed member of a zip', zipOf([member], 'deflated'), 'a.zip', 'a.zip!etc/.npmrc:2:17'],
  [
    'a tar in a zip',
    zipOf([{ name: 'b.tar', content: tarOf([member]) }], 'deflated'),
    'a.zip',
    'a.zip!b.tar!etc/.npmrc:2:17',
  ],
  ['a compressed file', gzipSync(`\n${TOKEN}\n`), 'log.gz', 'log.gz!gzip:2:1'],
];

for (const [fact, bytes, path, expected] of LAYERED) {
  test(`one secret is one finding: ${fact}`, () => {
    assert.deepEqual(where(scan(bytes, path)), [`npm-access-token ${expected}`]);
  });
}

test('two members with the same secret are two findings', () => {
  const other = { name: 'z', content: Buffer.from(TOKEN) };
  assert.equal(scan(tarOf([member, other]), 'a.tar').findings.length, 2);
});

test('different secrets that come from one place are all told', () => {
  const packed = gzipSync(`a=${TOKEN}\nb=${npmToken('second')}\n`).toString('base64');
  assert.equal(new Set(scan(`x = "${packed}"`).findings.map(({ fingerprint }) => fingerprint)).size, 2);
});

test('comments that ask for leniency are told, not obeyed', () => {
  const allowed = (comment: string) => scan(`a = "${TOKEN}" // ${comment}\n`).findings[0]?.allowed;
  assert.deepEqual(allowed('gitleaks:allow'), [{ by: 'gitleaks', rules: 'any' }]);
  assert.deepEqual(allowed('sallyport:allow npm-access-token'), [{ by: 'sallyport', rules: ['npm-access-token'] }]);
  assert.deepEqual(allowed('sallyport:allow github-personal-access-token'), []);
  assert.deepEqual(scan(`// gitleaks:allow\na = "${TOKEN}"\n`).findings[0]?.allowed, []);
});

test('what cannot be looked into is said with its path', () => {
  const { notInspected } = scan(
    tarOf([{ name: 'x.7z', content: Buffer.from('7z\xbc\xaf\x27\x1c and more', 'latin1') }]),
    'a.tar',
  );
  assert.deepEqual(
    notInspected.map(({ reason, path }) => [reason, path]),
    [['format', 'a.tar!x.7z!7z']],
  );
});

test('a spent budget is said, and stays spent for the next object', () => {
  const budget = new LayerBudget({ ...DEFAULT_LAYER_LIMITS, floorBytes: 0, bytesPerInputByte: 0 });
  const bytes = gzipSync(`t=${TOKEN}`);
  const reasons = [1, 2].map(() => scanner.scan({ bytes, path: 'a.gz' }, { budget }).notInspected[0]?.reason);
  assert.ok(
    reasons.every((reason) => reason !== undefined),
    String(reasons),
  );
});

test('a file of nothing but secrets is told in part, and that is said', () => {
  const lines = Array.from({ length: 3 * MAX_FINDINGS }, (_, at) => `t = "${npmToken(String(at))}"`).join('\n');
  const { findings, notInspected } = scan(lines);
  assert.ok(findings.length >= MAX_FINDINGS && findings.length <= 2 * MAX_FINDINGS, String(findings.length));
  assert.deepEqual(
    notInspected.map(({ reason }) => reason),
    ['too-many'],
  );
});

test('many objects at once are answered as one by one', () => {
  const objects = Array.from({ length: 300 }, (_, at) => ({
    bytes: Buffer.from(`${plainText(`p${at}`, at * 7)}\n${at % 3 === 0 ? `k = "${npmToken(`n${at}`)}"` : ''}`),
    path: `src/${at}.ts`,
  }));
  assert.deepEqual(
    scanner.scanAll(objects),
    objects.map((object) => scanner.scan(object)),
  );
});

test('rules of a .gitleaks.toml find in layers too, under their own names', () => {
  const own = withGitleaks(
    `[[rules]]\nid = "acme-token"\ndescription = "Acme"\nregex = '''acme-[0-9a-f]{12}'''\nkeywords = ["acme"]\n`,
  );
  const value = ['acme', '-0123456789ab'].join('');
  const { findings } = scan(
    `x = ${Buffer.from(`ACME ${value} and some more text`).toString('base64')}\n\n y ${value}`,
    'a.txt',
    own,
  );
  assert.deepEqual(
    findings.map(({ rule, line, title, severity }) => [rule, line, title, severity]),
    [
      ['acme-token', 1, 'Acme', 'high'],
      ['acme-token', 3, 'Acme', 'high'],
    ],
  );
});

test('a rule by path alone makes one finding, without a line', () => {
  const own = withGitleaks(`[[rules]]\nid = "key-file"\npath = '''\\.p12$'''\n`);
  const [one] = scan('nothing', 'certs/a.p12', own).findings;
  assert.deepEqual([one?.rule, one?.line, one?.lines], ['key-file', 0, undefined]);
  assert.notEqual(scan('nothing', 'certs/b.p12', own).findings[0]?.fingerprint, one?.fingerprint);
});

const ALLOWLISTS: readonly (readonly [fact: string, toml: string, findings: number])[] = [
  ['a path', `[[allowlists]]\npaths = ['''^src/a\\.ts$''']\n`, 0],
  ['another path', `[[allowlists]]\npaths = ['''^test/''']\n`, 1],
  ['a pattern over the line', `[[allowlists]]\nregexTarget = "line"\nregexes = ['''the fixture''']\n`, 0],
  ['a rule of ours turned off', `[extend]\nuseDefault = true\ndisabledRules = ["npm-access-token"]\n`, 0],
  [
    'a rule of ours with an allowlist of its own',
    `[extend]\nuseDefault = true\n[[rules]]\nid = "npm-access-token"\n[[rules.allowlists]]\nregexTarget = "line"\nregexes = ['''the fixture''']\n`,
    0,
  ],
];

for (const [fact, toml, count] of ALLOWLISTS) {
  test(`allowlists of a .gitleaks.toml hold for rules of ours: ${fact}`, () => {
    const { findings } = scan(`a = "${TOKEN}" # the fixture\n`, 'src/a.ts', withGitleaks(toml));
    assert.equal(findings.length, count);
  });
}

test('a generic finding is not told beside the rule that names the same secret', () => {
  const own = withGitleaks(
    `[[rules]]\nid = "acme-password"\nregex = '''password = "([^"]+)"'''\nkeywords = ["password"]\n`,
  );
  const value = ['kX9', '#mQ2vL', '7pR4', 'wZ8tB1'].join('');
  assert.deepEqual(
    scan(`password = "${value}"\n`, 'a.ini', own).findings.map(({ rule }) => rule),
    ['acme-password'],
  );
});
