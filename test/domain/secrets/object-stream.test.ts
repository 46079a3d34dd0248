import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ObjectStream, type StreamLimits } from '../../../src/domain/secrets/object-stream.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { createObjectScanner } from '../../../src/domain/secrets/scan-object.ts';
import type { ObjectScan } from '../../../src/domain/secrets/secret-scanner.ts';
import { tarOf } from './support/archives.ts';
import { npmToken, plainText } from './support/tokens.ts';

const scanner = createObjectScanner({ rules: ALL_RULES, fingerprintKey: Buffer.alloc(32, 7) });
const SMALL: StreamLimits = { wholeBytes: 8192, archiveBytes: 16_384, windowBytes: 6144, overlapBytes: 2048 };

function streamed(bytes: Buffer, sizes: readonly number[], limits: StreamLimits): ObjectScan {
  const stream = new ObjectStream(scanner, { path: 'a.txt' }, { limits });
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? bytes.length;
    stream.write(bytes.subarray(at, at + size));
    at += size;
  }
  return stream.end();
}

test('an object gives the same findings in whatever pieces it arrives', () => {
  const bytes = Buffer.from(`${plainText('one', 3000)}\nt = "${npmToken('one')}"\n${plainText('two', 900)}`);
  const whole = scanner.scan({ bytes, path: 'a.txt' });
  assert.equal(whole.findings.length, 1);
  const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, (given) => assert.deepEqual(streamed(bytes, given, SMALL), whole)),
    { numRuns: 50 },
  );
});

test('through windows every secret is found once, at its place in the whole', () => {
  const token = npmToken('window');
  const property = fc.property(
    fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 12 }),
    fc.boolean(),
    (places, hasLines) => {
      const text = plainText('long', 60_000);
      const parts = [...new Set(places)].sort((a, b) => a - b);
      let out = '';
      parts.forEach((place, at) => {
        out += `${text.slice(parts[at - 1] ?? 0, place)} t = "${token}" ;`;
      });
      const bytes = Buffer.from(hasLines ? out : out.replaceAll('\n', ' '));
      const whole = scanner.scan({ bytes, path: 'a.txt' });
      const found = streamed(bytes, [997], SMALL);
      const placesOf = ({ findings }: ObjectScan) =>
        findings.map(({ rule, line, column, endLine, endColumn }) => [rule, line, column, endLine, endColumn]);
      assert.deepEqual(placesOf(found), placesOf(whole));
      assert.equal(found.findings.length, parts.length);
    },
  );
  fc.assert(property, { numRuns: 60 });
});

test('an archive is one up to its own limit', () => {
  const bytes = tarOf([
    { name: 'pad', content: Buffer.alloc(10_000, 'x\n') },
    { name: 'k', content: Buffer.from(npmToken('tar')) },
  ]);
  assert.deepEqual(
    streamed(bytes, [1000], SMALL).findings.map(({ path }) => path),
    ['a.txt!k'],
  );
});

test('an archive beyond it is said not to be looked into, and read as the bytes that it is', () => {
  const bytes = tarOf([
    { name: 'pad', content: Buffer.alloc(30_000, 'x\n') },
    { name: 'k', content: Buffer.from(npmToken('tar')) },
  ]);
  const { findings, notInspected } = streamed(bytes, [1000], SMALL);
  assert.equal(findings.length, 1);
  assert.ok(notInspected.some(({ reason, path }) => reason === 'too-large' && path === 'a.txt'));
});

test('no more than a window is held of a large object', () => {
  const limits: StreamLimits = {
    wholeBytes: 1 << 20,
    archiveBytes: 1 << 20,
    windowBytes: 1 << 20,
    overlapBytes: 1 << 16,
  };
  const piece = Buffer.from(plainText('piece', 1 << 16));
  const stream = new ObjectStream(scanner, {}, { limits });
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let count = 0; count < 400; count++) {
    stream.write(piece);
    if (count % 100 === 99) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  stream.write(Buffer.from(` t = "${npmToken('end')}"`));
  assert.equal(stream.end().findings.length, 1);
  assert.ok(most < 24 << 20, `${most} bytes`);
});
