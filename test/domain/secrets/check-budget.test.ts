// Text made of nothing but beginnings of secrets ends in `not inspected`, and honest text does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckBudget } from '../../../src/domain/secrets/check-budget.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';
import { createObjectScanner } from '../../../src/domain/secrets/scan-object.ts';
import { npmToken, plainText } from './support/tokens.ts';

const MIB = 1024 * 1024;
const TOKEN = npmToken('check-budget');
const scanner = createScanner(ALL_RULES);
const objects = createObjectScanner({ rules: ALL_RULES, fingerprintKey: Buffer.alloc(32, 1) });

const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['passwords of punctuation', 'pwd=: '],
  ['keys that are too short', ['secret_key="a1B2c3', 'D4e5F6g7H8"\n'].join('')],
  ['a prefix alone', ['gh', 'p_'].join('')],
  ['a far look at each', '"sensitive_attributes"'],
];

for (const [what, text] of HOSTILE) {
  test(`megabytes of ${what} are not looked at to the end, and that is said`, () => {
    const { notInspected } = objects.scan({ bytes: Buffer.alloc(8 * MIB, text), path: 'a.txt' });
    const all = notInspected.map((one) => `${one.reason} ${one.path}`);
    assert.ok(all.includes('too-many a.txt'), all.join());
  });
}

test('what stands before the end of the budget is found', () => {
  const bytes = Buffer.concat([Buffer.from(`${TOKEN}\n`), Buffer.alloc(8 * MIB, 'pwd=: ')]);
  assert.deepEqual(
    objects.scan({ bytes }).findings.map(({ rule }) => rule),
    ['npm-access-token'],
  );
});

test('objects after one that spent the budget are looked at with what they earn', () => {
  const honest = Buffer.from(`${plainText('honest', 20_000)}\n${TOKEN}\n`);
  const cut: number[] = [];
  const found = scanner.scanMany([Buffer.alloc(8 * MIB, 'pwd=: '), honest], [], { onCut: (one) => cut.push(one) });
  assert.deepEqual(cut, [0]);
  assert.deepEqual(
    found[1]?.map(({ rule }) => rule.id),
    ['npm-access-token'],
  );
});

test('several scans pay from one budget', () => {
  const budget = new CheckBudget(1_000);
  let cuts = 0;
  const dense = Buffer.alloc(2_000, 'pwd=: ');
  for (let i = 0; i < 10; i++) scanner.scan(dense, undefined, { budget, onCut: () => cuts++ });
  assert.ok(cuts >= 9, `${cuts}`);
});

test('small files of nothing but settings are within any budget', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of a .env file.
  const settings = 'API_KEY=${API_KEY}\nDB_PASSWORD=changeme\nTOKEN_URL=https://a.dev/token\nSECRET_NAME=db\n';
  assert.deepEqual(objects.scan({ bytes: Buffer.alloc(500_000, settings) }).notInspected, []);
});

test('megabytes of zeros in base64 are looked at to the end', () => {
  const bytes = Buffer.concat([Buffer.alloc(8 * MIB, 'A'), Buffer.from(`\n${TOKEN}\n`)]);
  const { findings, notInspected } = objects.scan({ bytes });
  assert.deepEqual([findings.map(({ rule }) => rule), notInspected], [['npm-access-token'], []]);
});

/** Half a page of Chinese, as `JSON.stringify` of a program that writes ASCII only. */
const CJK = Array.from({ length: 400 }, (_, at) => `\\u${(0x4e00 + ((at * 7919) % 0x5000)).toString(16)}`).join('');
/** The same in a string of a string, with names and values between. */
const NESTED = `\\"name\\": \\"${CJK.replaceAll('\\', '\\\\')}\\",\\n`;

const HONEST: readonly (readonly [what: string, text: string, end: string])[] = [
  ['JSON of Chinese in ASCII', `"${CJK}",\n`, `"${TOKEN}"`],
  ['JSON in JSON of Chinese in ASCII', NESTED, `\\"${TOKEN}\\"`],
  ['JSON of Chinese, and an escape in a token', `"${CJK}",\n`, `"${TOKEN.replace('_', '\\u005f')}"`],
  ['strings of bytes', '"\\x41\\x20\\x62\\x63", ', `"${TOKEN}"`],
  ['queries', 'q=%5B%22a%20b%22%5D&', `"${TOKEN}"`],
  ['markup in a source map', 'var a = \\"<b>x &amp; y &#39;z&#39;<\\/b>\\";\\n ', `"${TOKEN}"`],
];

for (const [what, text, end] of HONEST) {
  test(`five megabytes of ${what} are looked at to the end`, () => {
    const bytes = Buffer.concat([Buffer.alloc(5 * MIB, text), Buffer.from(`\n${end}\n`)]);
    const { findings, notInspected } = objects.scan({ bytes });
    assert.deepEqual([findings.map(({ rule }) => rule), notInspected], [['npm-access-token'], []]);
  });
}
