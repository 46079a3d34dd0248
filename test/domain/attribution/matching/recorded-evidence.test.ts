import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import type { Evidence, LineRange } from '../../../../src/domain/attribution/evidence.ts';
import { lineHash } from '../../../../src/domain/attribution/lines/line-hash.ts';
import { normaliseLine } from '../../../../src/domain/attribution/lines/normalise.ts';
import { recordedEvidence } from '../../../../src/domain/attribution/matching/recorded-evidence.ts';
import type { RecordedOutput } from '../../../../src/domain/attribution/matching/recorded-output.ts';

const RECORDED = `export function priceOf(basket, customer) {
  const positions = basket.positions.filter(isBillable);
  let total = 0;
  for (const position of positions) {
    total += position.amount * position.article.price;
  }

  if (customer.discount > 0) {
    total -= Math.floor(total * customer.discount);
  }
  return { total, currency: basket.currency };
}`.split('\n');

const OTHERS = `function readConfiguration(path) {
  const text = readFileSync(path, 'utf8');
  return parseDocument(text, { strict: true });
}`.split('\n');

function output(more: Partial<RecordedOutput> = {}): RecordedOutput {
  return {
    id: '1',
    principal: 'alice',
    codingAgent: 'claude-code',
    session: 'c-1',
    at: 1_000,
    witness: { by: 'gateway' },
    lines: RECORDED,
    ...more,
  };
}

/** Added lines from line 1 on, all together unless ranges are given. */
function file(lines: readonly string[], more: Partial<AddedFile> = {}): AddedFile {
  return {
    commit: 'c'.repeat(40),
    path: 'src/price.js',
    blob: 'b'.repeat(40),
    totalLines: lines.length,
    added: lines.length === 0 ? [] : [{ start: 1, end: lines.length }],
    lines: lines.map((line) => Buffer.from(line)),
    isGenerated: false,
    ...more,
  };
}

/** Line number → what is said of it. */
function said(evidence: readonly Evidence[]): Record<number, string> {
  const lines: Record<number, string> = {};
  for (const { target, claim } of evidence) {
    for (const { start, end } of target.ranges ?? []) for (let at = start; at <= end; at++) lines[at] = claim.by;
  }
  return lines;
}

const ask = (lines: readonly string[], outputs: readonly RecordedOutput[] = [output()]) =>
  recordedEvidence({ files: [file(lines)], outputs });

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const allOf = (by: string, from: number, to: number) => Object.fromEntries(numbers(from, to).map((line) => [line, by]));

describe('recorded output that is pushed as it was', () => {
  test('is the machine’s to the last bracket, and says who, which prompt and how that is known', () => {
    const evidence = ask(
      [...OTHERS, ...RECORDED],
      [output({ model: 'opus-4.6', promptDigest: 'd'.repeat(64), path: 'x' })],
    );
    assert.equal(evidence.length, 1);
    const [item] = evidence as [Evidence];
    assert.deepEqual(item.target.ranges, [{ start: 5, end: 16 }]);
    assert.deepEqual(item.claim, {
      by: 'ai',
      codingAgent: 'claude-code',
      session: 'c-1',
      model: 'opus-4.6',
      promptDigest: 'd'.repeat(64),
    });
    const { kind, tier, scope, verifier, observedAt, principal, source } = item;
    assert.deepEqual(
      { kind, tier, scope, verifier, observedAt, principal, rule: source.rule, field: source.field },
      {
        kind: 'recorded-output',
        tier: 'E5',
        scope: 'line',
        verifier: 'verified',
        observedAt: 1_000,
        principal: 'alice',
        rule: 'recorded-output/exact',
        field: 'session',
      },
    );
    assert.match(source.rawSha256, /^[0-9a-f]{64}$/);
  });

  for (const [witness, tier, verifier] of [
    [{ by: 'gateway' }, 'E5', 'verified'],
    [{ by: 'key', fingerprint: 'SHA256:a' }, 'E5', 'verified'],
    [{ by: 'sender' }, 'E3', 'consistent'],
  ] as const) {
    test(`is ${tier} when the one who vouches for it is the ${witness.by}`, () => {
      const [item] = ask(RECORDED, [output({ witness })]);
      assert.deepEqual([item?.tier, item?.verifier], [tier, verifier]);
    });
  }

  for (const [what, change] of [
    ['with CRLF', (line: string) => `${line}\r`],
    ['with tabs', (line: string) => line.replace(/ {2}/g, '\t')],
    ['indented anew', (line: string) => `      ${line}`],
    ['with blanks at the end', (line: string) => `${line}   `],
  ] as const) {
    test(`is found ${what}`, () => assert.deepEqual(said(ask(RECORDED.map(change))), allOf('ai', 1, 12)));
  }

  test('is found on both sides of lines that were there before', () => {
    const parts = [...RECORDED.slice(0, 4), ...RECORDED.slice(5)];
    const added = [
      { start: 10, end: 13 },
      { start: 20, end: 26 },
    ];
    const evidence = recordedEvidence({ files: [file(parts, { added })], outputs: [output()] });
    assert.deepEqual(
      evidence.map(({ target }) => target.ranges),
      [added],
    );
  });

  test('was received after the push: says nothing', () => {
    const request = { files: [file(RECORDED)], outputs: [output({ at: 2_001 })] };
    assert.deepEqual(recordedEvidence({ ...request, receivedAt: 2_000 }), []);
    assert.equal(recordedEvidence({ ...request, receivedAt: 2_001 }).length, 1);
  });

  test('and was changed by a person before it was taken: is mixed', () => {
    assert.deepEqual(said(ask(RECORDED, [output({ isUserModified: true })])), allOf('mixed', 1, 12));
  });

  test('was there before: is nobody’s', () => {
    const before = new Set(RECORDED.map((line) => lineHash(normaliseLine(line))));
    const request = { files: [file(RECORDED)], outputs: [output()] };
    assert.deepEqual(recordedEvidence({ ...request, parentLines: () => before }), []);
    const texts = new Set([...before].map(String));
    assert.deepEqual(recordedEvidence({ ...request, parentLines: () => texts }), []);
  });
});

