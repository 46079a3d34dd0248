import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConfigProblem, GitleaksConfig } from '../../../../src/domain/secrets/gitleaks/config.ts';
import { extendedPath, parseGitleaksConfig } from '../../../../src/domain/secrets/gitleaks/parse-config.ts';

const RULE = "[[rules]]\nid = 'acme'\nregex = '''acme-[0-9]{8}'''\n";

function config(text: string, extend: Record<string, string> = {}): GitleaksConfig {
  const parsed = parseGitleaksConfig(text, { extend: new Map(Object.entries(extend)) });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
}

function problems(text: string, extend: Record<string, string> = {}): readonly ConfigProblem[] {
  const parsed = parseGitleaksConfig(text, { extend: new Map(Object.entries(extend)) });
  return parsed.ok ? parsed.warnings : parsed.problems;
}

describe('keys of a rule', () => {
  const keys: readonly [string, (rule: GitleaksConfig['rules'][number]) => unknown, unknown][] = [
    ["description = 'a key of Acme'", (rule) => rule.description, 'a key of Acme'],
    ["path = '''\\.conf$'''", (rule) => rule.path?.source, '\\.conf$'],
    ['entropy = 3.5', (rule) => rule.entropy, 3.5],
    ['entropy = 4', (rule) => rule.entropy, 4],
    ["keywords = ['Acme', 'ACME', 'key']", (rule) => rule.keywords, ['acme', 'key']],
    ["keywords = ['acme', '']", (rule) => rule.keywords, []],
    ["tags = ['key', 'acme']", (rule) => rule.tags, ['key', 'acme']],
    ['skipReport = true', (rule) => rule.skipReport, true],
    ['SKIPREPORT = true', (rule) => rule.skipReport, true],
    ["[[rules.allowlists]]\nstopwords = ['Example']", (rule) => rule.allowlists[0]?.stopwords, ['example']],
    ["[rules.allowlist]\nregexTarget = 'line'\nregexes = ['x']", (rule) => rule.allowlists[0]?.regexTarget, 'line'],
    ["[[rules.allowlists]]\ncondition = 'and'\npaths = ['x']", (rule) => rule.allowlists[0]?.condition, 'and'],
    ["[[rules.allowlists]]\ncondition = '||'\npaths = ['x']", (rule) => rule.allowlists[0]?.condition, 'or'],
    ["[[rules.allowlists]]\ncommits = [' ABC ']", (rule) => [...(rule.allowlists[0]?.commits ?? [])], ['abc']],
    [
      "[[rules.required]]\nid = 'acme'\nwithinLines = 3\nwithinColumns = 0",
      (rule) => rule.required,
      [{ id: 'acme', withinLines: 3, withinColumns: 0 }],
    ],
  ];
  for (const [text, read, expected] of keys) {
    it(`${text.replaceAll('\n', ' ')} is read`, () => {
      const parsed = config(RULE + text);
      assert.deepEqual(read(parsed.rules[0] as GitleaksConfig['rules'][number]), expected);
      assert.deepEqual(problems(RULE + text), []);
    });
  }

  it('a group of the pattern can be the secret', () => {
    const rule = config("[[rules]]\nid = 'a'\nregex = '''key=(a)(b)'''\nsecretGroup = 2\n").rules[0];
    assert.equal(rule?.secretGroup, 2);
    assert.deepEqual(rule.regex?.literals, ['key=ab']);
  });

  it('a path alone is a rule', () => {
    const rule = config("[[rules]]\nid = 'keystore'\npath = '''\\.jks$'''\n").rules[0];
    assert.equal(rule?.regex, undefined);
    assert.equal(rule?.path?.source, '\\.jks$');
  });
});

