// THREATS.md is a promise: whoever reads a row finds the code and the test it names.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const TABLE = readFileSync(join(ROOT, 'test/THREATS.md'), 'utf8');
const LAST = 93;

interface Row {
  readonly number: number;
  readonly stoppedBy: string;
  readonly guards: readonly { readonly file: string; readonly title: string }[];
}

const rows: readonly Row[] = TABLE.split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    assert.equal(cells.length, 6, `four cells: ${line}`);
    const [, number = '', , stoppedBy = '', guardedBy = ''] = cells;
    const guards = guardedBy.split('<br>').flatMap((text) => {
      const match = /^`(test\/[^`]+)` › (.+)$/.exec(text);
      if (text !== '–') assert.ok(match, `row ${number}: a file and a title: ${text}`);
      return match === null ? [] : [{ file: match[1] ?? '', title: match[2] ?? '' }];
    });
    return { number: Number(number), stoppedBy, guards };
  });

/** A title as it stands in the source: quoted in any way, `…` for what a template fills in. */
function isTitleIn(source: string, title: string): boolean {
  const parts = title.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "\\\\?'"));
  return new RegExp(`(['"\`])${parts.join('\\$\\{[^`]*\\}')}\\1`).test(source);
}

function sources(folder: string): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

test('every row is there once, in order', () => {
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: LAST }, (_, at) => at + 1),
  );
});

describe('a row', () => {
  for (const { number, stoppedBy, guards } of rows) {
    test(`${number} names code that is there, and a test that is there or the feature it waits for`, () => {
      const files = [...stoppedBy.matchAll(/`(src\/[^`]+)`/g)].map((match) => match[1] ?? '');
      for (const file of files) assert.ok(statSync(join(ROOT, file), { throwIfNoEntry: false })?.isFile(), file);
      const isOpen = /not yet: comes with \w+|not blockable/.test(stoppedBy);
      assert.ok(guards.length > 0 || isOpen, 'a guard, or why there is none');
      assert.ok(files.length > 0 || isOpen, 'code, or why there is none');
      for (const { file, title } of guards) {
        const source = statSync(join(ROOT, file), { throwIfNoEntry: false }) && readFileSync(join(ROOT, file), 'utf8');
        assert.ok(source, `${file} exists`);
        assert.ok(isTitleIn(source, title), `${file} has no test "${title}"`);
      }
    });
  }
});

test('a title is found as it is quoted, and only whole', () => {
  assert.ok(isTitleIn("test('it is so', () => {", 'it is so'));
  assert.ok(isTitleIn("test('it isn\\'t so', () => {", "it isn't so"));
  assert.ok(isTitleIn('test(`$' + '{what} is so`, () => {', '… is so'));
  assert.ok(!isTitleIn("test('it is so no longer', () => {", 'it is so'));
  assert.ok(!isTitleIn('// it is so', 'it is so'));
});

test('comments name rows that exist', () => {
  let named = 0;
  for (const file of [...sources('src'), ...sources('test')]) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, list = ''] of text.matchAll(/THREATS\.md (\d+(?:(?:, | and | to |-)\d+)*)/g)) {
      for (const [number] of list.matchAll(/\d+/g)) {
        named += 1;
        assert.ok(Number(number) >= 1 && Number(number) <= LAST, `${file} names row ${number}`);
      }
    }
  }
  assert.ok(named > 10, 'they name some');
});
