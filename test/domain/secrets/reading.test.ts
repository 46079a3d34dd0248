// What checks are given to measure with: the same as measuring anew each time, and bounded by the object.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ALNUM, DIGITS, HEX, LETTERS, URL_SAFE } from '../../../src/domain/secrets/alphabet.ts';
import { valueOpens } from '../../../src/domain/secrets/build/near.ts';
import { MAX_WINDOW, Reading } from '../../../src/domain/secrets/reading.ts';
import {
  lastAlphabet,
  matchParts,
  matchPartsBefore,
  oneOf,
  type Part,
  run,
} from '../../../src/domain/secrets/shape.ts';
import { type Range, Sweep } from '../../../src/domain/secrets/sweep.ts';

function readingOf(text: string, from = 0, to = text.length): Reading {
  const reading = new Reading();
  reading.open(Buffer.from(text, 'latin1'), from, to);
  return reading;
}

const texts = fc.string({ unit: fc.constantFrom('a', 'f', '7', 'Z', '-', ' ', '"', '\n', '='), maxLength: 80 });

test('a remembered run is as long as one measured anew', () => {
  const asked = fc.array(fc.tuple(fc.constantFrom(ALNUM, DIGITS, HEX, LETTERS), fc.nat(80)), { maxLength: 40 });
  fc.assert(
    fc.property(texts, asked, (text, questions) => {
      const reading = readingOf(text);
      for (const [alphabet, at] of questions) {
        if (at <= text.length) assert.equal(reading.runEnd(alphabet, at), readingOf(text).runEnd(alphabet, at));
      }
    }),
  );
});

test('a run is not measured further than the window, wherever it is asked for', () => {
  const reading = readingOf('a'.repeat(3 * MAX_WINDOW));
  for (const at of [0, 10, MAX_WINDOW, 2 * MAX_WINDOW + 1, 5]) {
    assert.equal(reading.runEnd(ALNUM, at), Math.min(3 * MAX_WINDOW, at + MAX_WINDOW));
  }
});

test('nothing beyond the object is read', () => {
  const reading = readingOf('aaaaBBBBaaaa', 4, 8);
  assert.equal(reading.runEnd(LETTERS, 4), 8);
  assert.equal(reading.runStart(LETTERS, 8, 100), 4);
  assert.ok(!reading.hasLiteral('Ba', 7));
  assert.ok(!reading.hasLiteral('aB', 3));
  assert.ok(reading.startsWord(4));
  assert.ok(reading.endsToken(8, LETTERS));
  assert.equal(reading.find('a', 4, 100), -1);
});

const BOUNDARIES: readonly [before: string, starts: boolean][] = [
  ['', true],
  [' ', true],
  ['"', true],
  ['-', true],
  ['a', false],
  ['_', false],
  ['\\n', true],
  ['\\t', true],
  ['\\x', false],
  ['%3D', true],
  ['%zD', false],
  ['\\u003d', true],
  ['u003d', false],
];

suite('a token may begin', () => {
  for (const [before, starts] of BOUNDARIES) {
    test(`${starts ? 'after' : 'not after'} ${JSON.stringify(before)}`, () => {
      assert.equal(readingOf(`${before}token`).startsWord(before.length), starts);
    });
  }
});

const SHAPES: readonly [title: string, parts: readonly Part[], text: string, end: number][] = [
  ['a fixed run', [run(DIGITS, 3)], '1234', 3],
  ['a run that is too short', [run(DIGITS, 3)], '12a', -1],
  ['a run up to its most', [run(DIGITS, 1, 2)], '1234', 2],
  ['an open run before a literal outside its alphabet', [run(DIGITS, 1, 9), '-', run(LETTERS, 1)], '123-a', 5],
  ['an open run before a literal of its alphabet', [run(ALNUM, 2, 9), 'MARK', run(ALNUM, 2)], 'abcMARKde', 9],
  ['a literal that does not come', [run(ALNUM, 2, 4), 'MARK'], 'abcdefMARK', -1],
  ['one of several literals', [oneOf('us', 'eu'), '-', run(DIGITS, 1)], 'eu-1', 4],
  ['none of several literals', [oneOf('us', 'eu')], 'ap', -1],
];

suite('a shape', () => {
  for (const [title, parts, text, end] of SHAPES) {
    test(title, () => assert.equal(matchParts(readingOf(text), parts, 0), end));
  }
});

test('parts before a literal are matched from right to left', () => {
  const reading = readingOf('zz12-ab');
  assert.equal(matchPartsBefore(reading, [run(DIGITS, 2), '-', run(LETTERS, 2)], 7), 2);
  assert.equal(matchPartsBefore(reading, [run(DIGITS, 3), '-', run(LETTERS, 2)], 7), -1);
});

/** Every value of a text, each place tried on its own. */
function allValues(text: string, parts: readonly Part[]): Range[] {
  const found: Range[] = [];
  for (let start = 0; start < text.length; start++) {
    const reading = readingOf(text);
    const end = valueOpens(reading, start) ? matchParts(reading, parts, start) : -1;
    if (end >= 0 && reading.endsToken(end, lastAlphabet(parts))) found.push({ start, end });
  }
  return found;
}

test('a sweep finds in any windows what trying every place finds', () => {
  const shapes = fc.constantFrom<readonly Part[]>([run(HEX, 2)], [run(URL_SAFE, 2, 5)], ['a', run(DIGITS, 1, 3)]);
  fc.assert(
    fc.property(
      texts,
      shapes,
      fc.array(fc.tuple(fc.nat(80), fc.nat(40)), { maxLength: 12 }),
      (text, parts, windows) => {
        const sweep = new Sweep(parts);
        const reading = readingOf(text);
        const all = allValues(text, parts);
        for (const [from, length] of windows.toSorted((a, b) => a[0] - b[0])) {
          const to = Math.min(text.length, from + length);
          const expected = all.filter((one) => one.start >= from && one.start < to);
          assert.deepEqual(sweep.between(reading, from, to), expected);
        }
      },
    ),
  );
});