describe('keys of the file', () => {
  it('title, description and minVersion are read', () => {
    const parsed = config(`title = 'ours'\ndescription = 'all of ours'\nminVersion = 'v8.25.0'\n${RULE}`);
    assert.equal(parsed.title, 'ours');
    assert.equal(parsed.description, 'all of ours');
  });

  it('global allowlists are for every rule, in the new form and the old one', () => {
    assert.equal(config(`${RULE}[[allowlists]]\npaths = ['x']\n[[allowlists]]\nregexes = ['y']`).allowlists.length, 2);
    assert.equal(config(`${RULE}[allowlist]\npaths = ['x']`).allowlists.length, 1);
  });

  it('a global allowlist with targetRules is for those rules alone', () => {
    const other = "[[rules]]\nid = 'other'\nregex = 'x+'\n";
    const parsed = config(`${RULE}${other}[[allowlists]]\ntargetRules = ['acme']\nstopwords = ['test']`);
    assert.deepEqual(
      parsed.rules.map((rule) => [rule.id, rule.allowlists.length]),
      [
        ['acme', 1],
        ['other', 0],
      ],
    );
    assert.equal(parsed.allowlists.length, 0);
  });
});

describe('extending', () => {
  it('useDefault asks for our own rules, less the disabled ones', () => {
    const parsed = config("[extend]\nuseDefault = true\ndisabledRules = ['github-pat', 'jwt']\n");
    assert.equal(parsed.useDefault, true);
    assert.deepEqual(parsed.disabledDefaultRules, ['github-pat', 'jwt']);
    assert.equal(config(RULE).useDefault, false);
  });

  it('what is said about a rule of ours is an overlay', () => {
    const parsed = config(
      `[extend]\nuseDefault = true\n[[rules]]\nid = 'jwt'\nentropy = 4.5\n[[rules.allowlists]]\nstopwords = ['demo']\n
       [[allowlists]]\ntargetRules = ['github-pat']\npaths = ['^docs/']\n`,
    );
    assert.deepEqual(
      parsed.overlays.map((overlay) => [overlay.id, overlay.entropy, overlay.allowlists.length]),
      [
        ['jwt', 4.5, 1],
        ['github-pat', undefined, 1],
      ],
    );
    assert.deepEqual(parsed.rules, []);
  });

  it('a nearer file changes, adds to and disables rules of a farther one', () => {
    const base = `${RULE}entropy = 3\nkeywords = ['acme']\ntags = ['base']\n[[rules]]\nid = 'old'\nregex = 'old-[0-9]+'\n`;
    const near =
      "[extend]\npath = 'base.toml'\ndisabledRules = ['old']\n[[rules]]\nid = 'acme'\nentropy = 2\ntags = ['near']\n";
    const parsed = config(near, { 'base.toml': base });
    assert.deepEqual(
      parsed.rules.map(({ id, entropy, tags, keywords, regex }) => ({
        id,
        entropy,
        tags,
        keywords,
        regex: regex?.source,
      })),
      [{ id: 'acme', entropy: 2, tags: ['base', 'near'], keywords: ['acme'], regex: 'acme-[0-9]{8}' }],
    );
  });

  it('goes two files deep, and tells of the third', () => {
    const files = { b: "[extend]\npath = 'c'\n", c: `[extend]\npath = 'd'\n${RULE}`, d: RULE };
    assert.equal(config("[extend]\npath = 'b'\n", files).rules[0]?.id, 'acme');
    assert.match(problems("[extend]\npath = 'b'\n", files)[0]?.message ?? '', /"d" is one file too many/);
    assert.ok(
      parseGitleaksConfig(`[extend]\npath = 'me'\n${RULE}`, { extend: new Map([['me', `[extend]\npath = 'me'`]]) }).ok,
    );
  });

  it('the path is told before anything else is read', () => {
    assert.equal(extendedPath("[extend]\npath = '../base.toml'\n"), '../base.toml');
    assert.equal(extendedPath(RULE), undefined);
    assert.equal(extendedPath('not [ toml'), undefined);
  });
});

