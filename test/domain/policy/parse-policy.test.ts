import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatProblem, parsePolicy } from '../../../src/domain/policy/parse-policy.ts';
import { neededFacts } from '../../../src/domain/policy/policy.ts';
import { policyOf, rulesOf } from './sample.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures/policies');

function problemsOf(text: string) {
  const parsed = parsePolicy(text);
  return parsed.ok ? [] : parsed.problems;
}

describe('policy fixtures', () => {
  const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'));

  for (const file of files.filter((name) => name.startsWith('ok.'))) {
    it(`${file} loads`, () => {
      assert.deepEqual(problemsOf(readFileSync(join(FIXTURES, file), 'utf8')), []);
    });
  }

  for (const file of files.filter((name) => name.startsWith('ng.'))) {
    it(`${file} does not load, and every problem names its line`, () => {
      const text = readFileSync(join(FIXTURES, file), 'utf8');
      const expected = text.split('\n').flatMap((line, index) => {
        const [, ...messages] = line.split(' #! ');
        return messages.map((message) => ({ line: index + 1, message }));
      });
      const problems = problemsOf(text);
      const shown = problems.map((problem) => formatProblem(file, problem));
      for (const { line, message } of expected) {
        const isNamed = shown.some((one) => one.startsWith(`${file}:${line}:`) && one.includes(message));
        assert.ok(isNamed, `line ${line} should say "${message}":\n${shown.join('\n')}`);
      }
      const lines = new Set(expected.map(({ line }) => line));
      assert.deepEqual(
        problems.filter(({ line }) => !lines.has(line)),
        [],
      );
    });
  }

  it('there are both kinds', () => {
    assert.ok(files.filter((name) => name.startsWith('ok.')).length >= 4);
    assert.ok(files.filter((name) => name.startsWith('ng.')).length >= 10);
  });
});

