import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { addedLines } from '../../../../src/domain/attribution/lines/added-lines.ts';
import { diffLines } from '../../../../src/domain/attribution/lines/line-diff.ts';
import { type TextLines, textLines } from '../../../../src/domain/attribution/lines/text-lines.ts';
import { codeEdit, type Edit, noisyEdit, numbers } from './edits.ts';

function linesWithout(text: TextLines, changed: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.count; at++) {
    if (changed[at] === 0) lines.push(text.bytes.toString('latin1', text.starts[at], text.starts[at + 1]));
  }
  return lines;
}

function assertSameRemains(before: string, after: string): void {
  const [one, other] = [textLines(Buffer.from(before)), textLines(Buffer.from(after))];
  const changes = diffLines(one, other);
  assert.deepEqual(linesWithout(one, changes.before), linesWithout(other, changes.after));
}

test('what is not changed is the same in both texts', () => {
  const line = fc.constantFrom('', ' ', '}', '  }', 'a', 'b', 'c');
  const text = fc
    .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('', '\n'))
    .map(([l, end]) => l.join('\n') + end);
  fc.assert(fc.property(text, text, assertSameRemains), { numRuns: 2000 });
});

test('what is not changed is the same in texts that take several splits', () => {
  for (let seed = 0; seed < 20; seed++) {
    const below = numbers(seed);
    const text = () => Array.from({ length: 3000 }, () => (below(50) === 0 ? `unique ${below(1e6)}` : `${below(12)}`));
    assertSameRemains(text().join('\n'), text().join('\n'));
  }
});

/** Added ranges of each edit, as `git diff` has them. */
function gitRanges(edits: readonly Edit[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'line-diff-'));
  for (const side of ['before', 'after'] as const) {
    mkdirSync(join(dir, side));
    for (const [at, edit] of edits.entries()) writeFileSync(join(dir, side, `${at}`), edit[side]);
  }
  const args = ['diff', '--no-index', '--no-renames', '--no-color', '-U0', 'before', 'after'];
  const { stdout } = spawnSync('git', args, { cwd: dir, maxBuffer: 2 ** 28, env: { PATH: process.env['PATH'] } });
  rmSync(dir, { recursive: true });
  const ranges: string[][] = edits.map(() => []);
  let at = 0;
  for (const line of stdout.toString('latin1').split('\n')) {
    at = Number(/^diff --git \S+\/(\d+) /.exec(line)?.[1] ?? at);
    const [, start, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (start !== undefined && count !== '0') ranges[at]?.push(`${start}-${Number(start) + Number(count) - 1}`);
  }
  return ranges.map((one) => one.join());
}

function ourRanges({ before, after }: Edit): string {
  const { ranges } = addedLines({ before: Buffer.from(before), after: Buffer.from(after) });
  return ranges.map(({ start, end }) => `${start}-${end}`).join();
}

function countIn(ranges: string): number {
  const counts = ranges.split(',').map((range) => range.split('-').map(Number));
  return counts.reduce((sum, [start = 0, end = -1]) => sum + end - start + 1, 0);
}

test('added ranges of edited code are those of git, nearly always, and never more lines', () => {
  const edits = Array.from({ length: 800 }, (_, seed) => codeEdit(seed));
  const theirs = gitRanges(edits);
  const same = edits.filter((edit, at) => ourRanges(edit) === theirs[at]).length;
  assert.ok(same >= 0.975 * edits.length, `${same} of ${edits.length}`);
  for (const [at, edit] of edits.entries()) assert.ok(countIn(ourRanges(edit)) <= countIn(theirs[at] ?? ''));
});

test('of noise, no more lines are added than git adds', () => {
  const edits = Array.from({ length: 400 }, (_, seed) => noisyEdit(seed));
  const theirs = gitRanges(edits);
  for (const [at, edit] of edits.entries())
    assert.ok(countIn(ourRanges(edit)) <= countIn(theirs[at] ?? ''), `seed ${at}`);
});

const MANY = 500_000;
const repeated = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');
const below = numbers(7);
const HOSTILE: readonly (readonly [title: string, before: () => string, after: () => string])[] = [
  ['equal lines, more of them', () => repeated(MANY, () => 'a\n'), () => repeated(2 * MANY, () => 'a\n')],
  [
    'alternating, shifted',
    () => repeated(MANY, (at) => `${at % 2}\n`),
    () => repeated(MANY, (at) => `${(at + 1) % 2}\n`),
  ],
  ['two words in any order', () => repeated(MANY, () => `${below(2)}\n`), () => repeated(MANY, () => `${below(2)}\n`)],
  ['the same lines backwards', () => repeated(MANY, (at) => `${at}\n`), () => repeated(MANY, (at) => `${MANY - at}\n`)],
  [
    'every other line changed',
    () => repeated(MANY, () => 'a\n'),
    () => repeated(MANY, (at) => (at % 2 === 0 ? 'a\n' : 'b\n')),
  ],
  ['empty lines between', () => repeated(MANY, (at) => `${at}\n`), () => repeated(MANY, (at) => `\n${at * 7}\n`)],
  ['one line of megabytes', () => 'a'.repeat(8e6), () => 'a'.repeat(8e6 + 1)],
];
for (const [title, before, after] of HOSTILE) {
  test(`bounded: ${title}`, () => {
    const [one, other] = [textLines(Buffer.from(before())), textLines(Buffer.from(after()))];
    const began = process.cpuUsage();
    const changes = diffLines(one, other);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 3e6, `${user} microseconds`);
    assert.equal(one.count - countOf(changes.before), other.count - countOf(changes.after));
  });
}

function countOf(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

test('a hundred thousand words in any order still mostly correspond', () => {
  const text = () => textLines(Buffer.from(repeated(100_000, () => `${below(2)}\n`)));
  const { after } = diffLines(text(), text());
  assert.ok(countOf(after) < 60_000, `${countOf(after)}`);
});