describe('recorded output that was changed', () => {
  const edited = (at: number, line: string) => RECORDED.map((old, i) => (i === at ? line : old));

  for (const [what, at, line] of [
    ['another literal', 2, '  let total = 100;'],
    ['another name', 7, '  if (buyer.discount > 0) {'],
    ['an argument more', 8, '    total -= Math.floor(total * customer.discount, digits);'],
    ['another comment behind it', 10, '  return { total, currency: basket.currency }; // in cents'],
  ] as const) {
    test(`${what}: that line is mixed, all others are the machine’s`, () => {
      assert.deepEqual(said(ask(edited(at, line))), { ...allOf('ai', 1, 12), [at + 1]: 'mixed' });
    });
  }

  test('a line put in by a person stays nobody’s', () => {
    const lines = [...RECORDED.slice(0, 5), '    auditTrail.record(visitor, secondThoughts);', ...RECORDED.slice(5)];
    const { [6]: inserted, ...rest } = said(ask(lines));
    assert.equal(inserted, undefined);
    assert.deepEqual(new Set(Object.values(rest)), new Set(['ai']));
    assert.equal(Object.keys(rest).length, 12);
  });

  test('laid out anew, with other quotes and without semicolons, it is the machine’s still', () => {
    const lines = `export function priceOf(
  basket,
  customer,
) {
  const positions = basket.positions.filter(
    isBillable,
  )
  let total = 0
  for (const position of positions) { total += position.amount * position.article.price }
  if (customer.discount > 0) { total -= Math.floor(total * customer.discount) }
  return {
    total,
    currency: basket.currency,
  }
}`.split('\n');
    const found = said(ask(lines));
    assert.ok(Object.values(found).every((by) => by === 'ai'));
    assert.ok(Object.keys(found).length >= 13, JSON.stringify(found));
  });

  test('a name changed everywhere: lines with it are mixed', () => {
    const lines = RECORDED.map((line) => line.replace(/\bposition\b/g, 'item'));
    const found = said(ask(lines));
    for (const [i, line] of lines.entries()) {
      assert.equal(found[i + 1], line === RECORDED[i] ? 'ai' : 'mixed', line);
    }
  });
});