describe('parsePolicy', () => {
  it('reads the example of the design', () => {
    const policy = policyOf(readFileSync(join(FIXTURES, 'ok.design-example.yaml'), 'utf8'));
    const [production, payments, , rewrites] = policy.rules;
    assert.equal(production?.name, 'production needs SRE');
    assert.equal(production?.line, 3);
    assert.equal(production?.expires, 7 * 24 * 3600 * 1000);
    assert.deepEqual(production?.approvals, [{ kind: 'group', group: 'sre', count: 1 }]);
    assert.deepEqual(
      production?.when.map(({ key }) => key),
      ['repos', 'refs', 'paths'],
    );
    assert.deepEqual(
      payments?.when.map(({ key }) => key),
      ['paths', 'ai'],
    );
    assert.equal(rewrites?.then, 'refuse');
    assert.deepEqual(policy.defaults.namespaces, ['refs/heads/', 'refs/tags/', 'refs/notes/']);
  });

  it('answers the SHA-256 of the text', () => {
    const text = 'version: 1\n# caf\u00e9\n';
    const parsed = parsePolicy(text);
    assert.ok(parsed.ok);
    assert.equal(parsed.digest, createHash('sha256').update(text).digest('hex'));
  });

  it('gives a frozen policy', () => {
    const policy = rulesOf('- { name: r, when: { refs: [refs/heads/main] }, then: refuse }');
    assert.ok(Object.isFrozen(policy) && Object.isFrozen(policy.rules) && Object.isFrozen(policy.rules[0]?.when));
  });

  const whole: readonly [string, string, string][] = [
    ['an empty file', '', 'p:1:1: the file is empty'],
    ['only comments', '# nothing\n', 'p:1:1: the file is empty'],
    ['no version', 'rules: []\n', 'p:1:1: `version` is missing (hint: begin the file with `version: 1`)'],
    ['a list', '- a\n', 'p:1:1: the file must be a map of keys'],
    ['a text', 'hello\n', 'p:1:1: the file must be a map of keys'],
    ['a very long file', `#${'x'.repeat(1 << 20)}`, 'p:1:1: the file is larger than 1048576 characters'],
  ];
  for (const [what, text, expected] of whole) {
    it(`${what} is no policy`, () => {
      assert.deepEqual(
        problemsOf(text).map((problem) => formatProblem('p', problem)),
        [expected],
      );
    });
  }

  it('reports problems in the order of the text, with columns', () => {
    const text = 'version: 1\nrules:\n  - name: a\n    when: { refs: [refs/heads/a], pats: [x] }\n    then: hodl\n';
    assert.deepEqual(
      problemsOf(text).map((problem) => formatProblem('policy.yaml', problem)),
      [
        'policy.yaml:4:35: unknown key `pats` under `rules[0].when` (hint: did you mean `paths`?)',
        'policy.yaml:5:11: `rules[0].then` cannot be "hodl" (hint: did you mean `hold`?)',
      ],
    );
  });

  it('shows no control character of the file', () => {
    const shown = problemsOf('version: 1\n"\\e[31mrules": []\n').map((problem) => formatProblem('a\u001bb', problem));
    assert.equal(shown.length, 1);
    assert.doesNotMatch(shown.join(''), /[\u0000-\u001f]/);
  });

  it('never loads an aliased bomb, and quickly', () => {
    const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
    assert.ok(problemsOf(['version: 1', 'a0: &a0 [x]', ...levels].join('\n')).length > 0);
  });

  it('reports at most a hundred problems', () => {
    const keys = Array.from({ length: 500 }, (_, at) => `key${at}: 1`);
    assert.equal(problemsOf(`version: 1\n${keys.join('\n')}`).length, 100);
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      ...[
        'version: 1\n',
        'rules:\n',
        '  - name: a\n',
        '    when: ',
        '{',
        '}',
        '[',
        ']',
        'refs',
        ': ',
        ',',
        '*a',
        '&a ',
      ],
      ...[
        '"',
        "'",
        '? ',
        '!!map ',
        '<<: ',
        '|\n',
        '>\n',
        '- ',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        'null',
        '~',
        '\t',
        '0x1',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const { line, column } of problemsOf(pieces.join(''))) assert.ok(line >= 1 && column >= 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('neededFacts', () => {
  const none = { binaries: false, codeowners: false, attribution: false };
  const cases: readonly [string, string, typeof none][] = [
    ['nothing', 'when: { refs: [refs/heads/a] }, then: refuse', none],
    ['binaries in when', 'when: { binaries: true }, then: refuse', { ...none, binaries: true }],
    ['who wrote it', 'when: { ai: { lines: ">=1" } }, then: refuse', { ...none, attribution: true }],
    ['what attribution may find', 'when: { findings: [x] }, then: refuse', { ...none, attribution: true }],
    [
      'binaries in unless',
      'when: { refs: [refs/heads/a] }, unless: { binaries: false }, then: flag',
      { ...none, binaries: true },
    ],
    [
      'code owners',
      'when: { refs: [refs/heads/a] }, then: hold, approvals: [{ codeowners: true }]',
      { ...none, codeowners: true },
    ],
  ];
  for (const [what, rule, expected] of cases) {
    it(what, () => {
      const needed = neededFacts(rulesOf(`- { name: r, ${rule} }`));
      assert.deepEqual(needed, { ...expected, secrets: true });
    });
  }

  it('secrets, unless nothing asks for them', () => {
    const off = 'version: 1\ndefaults: { secrets: allow }\nrules:\n';
    assert.equal(neededFacts(policyOf(`${off}  []`)).secrets, false);
    assert.equal(
      neededFacts(policyOf(`${off}- { name: r, when: { refs: [refs/heads/a] }, then: flag }`)).secrets,
      false,
    );
    for (const when of ['{ secrets: { severity: ">=low" } }', '{ findings: [x] }']) {
      assert.equal(neededFacts(policyOf(`${off}- { name: r, when: ${when}, then: flag }`)).secrets, true);
    }
  });
});
