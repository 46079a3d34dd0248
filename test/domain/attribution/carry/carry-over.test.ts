import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import {
  type CarriedRow,
  MAX_LINES,
  packLine,
  rowKeys,
  unpackLine,
} from '../../../../src/domain/attribution/carry/carried-row.ts';
import { carryOver } from '../../../../src/domain/attribution/carry/carry-over.ts';
import { remember } from '../../../../src/domain/attribution/carry/remember.ts';
import { combinePush } from '../../../../src/domain/attribution/combine/combine-push.ts';
import type { Evidence, LineRange } from '../../../../src/domain/attribution/evidence.ts';
import { addedFile, evidence, oid } from '../sample.ts';

const OLD = oid('old');
const NEW = oid('new');
const CLAUDE = 'claude-code';

const LINES = [
  'export function total(cart) {',
  '  const sum = add(cart.items);',
  '  audit(cart.owner, sum);',
  '  return sum * cart.rate;',
  '}',
];
const LONG = 'const everything = await collectEverything(cart, options);';

function note(commit: string, path: string, ranges: readonly LineRange[], agent = CLAUDE): Evidence {
  return evidence(agent, { kind: 'git-ai-note', tier: 'E3', verifier: 'consistent', target: { commit, path, ranges } });
}

function remembered(files: readonly AddedFile[], items: readonly Evidence[]): CarriedRow[] {
  const commits = [...new Set(files.map(({ commit }) => commit))].map((one) => ({
    oid: one,
    kind: 'ordinary' as const,
  }));
  return remember(combinePush({ commits, files, evidence: items, ruleSet: 'test', unseen: [] }), files);
}

/** What is found of LINES, all by an agent, when `after` comes in `path`. */
function foundIn(
  after: readonly string[],
  { path = 'src/cart.ts', before = [] as readonly string[], old = LINES } = {},
): string {
  const rows = remembered(
    [addedFile(OLD, 'src/cart.ts', old)],
    [note(OLD, 'src/cart.ts', [{ start: 1, end: old.length }])],
  );
  const found = carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, path, after, before)], rows });
  for (const item of found) assert.deepEqual([item.carriedFrom, item.target.commit, item.tier], [OLD, NEW, 'E3']);
  return found
    .flatMap(({ target }) => target.ranges ?? [])
    .map(({ start, end }) => `${start}-${end}`)
    .join();
}

const HEAD = ['// other text of the file', 'const rate = 3;'];

test('the same patch is found as a whole', () => assert.equal(foundIn([...HEAD, ...LINES], { before: HEAD }), '3-7'));
test('indented otherwise, it is the same', () => assert.equal(foundIn(LINES.map((line) => `\t${line}`)), '1-5'));
test('in a larger change, it is found', () => assert.equal(foundIn([...HEAD, ...LINES, ...HEAD]), '3-6'));
test('in another folder, it is found', () =>
  assert.equal(foundIn([...HEAD, ...LINES], { path: 'lib/cart.ts' }), '3-7'));
test('in a file of another name, it is not looked for', () =>
  assert.equal(foundIn([...HEAD, ...LINES], { path: 'src/basket.ts' }), ''));
test('a changed line is not found, the lines around it are', () => {
  const old = [...LINES.slice(0, 4), '  log(cart.owner);', '  log(cart.items);', '  notify(cart.owner, cart.items);'];
  assert.equal(foundIn([...HEAD, ...old.with(3, '  return sum * 2;')], { old }), '3-5,7-9');
});
test('two informative lines are too few', () => assert.equal(foundIn([...HEAD, ...LINES.slice(1, 3)]), ''));
test('one long line is enough', () => assert.equal(foundIn([...HEAD, LONG], { old: [...LINES, LONG] }), '3-3'));
test('a long line that stands twice is not', () =>
  assert.equal(foundIn([LONG, ...HEAD, LONG], { old: [...LINES, LONG] }), ''));
test('brackets are nobody', () =>
  assert.equal(foundIn(['}', '', '}', '{', '}'], { old: ['}', '', '}', '{', '}'] }), ''));
test('a bracket inside comes along, one at the edge does not, the end of both does', () => {
  const old = ['}', LINES[1] as string, '}', ...LINES.slice(2, 4), '}'];
  assert.equal(foundIn([...HEAD, ...old, ...HEAD], { old }), '4-7');
  assert.equal(foundIn([...HEAD, ...old], { old }), '4-8');
});

