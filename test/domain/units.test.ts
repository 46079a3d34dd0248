import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatSize, parseDuration, parseMoment, parseSize } from '../../src/domain/units.ts';

const DAY = 86_400_000;

describe('sizes', () => {
  for (const [text, bytes] of [
    ['2GiB', 2 ** 31],
    ['512 MB', 512e6],
    ['1000', 1000],
    ['1.5KiB', 1536],
    ['0', undefined],
    ['-1', undefined],
    ['1GiBs', undefined],
    ['9999999TiB', undefined],
  ] as const) {
    test(`${text} is ${bytes ?? 'none'}`, () => assert.equal(parseSize(text), bytes));
  }
  for (const [bytes, text] of [
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1.5 * 2 ** 30, '1.5 GiB'],
    [2 ** 44, '16 TiB'],
    [2 ** 52, '4096 TiB'],
  ] as const) {
    test(`${bytes} reads as ${text}`, () => assert.equal(formatSize(bytes), text));
  }
});

describe('durations', () => {
  for (const [text, milliseconds] of [
    ['90d', 90 * DAY],
    ['1h30m', 5_400_000],
    ['10ms', 10],
    ['10', undefined],
    ['0s', undefined],
    ['101000w', undefined],
  ] as const) {
    test(`${text} is ${milliseconds ?? 'none'}`, () => assert.equal(parseDuration(text), milliseconds));
  }
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 25, 12);
  for (const [text, at] of [
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2026-11-01T12:00Z', Date.UTC(2026, 10, 1, 12)],
    ['2026-11-01T12:00:00.5+02:00', Date.UTC(2026, 10, 1, 10, 0, 0, 500)],
    ['1d', now - DAY],
    ['99y', undefined],
    ['2026-11-01T12:00:00', undefined],
    ['2026-13-01', undefined],
    ['November', undefined],
    ['', undefined],
  ] as const) {
    test(`${text || 'nothing'} is ${at === undefined ? 'none' : new Date(at).toISOString()}`, () =>
      assert.equal(parseMoment(text, now), at));
  }
  test('a duration longer than there is time ends at the beginning', () => assert.equal(parseMoment('99w', 1000), 0));
});
