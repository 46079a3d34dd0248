import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProgress, progressLine } from '../../../src/cli/scan/progress.ts';

function watched(isTTY: boolean) {
  const written: string[] = [];
  let time = 0;
  const terminal = { isTTY, write: (text: string) => written.push(text) };
  const progress = openProgress('files', terminal, () => time);
  const at = (milliseconds: number): string[] => {
    time = milliseconds;
    progress.update({ done: 1000, total: 2000, bytes: 12_345_678, found: 2 });
    return written.splice(0);
  };
  return { progress, at, written };
}

test('nothing is shown in the first second, then at most ten times a second', () => {
  const { at } = watched(true);
  assert.deepEqual(at(999), []);
  assert.equal(at(1000).length, 1);
  assert.deepEqual(at(1050), []);
  assert.equal(at(1100).length, 1);
});

test('nothing is shown where there is no terminal', () => {
  const { at, progress, written } = watched(false);
  assert.deepEqual(at(5000), []);
  progress.clear();
  assert.deepEqual(written, []);
});

test('the line is taken away before anything else is printed, and only when there is one', () => {
  const { at, progress, written } = watched(true);
  progress.clear();
  assert.deepEqual(written, []);
  at(2000);
  progress.clear();
  progress.clear();
  assert.deepEqual(written, ['\r\x1b[K']);
});

const LINES: readonly (readonly [done: number, total: number | undefined, line: string])[] = [
  [1000, 2000, '[============>           ] 50 %  1,000 of 2,000 files, 12.3 MB, 2 found'],
  [2000, 2000, '[========================] 100 %  2,000 of 2,000 files, 12.3 MB, 2 found'],
  [3000, 2000, '[========================] 100 %  3,000 of 2,000 files, 12.3 MB, 2 found'],
  [1000, undefined, '1,000 files, 12.3 MB, 2 found'],
  [0, 0, '0 of 0 files, 12.3 MB, 2 found'],
];

for (const [done, total, line] of LINES) {
  test(`${done} of ${total} is told as a line`, () => {
    assert.equal(progressLine({ done, total, bytes: 12_345_678, found: 2 }, 'files'), line);
  });
}
