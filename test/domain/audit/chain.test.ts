import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canonicalJson,
  checkEntry,
  draftEntry,
  EMPTY_HEAD,
  GENESIS,
  MAX_BODY_BYTES,
  parseEntry,
  sealEntry,
  type TrailHead,
} from '../../../src/domain/audit/chain.ts';
import type { TrailEntry } from '../../../src/domain/audit/entry.ts';

describe('canonicalJson', () => {
  // RFC 8785 section 3.2.3, whose seven members sort by UTF-16 code unit (the emoji before U+FB33).
  it('sorts members as the example of RFC 8785 section 3.2.3 does', () => {
    const input = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    assert.equal(
      canonicalJson(input),
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
        '"\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('writes strings and literals as the example of RFC 8785 section 3.2.2 does', () => {
    const input: unknown = JSON.parse(
      '{ "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false] }',
    );
    assert.equal(
      canonicalJson(input),
      '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  const texts: readonly [string, unknown, string][] = [
    ['an empty object', {}, '{}'],
    ['an empty array', [], '[]'],
    [
      'nested members sorted at every level',
      { b: { d: 1, c: [{ z: 1, a: 2 }] }, a: 0 },
      '{"a":0,"b":{"c":[{"a":2,"z":1}],"d":1}}',
    ],
    ['minus zero as zero', -0, '0'],
    ['the largest exact integer', Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['the smallest exact integer', Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    ['an undefined member left out', { a: undefined, b: 1 }, '{"b":1}'],
    ['an undecodable byte as its escape', '\udc80', '"\\udc80"'],
    ['the text of that escape told apart', '\\udc80', '"\\\\udc80"'],
    ['an own member called __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ['a control character', '\u001b[2J', '"\\u001b[2J"'],
  ];
  for (const [name, value, text] of texts) {
    it(`writes ${name}`, () => assert.equal(canonicalJson(value), text));
  }

  const refused: readonly [string, unknown][] = [
    ['a fraction', 0.5],
    ['a number beyond exact integers', 1e30],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(1)],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['bottomless nesting', JSON.parse('['.repeat(100) + ']'.repeat(100))],
  ];
  for (const [name, value] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => canonicalJson(value), TypeError));
  }

  it('is what JSON.parse reads back, and a fixed point', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.string({ unit: 'binary' }),
        fc
          .array(fc.integer({ min: 0xd800, max: 0xdfff }), { maxLength: 3 })
          .map((units) => String.fromCharCode(...units)),
        fc.array(tie('value')),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        assert.ok(text.isWellFormed(), 'a hash is over UTF-8, which an ill-formed text does not have');
        const back: unknown = JSON.parse(text);
        assert.equal(JSON.stringify(sorted(back)), JSON.stringify(sorted(value)));
        assert.equal(canonicalJson(back), text);
      }),
    );
  });
});

describe('the chain', () => {
  const entry: TrailEntry = {
    type: 'push.refused',
    actor: 'mallory',
    repo: 'acme/\udcff',
    pushId: 7,
    body: { reasons: ['a'], at: 'x' },
  };

  it('is the SHA-256 of one line of canonical JSON that names the line before', () => {
    const { text, hash } = sealEntry(draftEntry(entry, 1234), { entries: 5, head: 'ab'.repeat(32) });
    assert.equal(
      text,
      '{"actor":"mallory","at":1234,"body":{"at":"x","reasons":["a"]},"index":5,' +
        `"previous":"${'ab'.repeat(32)}","pushId":7,"repo":"acme/\\udcff","type":"push.refused","v":1}`,
    );
    assert.equal(hash, createHash('sha256').update(text).digest('hex'));
    assert.deepEqual(parseEntry(text, hash), { ...entry, index: 5, at: 1234, previous: 'ab'.repeat(32), hash });
  });

  it('writes what canonicalJson would, whatever the entry', () => {
    const text = fc.string({ unit: 'binary' });
    const entries = fc.record(
      {
        type: fc.constant('access.denied' as const),
        actor: text,
        repo: text,
        pushId: fc.nat(),
        body: fc.dictionary(text, text),
      },
      { requiredKeys: ['type', 'body'] },
    );
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (one, at, index) => {
        const head: TrailHead = { entries: index, head: GENESIS };
        const sealed = sealEntry(draftEntry(one, at), head);
        assert.equal(sealed.text, canonicalJson({ ...one, v: 1, at, index, previous: GENESIS }));
        const check = checkEntry(sealed.text, sealed.hash, head);
        assert.ok(check.sound);
        assert.deepEqual(check.head, { entries: index + 1, head: sealed.hash });
      }),
    );
  });

  it('starts at index 0 after 64 zeros', () => {
    const { text, hash } = sealEntry(draftEntry({ type: 'gateway.started', body: {} }, 0), EMPTY_HEAD);
    assert.equal(text, `{"at":0,"body":{},"index":0,"previous":"${'0'.repeat(64)}","type":"gateway.started","v":1}`);
    assert.ok(checkEntry(text, hash, EMPTY_HEAD).sound);
  });

  const line = sealEntry(draftEntry({ type: 'push.held', body: { a: 1 } }, 9), EMPTY_HEAD).text;
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const faults: readonly [string, string, string, RegExp][] = [
    ['a changed line', line.replace('"a":1', '"a":2'), hashOf(line), /does not match its hash/],
    ['white space', line.replace(':', ': '), '', /canonical form/],
    ['a member given twice', line.replace('"at":9', '"at":9,"at":9'), '', /canonical form/],
    ['a line that is no JSON', line.slice(0, -1), '', /canonical JSON/],
    ['another index', line.replace('"index":0', '"index":1'), '', /another index/],
    ['another previous', line.replace('"previous":"0', '"previous":"1'), '', /chain is broken/],
    ['another version', line.replace('"v":1', '"v":2'), '', /unknown version/],
    ['no time', line.replace('"at":9,', ''), '', /lacks its time/],
    ['a body that is no object', line.replace('{"a":1}', '[]'), '', /lacks its time, type or body/],
  ];
  for (const [name, text, hash, message] of faults) {
    it(`finds ${name}, also when its hash was made to fit`, () => {
      const check = checkEntry(text, hash === '' ? hashOf(text) : hash, EMPTY_HEAD);
      assert.ok(!check.sound);
      assert.match(check.text, message);
    });
  }

  it('takes a body of exactly the bound and refuses one byte more', () => {
    const overhead = '{"a":""}'.length;
    draftEntry({ type: 'push.held', body: { a: 'x'.repeat(MAX_BODY_BYTES - overhead) } }, 0);
    assert.throws(
      () => draftEntry({ type: 'push.held', body: { a: 'x'.repeat(MAX_BODY_BYTES - overhead + 1) } }, 0),
      /record a digest/,
    );
  });

  it('refuses a time or push id that is no count', () => {
    assert.throws(() => draftEntry({ type: 'push.held', body: {} }, 1.5), TypeError);
    assert.throws(() => draftEntry({ type: 'push.held', pushId: -1, body: {} }, 1), TypeError);
  });
});

/** Members in one order, so that JSON.stringify compares values and lone surrogates survive the comparison. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.entries(value)
    .map(([key, member]) => [key, sorted(member)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
