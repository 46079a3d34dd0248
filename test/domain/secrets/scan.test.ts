// What the scanner itself promises, whatever the rules.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALNUM, DIGITS, HEX } from '../../../src/domain/secrets/alphabet.ts';
import { keyed } from '../../../src/domain/secrets/build/keyed.ts';
import { prefixed } from '../../../src/domain/secrets/build/prefixed.ts';
import type { SecretRule } from '../../../src/domain/secrets/rule.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';
import { run } from '../../../src/domain/secrets/shape.ts';
import { armoured, pemKey } from './support/keys.ts';
import { seeded } from './support/random.ts';
import { contextsOf, randomText, sampleValue } from './support/sample.ts';

const random = seeded('scan');
const scanner = createScanner(ALL_RULES);
const TEXT = { vendor: 'v', title: 't', severity: 'high', url: 'https://v.dev', remedy: 'R.' } as const;

test('every occurrence is reported', () => {
  const token = `ab_${randomText(ALNUM, 20, random)}`;
  const one = createScanner([prefixed({ ...TEXT, id: 'a-b', prefix: 'ab_', parts: [run(ALNUM, 20)] })]);
  const found = one.scan(Buffer.from(`${token} ${token}\n"${token}"`));
  assert.deepEqual(
    found.map((match) => match.start),
    [0, 24, 49],
  );
});

test('of overlapping matches the longer prefix wins, and a sure one over it', () => {
  const rules = [
    prefixed({ ...TEXT, id: 'a-short', prefix: 'ab_', parts: [run(ALNUM, 1, 9), '_', run(ALNUM, 20)] }),
    prefixed({ ...TEXT, id: 'a-long', prefix: 'ab_live_', parts: [run(ALNUM, 20)] }),
  ];
  const sure = prefixed({
    ...TEXT,
    id: 'a-sure',
    prefix: 'live_',
    boundary: false,
    parts: [run(ALNUM, 20)],
    verify: () => true,
  });
  const text = Buffer.from(`ab_live_${randomText(ALNUM, 20, random)}`);
  assert.deepEqual(
    createScanner(rules)
      .scan(text)
      .map((match) => match.rule.id),
    ['a-long'],
  );
  assert.deepEqual(
    createScanner([...rules, sure])
      .scan(text)
      .map((match) => match.rule.id),
    ['a-sure'],
  );
});

test('a rule of a vendor wins over a generic one that is as sure', () => {
  const parts = [run(HEX, 32)];
  const vendors = [{ vendor: 'generic' }, { vendor: 'acme' }];
  const rules = vendors.map((one, i) => keyed({ ...TEXT, ...one, id: `a-${i}`, keywords: ['acme'], parts }));
  const text = Buffer.from(`acme_key=${randomText(HEX, 32, random)}`);
  for (const order of [rules, rules.toReversed()]) {
    assert.deepEqual(
      createScanner(order)
        .scan(text)
        .map((match) => match.rule.vendor),
      ['acme'],
    );
  }
});

test('objects scanned together give what each gives alone', () => {
  const pieces = ALL_RULES.flatMap((rule) =>
    rule.shape ? contextsOf(rule, sampleValue(rule.shape, random), random) : [],
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.constantFrom(...pieces, 'x', '\n', ' '), { maxLength: 4 }), { maxLength: 12 }),
      (lists) => {
        const objects = lists.map((list) => Buffer.from(list.join('')));
        assert.deepEqual(
          scanner.scanMany(objects),
          objects.map((object) => scanner.scan(object)),
        );
      },
    ),
  );
});

test('a scanner goes on after a rule threw', () => {
  const broken: SecretRule = {
    ...TEXT,
    id: 'a-broken',
    anchors: [{ text: 'boom' }],
    check: () => {
      throw new Error('broken');
    },
  };
  const some = createScanner([broken, prefixed({ ...TEXT, id: 'a-b', prefix: 'ab_', parts: [run(ALNUM, 20)] })]);
  const token = Buffer.from(`ab_${randomText(ALNUM, 20, random)}`);
  assert.throws(() => some.scanMany([token, Buffer.from('boom'), token]), { message: 'broken' });
  assert.equal(some.scan(token).length, 1);
});

test('rules that cannot work are refused', () => {
  const rule = prefixed({ ...TEXT, id: 'a-b', prefix: 'ab_', parts: [run(ALNUM, 20)] });
  assert.throws(() => createScanner([rule, rule]), { name: 'TypeError', message: /two rules are called a-b/ });
  assert.throws(() => createScanner([{ ...rule, anchors: [{ text: 'ab' }] }]), {
    name: 'TypeError',
    message: /shorter than 3/,
  });
  assert.throws(() => createScanner([{ ...rule, anchors: [{ text: 'ABC', fold: true }] }]), {
    message: /not in lower case/,
  });
});

