import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addedLines } from '../../../../src/domain/attribution/lines/added-lines.ts';

interface Case {
  readonly title: string;
  readonly before?: string;
  readonly parents?: readonly string[];
  readonly after: string;
  readonly added: readonly (readonly [start: number, end: number])[];
  readonly lines: readonly string[];
  readonly totalLines: number;
}

const CASES: readonly Case[] = [
  { title: 'a new file is added as a whole', after: 'a\nb\n', added: [[1, 2]], lines: ['a', 'b'], totalLines: 2 },
  { title: 'a last line without a line feed counts', after: 'a\nb', added: [[1, 2]], lines: ['a', 'b'], totalLines: 2 },
  { title: 'an empty file has no lines', after: '', added: [], lines: [], totalLines: 0 },
  { title: 'an emptied file adds nothing', before: 'a\n', after: '', added: [], lines: [], totalLines: 0 },
  { title: 'the same text adds nothing', before: 'a\nb\n', after: 'a\nb\n', added: [], lines: [], totalLines: 2 },
  {
    title: 'a changed line is added',
    before: 'a\nb\nc\n',
    after: 'a\nB\nc\n',
    added: [[2, 2]],
    lines: ['B'],
    totalLines: 3,
  },
  {
    title: 'carriage returns are part of a line',
    before: 'a\n',
    after: 'a\r\n',
    added: [[1, 1]],
    lines: ['a\r'],
    totalLines: 1,
  },
  {
    title: 'a line feed at the end makes another line, as in git',
    before: 'a',
    after: 'a\n',
    added: [[1, 1]],
    lines: ['a'],
    totalLines: 1,
  },
  {
    title: 'a repeated group is added behind the one it repeats',
    before: 'f {\n}\n',
    after: 'f {\n}\nf {\n}\n',
    added: [[3, 4]],
    lines: ['f {', '}'],
    totalLines: 4,
  },
  {
    title: 'removed lines are not lines of the commit',
    before: 'a\nb\nc\n',
    after: 'a\nc\n',
    added: [],
    lines: [],
    totalLines: 2,
  },
  { title: 'a binary file has no lines', before: 'a\n', after: 'a\0\nb\n', added: [], lines: [], totalLines: 0 },
  {
    title: 'a merge adds what is in none of its parents',
    before: 'a\nb\n',
    parents: ['a\nc\n'],
    after: 'a\nb\nc\nd\n',
    added: [[4, 4]],
    lines: ['d'],
    totalLines: 4,
  },
  {
    title: 'a merge of a file that one parent lacks adds what is new to the other',
    parents: ['a\n'],
    after: 'a\nb\n',
    added: [[2, 2]],
    lines: ['b'],
    totalLines: 2,
  },
  {
    title: 'an octopus is compared with all of its parents',
    before: 'a\n',
    parents: ['b\n', 'c\n'],
    after: 'a\nb\nc\n',
    added: [],
    lines: [],
    totalLines: 3,
  },
];

for (const { title, before, parents = [], after, added, lines, totalLines } of CASES) {
  test(title, () => {
    const found = addedLines({
      before: before === undefined ? undefined : Buffer.from(before),
      parents: parents.map((parent) => Buffer.from(parent)),
      after: Buffer.from(after),
    });
    assert.deepEqual(
      found.ranges,
      added.map(([start, end]) => ({ start, end })),
    );
    assert.deepEqual(found.lines.map(String), lines);
    assert.equal(found.totalLines, totalLines);
  });
}

test('two changes that add the same and remove something else have different digests', () => {
  const removed = (before: string) =>
    addedLines({ before: Buffer.from(before), after: Buffer.from('a\nnew\n') }).removed;
  assert.equal(removed('a\n'), undefined);
  assert.notEqual(removed('a\nold\n'), removed('a\nolder\n'));
  assert.equal(removed('a\nold\n'), removed('a\nold\n'));
});