test('a bracket that begins both comes along', () => {
  const old = ['{', ...LINES.slice(1, 4)];
  assert.equal(foundIn([...old, ...HEAD], { old }), '1-4');
});
test('lines that other lines stand between make no run', () => {
  const kept = ['  keep(cart.items);', '  keep(cart.owner);'];
  const after = [...LINES.slice(1, 3), ...kept, LINES[3] as string];
  assert.equal(foundIn(after, { before: kept, old: [...LINES.slice(1, 4), 'notify(cart.owner);'] }), '');
});

test('lines nobody spoke for are not carried', () => {
  const rows = remembered([addedFile(OLD, 'a.ts', LINES)], [note(OLD, 'a.ts', [{ start: 2, end: 3 }])]);
  const [found] = carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, 'a.ts', [...HEAD, ...LINES])], rows });
  assert.deepEqual(found?.target.ranges, [{ start: 4, end: 5 }]);
});

test('nothing is kept of a push that nobody speaks for', () => {
  assert.deepEqual(remembered([addedFile(OLD, 'a.ts', LINES)], []), []);
});

test('a squash gets the evidence of all of its commits', () => {
  const second = ['export function rate(cart) {', '  const found = lookUp(cart.owner);', '  return found.percent;'];
  const files = [addedFile(oid('1'), 'a.ts', LINES), addedFile(oid('2'), 'a.ts', [...LINES, ...second], LINES)];
  const items = [
    note(oid('1'), 'a.ts', [{ start: 1, end: 5 }]),
    note(oid('2'), 'a.ts', [{ start: 6, end: 8 }], 'openai-codex'),
  ];
  const rows = remembered(files, items);
  const found = carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, 'a.ts', [...LINES, ...second])], rows });
  const shown = found.map(({ claim, carriedFrom, target }) => [claim.codingAgent, carriedFrom, target.ranges]);
  assert.deepEqual(shown, [
    [CLAUDE, oid('1'), [{ start: 1, end: 4 }]],
    ['openai-codex', oid('2'), [{ start: 6, end: 8 }]],
  ]);
});

const trailer = evidence(CLAUDE, { kind: 'trailer', tier: 'E2', target: { commit: OLD } });
const key = evidence(CLAUDE, { kind: 'principal', tier: 'E4', scope: 'push', verifier: 'verified' });

test('with the same patch, what was declared is carried as a whole, and nothing is verified any more', () => {
  const rows = remembered([addedFile(OLD, 'a.ts', LINES)], [trailer, key]);
  const found = carryOver({
    commits: [{ oid: NEW }],
    files: [addedFile(NEW, 'a.ts', [...HEAD, ...LINES], HEAD)],
    rows,
  });
  const shown = found.map(({ kind, tier, verifier, target }) => [kind, tier, verifier, target]);
  assert.deepEqual(shown, [
    ['trailer', 'E2', 'unverifiable', { commit: NEW }],
    ['principal', 'E4', 'consistent', { commit: NEW }],
  ]);
});

test('what the new commit says itself is not carried', () => {
  const rows = remembered([addedFile(OLD, 'a.ts', LINES)], [trailer]);
  const own = [{ ...trailer, target: { commit: NEW } }];
  assert.deepEqual(carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, 'a.ts', LINES)], rows, own }), []);
});

test('as a part of another commit, what was declared speaks for its lines only', () => {
  const rows = remembered([addedFile(OLD, 'a.ts', LINES)], [trailer]);
  const files = [addedFile(NEW, 'a.ts', [...HEAD, ...LINES])];
  const found = carryOver({ commits: [{ oid: NEW }], files, rows });
  assert.deepEqual(
    found.map(({ scope, isPartial, target }) => [scope, isPartial, target.ranges]),
    [['commit', true, [{ start: 3, end: 7 }]]],
  );
  const attribution = combinePush({
    commits: [{ oid: NEW, kind: 'squash' }],
    files,
    evidence: found,
    ruleSet: 'test',
    unseen: [],
  });
  assert.deepEqual([attribution.lines.declared, attribution.lines.unknown], [5, 2]);
});

test('over several rewrites, the first commit stays the origin, and is named once', () => {
  const first = remembered([addedFile(OLD, 'a.ts', LINES)], [note(OLD, 'a.ts', [{ start: 1, end: 5 }])]);
  const middle = addedFile(oid('middle'), 'a.ts', [...HEAD, ...LINES], HEAD);
  const again = remembered([middle], carryOver({ commits: [{ oid: middle.commit }], files: [middle], rows: first }));
  const files = [addedFile(NEW, 'a.ts', [...LINES, ...HEAD], HEAD)];
  const found = carryOver({ commits: [{ oid: NEW }], files, rows: [...again, ...first] });
  assert.deepEqual(
    found.map(({ carriedFrom }) => carriedFrom),
    [OLD],
  );
});

