// Every rule that ships: values made from its shape are found, near misses are not, and its fixtures hold.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { suite, test } from 'node:test';
import { SEVERITIES } from '../../../src/domain/push/finding.ts';
import type { Match, SecretRule } from '../../../src/domain/secrets/rule.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { createScanner } from '../../../src/domain/secrets/scan.ts';
import { lastAlphabet, type Shape } from '../../../src/domain/secrets/shape.ts';
import { expand } from './support/fixture.ts';
import { seeded } from './support/random.ts';
import { contextsOf, sampleValue } from './support/sample.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures/secrets');
const ROUNDS = 3;
const scanner = createScanner(ALL_RULES);

const scan = (text: string, path?: string): Match[] => scanner.scan(Buffer.from(text, 'latin1'), path);
const said = (text: string, matches: readonly Match[]): string[] =>
  matches.map((match) => `${match.rule.id} ${text.slice(match.start, match.end)}`);

suite('each rule', () => {
  for (const rule of ALL_RULES) {
    test(`${rule.id} says what it is`, () => saysWhatItIs(rule));
    if (rule.shape !== undefined)
      test(`${rule.id} finds values of its shape`, () => findsItsShape(rule, rule.shape as Shape));
    for (const name of fixturesOf(rule)) test(`${rule.id}: ${name}`, () => holds(rule, name));
  }
});

test('every rule has a fixture that must be found and one that must not', () => {
  const missing = ALL_RULES.flatMap((rule) => {
    const names = fixturesOf(rule);
    return ['ok.', 'ng.']
      .filter((kind) => !names.some((name) => name.startsWith(kind)))
      .map((kind) => `${rule.id}/${kind}*`);
  });
  assert.deepEqual(missing, []);
});

test('every folder of fixtures belongs to a rule', () => {
  const ids = new Set(ALL_RULES.map((rule) => rule.id));
  assert.deepEqual(
    readdirSync(FIXTURES).filter((name) => !ids.has(name)),
    [],
  );
});

function saysWhatItIs(rule: SecretRule): void {
  assert.match(rule.id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
  assert.match(rule.url, /^https:\/\//);
  assert.match(rule.remedy, /^[A-Z].*\.$/);
  assert.ok(SEVERITIES.includes(rule.severity));
  assert.ok(rule.anchors.length > 0 || rule.atStart === true);
}

function findsItsShape(rule: SecretRule, shape: Shape): void {
  const random = seeded(rule.id);
  for (let round = 0; round < ROUNDS; round++) {
    const value = sampleValue(shape, random);
    for (const text of contextsOf(rule, value, random)) {
      assert.ok(
        said(text, scan(text)).includes(`${rule.id} ${value}`),
        `not found in ${text}: ${said(text, scan(text))}`,
      );
    }
    for (const wrong of nearMisses(shape, value)) {
      for (const text of contextsOf(rule, wrong, random)) {
        const found = said(text, scan(text)).filter((one) => one.startsWith(`${rule.id} `));
        assert.deepEqual(found, [], `found in ${text}`);
      }
    }
  }
}

/** Longer by one more of the last alphabet, if it has a length. */
function nearMisses(shape: Shape, value: string): string[] {
  const last = shape.parts.at(-1);
  const of = lastAlphabet(shape.parts);
  if (of === undefined || typeof last !== 'object' || !('max' in last) || last.min !== last.max) return [];
  return [`${value}${of.chars[0]}`];
}

function fixturesOf(rule: SecretRule): string[] {
  const folder = resolve(FIXTURES, rule.id);
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

/** `ng` files: exactly the marked secrets are found, by this rule. `ok` files: nothing of severity medium or more. */
function holds(rule: SecretRule, name: string): void {
  const template = readFileSync(resolve(FIXTURES, rule.id, name), 'latin1');
  const { text, expected, path } = expand(template, rule, name);
  const matches = scan(text, path);
  if (name.startsWith('ok.')) {
    assert.deepEqual(
      said(
        text,
        matches.filter((match) => blocks(match) || match.rule === rule),
      ),
      [],
    );
    return;
  }
  assert.ok(expected.length > 0, 'an ng fixture marks what must be found');
  const own = matches.filter((match) => match.rule === rule);
  assert.deepEqual(
    said(text, own),
    expected.map((one) => `${rule.id} ${one.text}`),
  );
  expected.forEach((one, i) => {
    const match = own[i] as Match;
    assert.equal(match.start, one.start);
    if (one.certainty !== undefined) assert.equal(match.certainty, one.certainty);
    if (one.severity !== undefined) assert.equal(match.severity, one.severity);
  });
}

function blocks(match: Match): boolean {
  return SEVERITIES.indexOf(match.severity) >= SEVERITIES.indexOf('medium');
}
