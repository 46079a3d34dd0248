import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Capabilities, formatCapabilities, parseCapabilities } from '../../src/protocol/capabilities.ts';

for (const [title, text, entries] of [
  ['the empty list', '', []],
  [
    'git begins with a space',
    ' report-status agent=git/2.39',
    [
      ['report-status', true],
      ['agent', 'git/2.39'],
    ],
  ],
  [
    'only spaces separate',
    'a,b xreport-status',
    [
      ['a,b', true],
      ['xreport-status', true],
    ],
  ],
  ['the first = separates', 'symref=HEAD:refs/heads/a=b', [['symref', 'HEAD:refs/heads/a=b']]],
  ['an empty value is a value', 'agent=', [['agent', '']]],
  [
    'repeated names keep their order',
    'symref=A symref=B',
    [
      ['symref', 'A'],
      ['symref', 'B'],
    ],
  ],
  [
    'several spaces are one',
    'a  b ',
    [
      ['a', true],
      ['b', true],
    ],
  ],
] as const) {
  test(title, () => assert.deepEqual([...parseCapabilities(text)], entries));
}

for (const text of ['a\tb', 'a\nb', 'a\rb', 'a\0b', 'a\x7f', 'agent=x\x1b[0m']) {
  test(`a control byte is refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseCapabilities(text, 7), { code: 'bad-capability', offset: 7 });
  });
}

test('a value without a name is refused', () => {
  assert.throws(() => parseCapabilities('a =b'), { code: 'bad-capability' });
});

test('the first value counts, all can be read', () => {
  const capabilities = Capabilities.of('symref=A', 'atomic', 'symref=B');
  assert.equal(capabilities.get('symref'), 'A');
  assert.equal(capabilities.text('symref'), 'A');
  assert.deepEqual(capabilities.getAll('symref'), ['A', 'B']);
  assert.equal(capabilities.get('atomic'), true);
  assert.equal(capabilities.text('atomic'), undefined);
  assert.equal(capabilities.get('quiet'), undefined);
  assert.equal(capabilities.has('atomic'), true);
  assert.equal(capabilities.size, 3);
  assert.deepEqual(capabilities.names(), ['symref', 'atomic']);
});

test('filter and with leave the original alone', () => {
  const capabilities = Capabilities.of('a', 'b=1');
  assert.deepEqual(
    [...capabilities.filter((name) => name === 'a').with('c', '2')],
    [
      ['a', true],
      ['c', '2'],
    ],
  );
  assert.equal(capabilities.size, 2);
});

test('lists that differ are not deeply equal', () => {
  assert.notDeepEqual(Capabilities.of('a'), Capabilities.of('b'));
});

test('any list reads back as it was written', () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
  const value = fc.oneof(fc.constant<true>(true), fc.stringMatching(/^[!-~]{0,20}$/));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (entries) => {
      assert.deepEqual([...parseCapabilities(formatCapabilities(entries))], entries);
    }),
  );
});

for (const entry of [
  ['a b', true],
  ['a', 'x y'],
  ['', true],
  ['a=b', true],
  ['a', 'x\0'],
  ['a', '\n'],
] as const) {
  test(`cannot be written: ${JSON.stringify(entry)}`, () =>
    assert.throws(() => formatCapabilities([entry]), TypeError));
}