test('the longest run tells whose a line is', () => {
  const mine = [...LINES.slice(1, 4)];
  const files = [addedFile(oid('1'), 'a.ts', mine), addedFile(oid('2'), 'a.ts', LINES)];
  const rows = remembered(files, [
    note(oid('1'), 'a.ts', [{ start: 1, end: 3 }]),
    note(oid('2'), 'a.ts', [{ start: 1, end: 1 }], 'openai-codex'),
  ]);
  const found = carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, 'a.ts', [...HEAD, ...LINES])], rows });
  assert.deepEqual(
    found.map(({ claim, target }) => [claim.codingAgent, target.ranges]),
    [['openai-codex', [{ start: 3, end: 3 }]]],
  );
});

test('rows are looked up by patch, path and name', () => {
  const rows = remembered([addedFile(OLD, 'src/cart.ts', LINES)], [note(OLD, 'src/cart.ts', [{ start: 1, end: 5 }])]);
  const keys = rowKeys([addedFile(NEW, 'src/cart.ts', LINES)]);
  const [row] = rows;
  assert.deepEqual(keys, { patchIds: [row?.patchId], paths: [row?.path], names: [row?.name] });
});

test('a packed line is unpacked as it was', () => {
  for (const line of [
    { owner: 0, weight: 0, isStart: false },
    { owner: 1_000, weight: 2, isStart: true },
    { owner: 8_191, weight: 1, isStart: false },
  ]) {
    assert.deepEqual(unpackLine(packLine(line)), line);
    assert.ok(packLine(line) < 2 ** 16);
  }
});

test('rows that are cut short or made of anything else are read as far as they go', () => {
  const [row] = remembered([addedFile(OLD, 'a.ts', LINES)], [note(OLD, 'a.ts', [{ start: 1, end: 5 }])]);
  const odd: CarriedRow = {
    ...(row as CarriedRow),
    patchId: 'x',
    lines: Buffer.alloc(3, 0xff),
    hashes: (row as CarriedRow).hashes.subarray(0, 13),
  };
  assert.deepEqual(
    carryOver({ commits: [{ oid: NEW }], files: [addedFile(NEW, 'a.ts', [...HEAD, ...LINES])], rows: [odd] }),
    [],
  );
});

const many = (count: number, line: (at: number) => string) => Array.from({ length: count }, (_, at) => line(at));
const HOSTILE: readonly (readonly [title: string, old: readonly string[], after: readonly string[]])[] = [
  ['the same line all over', many(50_000, () => LONG), many(60_000, () => LONG)],
  ['lines in turn', many(50_000, (at) => LINES[at % 3] as string), many(60_000, (at) => LINES[(at + 1) % 3] as string)],
  [
    'runs that are nearly long enough',
    many(50_000, (at) => (at % 100 < 2 ? `value${at % 100}.total();` : '}')),
    many(60_000, (at) => (at % 101 < 2 ? `value${at % 101}.total();` : '}')),
  ],
];
for (const [title, old, after] of HOSTILE) {
  test(`bounded: ${title}, in many rows`, () => {
    const [row] = remembered([addedFile(OLD, 'a.ts', old)], [note(OLD, 'a.ts', [{ start: 1, end: old.length }])]);
    const rows = many(200, (at) => `${at}`).map((name) => ({
      ...(row as CarriedRow),
      commit: oid(name),
      patchId: name,
    }));
    const file = addedFile(NEW, 'a.ts', after);
    const began = process.cpuUsage();
    carryOver({ commits: [{ oid: NEW }], files: [file], rows });
    assert.ok(process.cpuUsage(began).user < 4e6, `${process.cpuUsage(began).user}`);
  });
}

test('of a huge file the first lines are remembered', () => {
  const lines = many(MAX_LINES + 10, (at) => `value${at}.total();`);
  const [row] = remembered([addedFile(OLD, 'a.ts', lines)], [note(OLD, 'a.ts', [{ start: 1, end: lines.length }])]);
  assert.equal(row?.hashes.length, MAX_LINES * 8);
  assert.equal(row?.lines.length, MAX_LINES * 2);
});