describe('what everybody writes', () => {
  for (const lines of [
    ['}', '', '  }', '});'],
    ["import { readFileSync } from 'node:fs';"],
    ['  return { total };', '}'],
    ['// Copyright the authors. All rights reserved, without any warranty of any kind'],
    ['  let total = 0;'],
  ]) {
    test(`is not found: ${lines.join(' ').slice(0, 60)}`, () => {
      assert.deepEqual(ask(lines, [output({ lines: [...lines, ...OTHERS] })]), []);
    });
  }

  test('one long line of one session alone is found, of two sessions it is not', () => {
    const line = '  return formatter.format(invoice.total.in(currency), locale);';
    const one = output({ lines: [line, ...OTHERS] });
    assert.deepEqual(said(ask([line], [one])), { 1: 'ai' });
    const other = output({ id: '2', session: 'c-2', lines: [...RECORDED, line] });
    assert.deepEqual(ask([line], [one, other]), []);
  });
});

describe('the same text, recorded several times', () => {
  test('is of the earliest, and names the others', () => {
    const late = output({ id: '1', at: 900, codingAgent: 'cursor' });
    const early = output({ id: '2', at: 800, codingAgent: 'codex' });
    const said = ask(RECORDED, [late, early]).map(({ claim, source }) => [claim.codingAgent, source.raw.slice(0, 19)]);
    assert.deepEqual(said, [['codex', 'output 2 (also 1): ']]);
  });

  test('by two people: is said of both', () => {
    const evidence = ask(RECORDED, [output(), output({ id: '2', principal: 'bob' })]);
    assert.deepEqual(
      evidence.map(({ principal }) => principal),
      ['alice', 'bob'],
    );
    assert.deepEqual(evidence[0]?.target, evidence[1]?.target);
  });
});

describe('whatever the texts are', () => {
  const line = fc.oneof(
    fc.constantFrom(...RECORDED, ...OTHERS, '', '}', 'x'.repeat(2_000)),
    fc.string({ maxLength: 30 }),
  );
  const lines = fc.array(line, { maxLength: 40 });

  test('only added lines are spoken of, in order, each once for a principal', () => {
    fc.assert(
      fc.property(lines, fc.array(lines, { maxLength: 4 }), fc.nat(5), (added, recorded, gap) => {
        const half = Math.floor(added.length / 2);
        const ranges = [
          { start: 1, end: half },
          { start: half + 1 + gap, end: added.length + gap },
        ].filter(({ start, end }) => start <= end);
        const outputs = recorded.map((one, i) => output({ id: String(i), at: i, lines: one }));
        const evidence = recordedEvidence({ files: [file(added, { added: ranges })], outputs });
        const seen = new Set<number>();
        for (const { target } of evidence) {
          let last = 0;
          for (const { start, end } of target.ranges as readonly LineRange[]) {
            assert.ok(start <= end && start > last);
            for (const number of numbers(start, end)) {
              assert.ok(!seen.has(number) && ranges.some((one) => one.start <= number && number <= one.end));
              seen.add(number);
            }
            last = end;
          }
        }
      }),
    );
  });

  test('whole output that is pushed whole is found whole, if it says enough', () => {
    const said3 = fc.array(fc.constantFrom(...RECORDED), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(said3, (some) => {
        const pushed = [...RECORDED.slice(0, 4), ...some];
        const found = said(ask(pushed, [output({ lines: pushed })]));
        assert.equal(Object.keys(found).length, pushed.length);
      }),
    );
  });

  const many = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i));
  for (const [what, lines] of [
    ['one line, again and again', many(30_000, () => 'const everywhere = theSameLine(again);')],
    [
      'two lines in turn',
      many(30_000, (i) => (i % 2 ? 'const odd = firstOfTwo(lines);' : 'const even = secondOfTwo(lines);')),
    ],
    ['brackets alone', many(30_000, () => '}')],
    [
      'brackets, and now and then a line',
      many(30_000, (i) => (i % 500 ? '}' : `const line${i % 7} = someThing(else);`)),
    ],
    ['one token, again and again', many(30_000, () => 'a a a a a a a a a a a a a a a a')],
    ['tokens with a period', many(10_000, (i) => many(20, (j) => `t${(i * 20 + j) % 13}`).join(' '))],
    ['lines without an end', many(20, () => 'word '.repeat(100_000))],
  ] as const) {
    test(`the time is bounded: ${what}`, () => {
      const started = performance.now();
      const shifted = [...lines.slice(3), ...lines.slice(0, 2)].map((one, i) => (i % 97 === 0 ? `${one} x` : one));
      recordedEvidence({
        files: [file(lines), file(shifted)],
        outputs: [output({ lines: shifted }), output({ id: '2', lines })],
      });
      assert.ok(performance.now() - started < 5_000);
    });
  }
});
