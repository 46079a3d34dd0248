import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineHash, lineHashHex } from '../../../../src/domain/attribution/lines/line-hash.ts';
import { isInformative, normaliseBytes, normaliseLine } from '../../../../src/domain/attribution/lines/normalise.ts';
import { decodeBytes, encodeBytes } from '../../../../src/protocol/bytes.ts';

const NORMALISED: readonly (readonly [title: string, line: string, normalised: string])[] = [
  ['indentation goes', '\t    return total;', 'return total;'],
  ['trailing blanks and the carriage return go', 'return total; \t\r', 'return total;'],
  ['so does a line feed', 'return total;\r\n', 'return total;'],
  ['inner blanks become one space', 'a\t=  b', 'a = b'],
  ['a string literal keeps its words', '  "A  b"', '"A b"'],
  ['case stays', 'Total', 'Total'],
  ['a blank line is empty', ' \t \r\n', ''],
  ['an empty line stays', '', ''],
];

for (const [title, line, normalised] of NORMALISED) {
  test(title, () => assert.equal(normaliseLine(line), normalised));
}

test('normalising twice changes nothing', () => {
  const line = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', 'a', 'é', '}') });
  fc.assert(fc.property(line, (text) => assert.equal(normaliseLine(normaliseLine(text)), normaliseLine(text))));
});

test('bytes and the text they decode to have one hash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const line = Buffer.from(bytes);
      assert.equal(lineHash(normaliseLine(line)), lineHash(normaliseLine(decodeBytes(line))));
    }),
  );
});

test('normalised as bytes, a line is what it is as text', () => {
  const byte = fc.constantFrom(0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x41, 0x7d, 0xc3, 0xa9, 0x85, 0xa0);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 30 }), (bytes) => {
      const line = Buffer.from(bytes);
      const into = Buffer.alloc(line.length);
      assert.deepEqual(into.subarray(0, normaliseBytes(line, into)), encodeBytes(normaliseLine(line)));
    }),
  );
});

test('the hash of a line is what was stored for it', () => {
  assert.equal(lineHashHex(''), 'e3b0c44298fc1c14');
  assert.equal(lineHash('return total;'), BigInt(`0x${lineHashHex(Buffer.from('return total;'))}`));
  assert.equal(lineHashHex('return total;'), 'b3b9a3ff50aa4572');
});

const INFORMATIVE = [
  'const total = prices.reduce(sum, 0);',
  'return computeTotal(cart);',
  'def load_settings(path):',
  '// rounds half to even, as the bank does',
  'importantValue = 5',
  'username: admin-console',
  '名前は空ではいけません、',
];
const COMMON = [
  '',
  '}',
  '});',
  '} else {',
  'return nil, err',
  'return false;',
  'if err != nil {',
  '} catch (error) {',
  "import { test } from 'node:test';",
  'from os import path',
  '#include <stdio.h>',
  '# include "local-thing.h"',
  "const fs = require('node:fs');",
  'package com.example.orders',
  '// Copyright 2019 The Example Authors',
  '# SPDX-License-Identifier: Apache-2.0',
  '* Licensed under the Apache License, Version 2.0',
  '----------------------',
  '########',
  'x = y',
];
for (const line of INFORMATIVE) test(`speaks for itself: ${line}`, () => assert.equal(isInformative(line), true));
for (const line of COMMON)
  test(`everybody writes: ${line || '(nothing)'}`, () => assert.equal(isInformative(line), false));

test('a line of megabytes costs no more than its start', () => {
  const lines = [' '.repeat(4e6), `const ${'a, '.repeat(1e6)}`, '}'.repeat(4e6)].map((line) =>
    Buffer.from(line).toString(),
  );
  const began = process.cpuUsage();
  for (let round = 0; round < 1_000; round++) for (const line of lines) isInformative(line);
  assert.ok(process.cpuUsage(began).user < 1e6);
});