describe('problems', () => {
  const faults: readonly [string, string, Partial<Record<'rule' | 'line', unknown>>, RegExp][] = [
    ['no TOML', 'title = ', { line: 1 }, /no TOML/],
    ['a rule without id', "[[rules]]\nregex = 'x'\n", { rule: '#1', line: 1 }, /no `id`/],
    ['a rule that says nothing', "\n[[rules]]\nid = 'a'\n", { rule: 'a', line: 2 }, /neither `regex` nor `path`/],
    ['a bad pattern', "[[rules]]\nid = 'a'\nregex = '(x'\n", { rule: 'a' }, /`regex` has a bad pattern: `\(` without/],
    ['lookaround', "[[rules]]\nid = 'a'\nregex = '(?!x)y'\n", { rule: 'a' }, /bad pattern/],
    ['a pattern too large', "[[rules]]\nid = 'a'\nregex = '(?:x{1000}){90}'\n", { rule: 'a' }, /too large/],
    ['a count too large', "[[rules]]\nid = 'a'\nregex = 'x{1001}'\n", { rule: 'a' }, /beyond 1000/],
    ['a pattern too deep', `[[rules]]\nid = 'a'\nregex = '${'('.repeat(60)}'\n`, { rule: 'a' }, /inside one another/],
    ['a pattern that is everywhere', "[[rules]]\nid = 'a'\nregex = 'x*'\n", { rule: 'a' }, /matches the empty text/],
    ['a group that is not there', `${RULE}secretGroup = 1`, { rule: 'acme' }, /`secretGroup` is 1, but `regex` has 0/],
    ['a negative entropy', `${RULE}entropy = -1`, { rule: 'acme' }, /number from 0 to 8/],
    ['a number in quotes', `${RULE}secretGroup = "1"`, { rule: 'acme' }, /whole number/],
    ['a text where a list belongs', `${RULE}keywords = "acme"`, { rule: 'acme' }, /list of texts/],
    [
      'an allowlist without checks',
      `${RULE}[[rules.allowlists]]\ndescription = 'x'`,
      { rule: 'acme' },
      /allows nothing/,
    ],
    ['an empty stopword', `${RULE}[[rules.allowlists]]\nstopwords = ['']`, { rule: 'acme' }, /empty stopword/],
    [
      'an unknown condition',
      `${RULE}[rules.allowlist]\npaths=['x']\ncondition = 'xor'`,
      { rule: 'acme' },
      /neither "OR"/,
    ],
    [
      'an unknown target',
      `${RULE}[rules.allowlist]\nregexes=['x']\nregexTarget='file'`,
      { rule: 'acme' },
      /regexTarget/,
    ],
    ['a bad allowlist pattern', `${RULE}[rules.allowlist]\nregexes=['[']`, { rule: 'acme' }, /`regexes` has a bad/],
    ['both forms', `${RULE}[allowlist]\npaths=['x']\n[[allowlists]]\npaths=['x']`, {}, /side by side/],
    ['an unknown required rule', `${RULE}[[rules.required]]\nid = 'no'`, { rule: 'acme' }, /"no", which there is not/],
    ['a required rule without id', `${RULE}[[rules.required]]\nwithinLines = 1`, { rule: 'acme' }, /no `id`/],
    [
      'an unknown target rule',
      `${RULE}[[allowlists]]\ntargetRules=['no']\npaths=['x']`,
      {},
      /"no", which there is not/,
    ],
    ['a url', `[extend]\nurl = 'https://example.org/x.toml'\n${RULE}`, {}, /url is not followed/],
    ['path and useDefault', "[extend]\npath = 'x'\nuseDefault = true\n", {}, /both path and useDefault/],
    ['a path that cannot be read', "[extend]\npath = 'x'\n", {}, /"x" cannot be read/],
    ['a bad minVersion', `minVersion = 'new'\n${RULE}`, {}, /is no version/],
    ['a key in two spellings', `${RULE}entropy = 1\nEntropy = 2`, { rule: 'acme' }, /two spellings/],
    ['a prototype key', '[__proto__]\nx = 1', {}, /no TOML/],
    ['arrays too deep', `x = ${'['.repeat(100)}`, {}, /no TOML/],
  ];
  for (const [title, text, about, message] of faults) {
    it(`${title} keeps the file from being used`, () => {
      const parsed = parseGitleaksConfig(text);
      assert.ok(!parsed.ok);
      const [first] = parsed.problems.filter(({ level }) => level === 'error');
      assert.match(first?.message ?? '', message);
      for (const [key, value] of Object.entries(about)) assert.equal(first?.[key as 'rule'], value);
      assert.notEqual(first?.hint, '');
    });
  }

  const warnings: readonly [string, string, string | undefined, RegExp][] = [
    ['an unknown key of a rule', `${RULE}keyword = ['x']`, 'acme', /unknown key `keyword`/],
    [
      'an unknown key of an allowlist',
      `${RULE}[rules.allowlist]\nfiles=['x']\npaths=['x']`,
      'acme',
      /unknown key `files`/,
    ],
    ['an unknown key of a required rule', `${RULE}[[rules.required]]\nid='acme'\nnear=1`, 'acme', /unknown key `near`/],
    ['an unknown key of the file', `rulez = 1\n${RULE}`, undefined, /the file has the unknown key `rulez`/],
    ['a newer version', `minVersion = '9.0'\n${RULE}`, undefined, /newer than/],
    ['the same id again', RULE + RULE, 'acme', /only the last one counts/],
    ['a disabled rule that is not there', `[extend]\ndisabledRules = ['no']\n${RULE}`, undefined, /"no"/],
    [
      'a rule without any certain word',
      "[[rules]]\nid = 'a'\nregex = '[0-9]{9}'\n",
      'a',
      /reads every text as a whole/,
    ],
  ];
  for (const [title, text, rule, message] of warnings) {
    it(`${title} is told, and the rest is used`, () => {
      const parsed = parseGitleaksConfig(text);
      assert.ok(parsed.ok);
      assert.equal(parsed.warnings.length, 1);
      assert.match(parsed.warnings[0]?.message ?? '', message);
      assert.equal(parsed.warnings[0]?.rule, rule);
    });
  }

  it('all of them are found in one go, each with the line of its rule', () => {
    const parsed = parseGitleaksConfig("[[rules]]\nid = 'a'\nregex = '('\n\n[[rules]]\nid = 'b'\nregex = ')'\n");
    assert.ok(!parsed.ok);
    const errors = parsed.problems.filter(({ message }) => message.includes('bad pattern'));
    assert.deepEqual(
      errors.map(({ rule, line }) => [rule, line]),
      [
        ['a', 1],
        ['b', 5],
      ],
    );
  });

  it('an error is told however many warnings there are before it', () => {
    const keys = Array.from({ length: 500 }, (_, n) => `key${n} = 1\n`).join('');
    const parsed = parseGitleaksConfig(`${keys}[[rules]]\nid = 'a'\nregex = '('\n`);
    assert.ok(!parsed.ok);
    assert.ok(parsed.problems.some(({ message }) => message.includes('bad pattern')));
  });

  it('patterns are refused once all of them together would take too much memory', () => {
    const large = (n: number) => `[[rules]]\nid = 'r${n}'\nregex = 'k[a-z]{1000}[a-z]{1000}[a-z]{1000}[a-z]{1000}'\n`;
    const parsed = parseGitleaksConfig(Array.from({ length: 130 }, (_, n) => large(n)).join(''));
    assert.ok(!parsed.ok);
    assert.equal(parsed.problems[0]?.rule, 'r124');
    assert.match(parsed.problems[0]?.message ?? '', /left little room/);
  });

  it('an escape sequence in a name does not reach the terminal', () => {
    const [problem] = problems('[[rules]]\nid = "a\\u001b[31m"\nregex = \'(\'\n');
    assert.ok(problem?.rule !== undefined && !problem.rule.includes('\u001b'));
  });

  it('never throws, whatever the text', () => {
    const line = fc.constantFrom(
      '[[rules]]',
      "id = 'a'",
      "regex = 'x+'",
      'regex = 1',
      '[rules.allowlist]',
      '[[rules.allowlists]]',
      'paths = [1]',
      "paths = ['x']",
      '[[rules.required]]',
      '[extend]',
      'extend = 1',
      'rules = 3',
      "path = 'x'",
      'allowlist = []',
      '[[allowlists]]',
      'date = 2020-01-01',
      'title = {}',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        parseGitleaksConfig(lines.join('\n'), { extend: new Map([['x', lines.toReversed().join('\n')]]) });
      }),
      { numRuns: 3000 },
    );
  });
});
