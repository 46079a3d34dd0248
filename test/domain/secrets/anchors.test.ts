// The WebAssembly scanner, the plain one and a search by indexOf see the same anchors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Automaton, buildAutomaton, MAX_DEPTH } from '../../../src/domain/secrets/automaton.ts';
import { exactRule } from '../../../src/domain/secrets/exact.ts';
import { findAnchors } from '../../../src/domain/secrets/find-anchors.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';
import { CHUNK, LANES } from '../../../src/domain/secrets/wasm/lanes.ts';
import { anchorScanner } from '../../../src/domain/secrets/wasm/scanner.ts';

const anchor = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'B', '_'), minLength: 1, maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 8, maxLength: 20 }),
);
const anchorSets = fc.uniqueArray(anchor, { minLength: 1, maxLength: 12 });
/** Adversarial: little but pieces of anchors. */
const dense = fc
  .string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '_', '\n'), maxLength: 400 })
  .map((text) => Buffer.from(text));
const bytes = fc.oneof(dense, fc.uint8Array({ maxLength: 400 }));

type Hits = [report: number, end: number, object: number][];

function byWasm(automaton: Automaton, objects: readonly Uint8Array[]): Hits {
  const hits: Hits = [];
  anchorScanner(automaton)(objects, (report, end, object) => {
    hits.push([report, end, object]);
  });
  return hits;
}

function byLoop(automaton: Automaton, objects: readonly Uint8Array[]): Hits {
  const hits: Hits = [];
  objects.forEach((object, index) => {
    findAnchors(automaton, object, 0, object.length, (report, end) => hits.push([report, end, index]));
  });
  return hits;
}

/** Of one byte over and over only the first places need to be told. */
function withoutRuns(hits: Hits, objects: readonly Uint8Array[], depth: number): Hits {
  let run = 0;
  return hits.filter(([, end, object], at) => {
    const before = hits[at - 1];
    const bytes = objects[object] as Uint8Array;
    const isNext = before?.[2] === object && before[1] + 1 === end && bytes[end - 1] === bytes[end - 2];
    run = isNext ? run + 1 : 0;
    return run <= depth;
  });
}

/** Ends of every anchor's first twelve characters, found one by one. */
function bySearch(anchors: readonly string[], object: Uint8Array): string[] {
  const text = Buffer.from(object)
    .toString('latin1')
    .replace(/[A-Z]/g, (one) => one.toLowerCase());
  return anchors.flatMap((whole, index) => {
    const part = whole.slice(0, MAX_DEPTH).toLowerCase();
    const found: string[] = [];
    for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1))
      found.push(`${at + part.length} ${index}`);
    return found;
  });
}

test('the lanes see what the plain loop sees, over any objects', () => {
  fc.assert(
    fc.property(anchorSets, fc.array(bytes, { maxLength: 20 }), (texts, objects) => {
      const automaton = buildAutomaton(texts.map((text) => ({ text })));
      const all = byLoop(automaton, objects);
      const told = new Set(byWasm(automaton, objects).map((hit) => hit.join()));
      const missed = withoutRuns(all, objects, automaton.depth).filter((hit) => !told.has(hit.join()));
      assert.deepEqual(missed, []);
      assert.equal(all.filter((hit) => told.has(hit.join())).length, told.size);
    }),
  );
});

test('the plain loop sees every anchor and no other', () => {
  fc.assert(
    fc.property(anchorSets, bytes, (texts, object) => {
      const automaton = buildAutomaton(texts.map((text) => ({ text })));
      const seen = byLoop(automaton, [object]).flatMap(([report, end]) =>
        (automaton.reports[report] as readonly number[]).map((index) => `${end} ${index}`),
      );
      assert.deepEqual(seen.toSorted(), bySearch(texts, object).toSorted());
    }),
  );
});

test('an anchor is seen once wherever it lies about the edges of chunks and lanes', () => {
  const automaton = buildAutomaton([{ text: 'needle_of_hay' }, { text: 'dle' }]);
  const edges = [CHUNK / 4, CHUNK / 2, CHUNK, CHUNK * 2, CHUNK * 2 + CHUNK / 4];
  const length = CHUNK * 2 + CHUNK / 2 + 77;
  for (let shift = -20; shift <= 20; shift++) {
    const object = Buffer.alloc(length, 'n');
    for (const edge of edges) object.write('needle_of_hay', edge + shift);
    assert.deepEqual(byWasm(automaton, [object]), byLoop(automaton, [object]), `shift ${shift}`);
  }
});

test('an object that is one anchor after another fills no buffer', () => {
  const automaton = buildAutomaton([{ text: 'aba' }, { text: 'bab' }]);
  const object = Buffer.alloc(CHUNK * 3 + 5, 'ab');
  assert.equal(byWasm(automaton, [object]).length, object.length - 2);
});

test('of one letter over and over only the first places are told, however long it goes on', () => {
  const automaton = buildAutomaton([{ text: 'aaa' }]);
  const hits = byWasm(automaton, [Buffer.alloc(CHUNK / 2, 'a')]);
  const first = [3, 4, 5, 6];
  assert.deepEqual(
    hits.slice(0, first.length).map(([, end]) => end),
    first,
  );
  assert.ok(hits.length <= LANES * 8, `${hits.length}`);
});

test('after a run of one letter, and in the next object, everything is told again', () => {
  const automaton = buildAutomaton([{ text: 'aaa' }]);
  const run = Buffer.from(`${'a'.repeat(40)}b`);
  const told = new Set(
    byWasm(automaton, [Buffer.concat([run, run]), run]).map(([, end, object]) => `${object} ${end}`),
  );
  for (const one of ['0 3', '0 4', '0 44', '0 45', '1 3', '1 4']) assert.ok(told.has(one), one);
});

test('anchors do not reach from one object into the next', () => {
  const automaton = buildAutomaton([{ text: 'abcd' }]);
  assert.deepEqual(byWasm(automaton, [Buffer.from('ab'), Buffer.from('cd'), Buffer.from('abcd')]), [[0, 4, 2]]);
});

test('more than 63 different characters share a column, and scanning still tells them apart', () => {
  const many = Array.from({ length: 90 }, (_, i) => String.fromCharCode(0x80 + i).repeat(3));
  const automaton = buildAutomaton(many.map((text) => ({ text })));
  assert.ok(automaton.classes.every((one) => one < 64));
  const scanner = createScanner([exactRule(many.map((one) => one.repeat(3)))]);
  const last = Buffer.from((many.at(-1) as string).repeat(3), 'utf8');
  assert.deepEqual(
    scanner.scan(last).map(({ start, end }) => [start, end]),
    [[0, last.length]],
  );
  assert.deepEqual(scanner.scan(Buffer.from('\xfe'.repeat(9), 'utf8')), []);
});

test('an anchor with a NUL is refused', () => {
  assert.throws(() => buildAutomaton([{ text: 'a\0b' }]), { name: 'TypeError', message: /holds a NUL/ });
});
