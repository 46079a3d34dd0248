import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ALNUM } from '../../../src/domain/secrets/alphabet.ts';
import { HeldValues } from '../../../src/domain/secrets/held-values.ts';
import { createMasker } from '../../../src/domain/secrets/mask-text.ts';
import { pemKey } from './support/keys.ts';
import { seeded } from './support/random.ts';
import { randomText } from './support/sample.ts';

const masker = createMasker();
const random = seeded('mask text');
const TOKEN = `${['gl', 'pat-'].join('')}${randomText(ALNUM, 20, random)}`;
const masked = masker.text(TOKEN);

test('a token keeps what tells its kind, and little of its end', () => {
  assert.match(masked, /^glpat-?….{0,4}$/u);
});

const CASES: readonly [title: string, text: string, expected: string][] = [
  ['a text without secrets is the same', 'pushed to refs/heads/main by alice', 'pushed to refs/heads/main by alice'],
  ['what stands around a secret stays', `a ${TOKEN}, b`, `a ${masked}, b`],
  ['positions are right behind letters of two, three and four bytes', `ä€😀 ${TOKEN} €`, `ä€😀 ${masked} €`],
  ['undecodable bytes of names stay as they are', `\udcff ${TOKEN} \udcfe`, `\udcff ${masked} \udcfe`],
  ['what is masked already stays so', `url https://user:…abcd@db.acme.net/`, `url https://user:…abcd@db.acme.net/`],
];

suite('texts:', () => {
  for (const [title, text, expected] of CASES) test(title, () => assert.equal(masker.text(text), expected));
});

test('masking twice is masking once', () => {
  const some = fc.constantFrom(TOKEN, 'password = "', '"\n', 'Tr0ub4dor&3', ' ', 'https://bob:', '@db.acme.net', '\n');
  fc.assert(
    fc.property(fc.array(some, { maxLength: 12 }), (parts) => {
      const once = masker.text(parts.join(''));
      assert.equal(masker.text(once), once);
    }),
  );
});

test('a key that was cut is masked to its end', () => {
  const key = pemKey('sec1');
  assert.doesNotMatch(masker.text(`said ${key.slice(0, 120)}`), /MHc/);
  assert.match(masker.text(`${key.slice(0, 120)} !and more`), /!and more$/);
});

test('a key without a body is none', () => {
  const text = `-----BEGIN ${['PRIVATE', 'KEY'].join(' ')}----- is how a key begins`;
  assert.equal(masker.text(text), text);
});

test('a value keeps its form, and is the very same when nothing is in it', () => {
  const clean = { a: ['x', 1, null, { b: 'a longer text' }] };
  assert.equal(masker.value(clean), clean);
  const dirty = { a: [TOKEN, 1, null, { b: `x ${TOKEN}` }], at: new Date(0), ['__proto__']: 'no' };
  assert.deepEqual(masker.value(dirty), { ...dirty, a: [masked, 1, null, { b: `x ${masked}` }] });
});

test('a value of hostile depth is refused', () => {
  let deep: unknown = TOKEN;
  for (let i = 0; i < 1000; i++) deep = [deep];
  assert.throws(() => masker.value(deep), { name: 'TypeError' });
});

const KEY = Buffer.alloc(32, 3);

suite('held values:', () => {
  const held = new HeldValues({ key: KEY, values: [] });
  const password = 'kiosk garden 99!';
  held.add(password);
  held.add('short');

  test('are masked whole, wherever they stand', () => {
    assert.equal(createMasker(held).text(`x${password}y and ${password}`), 'x…y and …');
  });

  test('of fewer than eight bytes are not looked for', () => {
    assert.equal(createMasker(held).text('a short text'), 'a short text');
  });

  test('are found by another thread from digests alone', () => {
    const digests = JSON.stringify(held.digests().values);
    assert.ok(!digests.includes('kiosk'));
    const other = new HeldValues(structuredClone(held.digests()));
    assert.deepEqual(other.find(Buffer.from(`--${password}`)), [{ start: 2, end: 18, certainty: 'certain' }]);
  });

  test('are found where a search finds them', () => {
    const pieces = fc.array(fc.oneof(fc.constant('held-v4lue'), fc.constant('held-v4lu'), fc.string({ maxLength: 5 })));
    const one = new HeldValues({ key: KEY, values: [] });
    one.add('held-v4lue');
    fc.assert(
      fc.property(pieces, (parts) => {
        const bytes = Buffer.from(parts.join(''));
        const found = one.find(bytes).map(({ start }) => start);
        const expected: number[] = [];
        for (let at = bytes.indexOf('held-v4lue'); at >= 0; at = bytes.indexOf('held-v4lue', at + 10))
          expected.push(at);
        assert.deepEqual(found, expected);
      }),
    );
  });

  test('are bounded in number: the oldest go', () => {
    const many = new HeldValues({ key: KEY, values: [] });
    for (let i = 0; i < 1000; i++) many.add(`value number ${i}`);
    assert.equal(many.digests().values.length, 256);
    assert.equal(many.find(Buffer.from('value number 999')).length, 1);
    assert.equal(many.find(Buffer.from('value number 3')).length, 0);
  });
});