test('a value that the agent holds is found anywhere, whatever characters it has', () => {
  const value = 'pässwörd ~{}|\\^ held';
  const held = createScanner([], { exactValues: [value] });
  const text = Buffer.from(`x${value}y`);
  assert.deepEqual(
    held.scan(text).map(({ rule, start, end }) => [rule.id, start, end]),
    [['held-credential', 1, text.length - 1]],
  );
  assert.throws(() => createScanner([], { exactValues: ['short'] }), { name: 'TypeError', message: /shorter than 8/ });
});

test('a listed value is found by its digest, with and without a key', () => {
  const value = randomText(HEX, 24, random);
  const key = Buffer.alloc(32, 3);
  const plain = createHash('sha256').update(value).digest('hex');
  const keyed = createHmac('sha256', key).update(value).digest('hex');
  const lists = [
    { values: [{ digest: plain, length: 24 }] },
    { key, values: [{ digest: keyed.toUpperCase(), length: 24 }] },
  ];
  for (const listedValues of lists) {
    const listed = createScanner([], { listedValues });
    for (const text of [value, `KEY=${value}`, `"${value}"`, `https://u:${value}@h/`]) {
      const found = listed.scan(Buffer.from(text)).map(({ rule, start }) => [rule.id, start]);
      assert.deepEqual(found, [['listed-value', text.indexOf(value)]], text);
    }
    assert.deepEqual(listed.scan(Buffer.from(`${value}0`)), []);
  }
});

const KEY_FORMS: readonly [title: string, form: (key: string) => string][] = [
  ['in a JSON string', (key) => JSON.stringify({ key })],
  ['in a string within a string', (key) => JSON.stringify(JSON.stringify({ key }))],
  ['indented in YAML', (key) => `key: |\n${key.replace(/^/gm, '    ')}\n`],
  ['with CRLF', (key) => key.replaceAll('\n', '\r\n')],
  ['in strings joined by plus', (key) => `var k = '${key.replaceAll('\n', "\\n' +\n  '")}';`],
  ['on one line', (key) => `KEY="${key.replaceAll('\n', ' ')}"`],
  ['in a comment', (key) => key.replace(/^/gm, '# ')],
];

for (const [title, form] of KEY_FORMS) {
  test(`a private key is verified ${title}`, () => {
    const text = form(pemKey('ec'));
    const found = scanner
      .scan(Buffer.from(text))
      .map(({ rule, certainty, severity }) => [rule.id, certainty, severity]);
    assert.deepEqual(found, [['private-key', 'certain', 'critical']], text);
  });
}

test('a private key that was cut is reported with less certainty', () => {
  const body = Buffer.from(pemKey('ec').split('\n').slice(1, -1).join(''), 'base64');
  const longer = Buffer.concat([Buffer.from([0x30, 0x82, 0x04, 0x00]), body, body]).toString('base64');
  const found = scanner.scan(Buffer.from(armoured(['RSA', 'PRIVATE', 'KEY'].join(' '), longer)));
  assert.deepEqual(
    found.map(({ certainty, severity }) => [certainty, severity]),
    [['medium', 'medium']],
  );
});

const SAMPLES: readonly [title: string, body: string][] = [
  ['words', 'MIIEowIBAAKCAQEAnotAKeyButASampleOfOne'.repeat(2)],
  ['something left out', `MIIEow${randomText(ALNUM, 90, random)}...${randomText(ALNUM, 90, random)}`],
];

for (const [title, body] of SAMPLES) {
  test(`a private key of documentation does not block: ${title}`, () => {
    const found = scanner.scan(Buffer.from(armoured(['RSA', 'PRIVATE', 'KEY'].join(' '), body)));
    assert.deepEqual(
      found.map(({ certainty, severity }) => [certainty, severity]),
      [['low', 'low']],
    );
  });
}

test('a literal of one letter is found after the same letter in another case', () => {
  const rule = prefixed({
    ...TEXT,
    id: 'one-letter',
    prefix: 'AAAAAAAAAAAA',
    boundary: false,
    parts: [run(DIGITS, 4)],
  });
  for (let before = 0; before < 40; before++) {
    const text = `${'a'.repeat(before)}${'A'.repeat(12)}7291`;
    assert.equal(createScanner([rule]).scan(Buffer.from(text)).length, 1, text);
  }
});
