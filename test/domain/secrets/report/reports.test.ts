import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toGitleaksReport } from '../../../../src/domain/secrets/report/gitleaks-report.ts';
import { toJsonLine } from '../../../../src/domain/secrets/report/json-lines.ts';
import { jsonText } from '../../../../src/domain/secrets/report/json-text.ts';
import type { ReportFinding, ReportRule } from '../../../../src/domain/secrets/report/report-finding.ts';
import { toSarif } from '../../../../src/domain/secrets/report/sarif.ts';

const PLAIN: ReportFinding = {
  rule: 'acme-key',
  severity: 'high',
  masked: 'acme-…vJ',
  file: 'src/app.ts',
  line: 3,
  column: 9,
};
const FULL: ReportFinding = {
  ...PLAIN,
  description: 'a key of Acme',
  endLine: 4,
  endColumn: 12,
  symlink: 'link.ts',
  commit: 'c'.repeat(40),
  author: 'Alice',
  email: 'alice@example.org',
  date: '2026-01-02T03:04:05Z',
  message: 'add the key',
  tags: ['key', 'acme', 'key'],
  entropy: 3.546594381332397,
  fingerprint: 'f'.repeat(16),
};

describe('JSON lines', () => {
  it('a finding is one line', () => {
    assert.equal(
      toJsonLine({ ...FULL, file: 'a\nb' }),
      `{"file":"a\\nb","line":3,"column":9,"rule":"acme-key","severity":"high","masked":"acme-…vJ","commit":"${FULL.commit}"}\n`,
    );
  });

  it('a commit is told where there is one', () => {
    const { commit: _, ...inFile } = FULL;
    assert.ok(!toJsonLine(inFile).includes('commit'));
  });

  it('nothing in it acts on a terminal, and every parser gets the same value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\u001b[2J', '\u009b2J', '\u202e', '\u2028', '\x7f'),
        (text, sign) => {
          const value = { text: text + sign + text };
          const written = jsonText(value, 1);
          assert.doesNotMatch(written, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
          assert.deepEqual(JSON.parse(written), value);
        },
      ),
    );
  });
});

describe("gitleaks' report", () => {
  it('has its keys in its order', () => {
    assert.deepEqual(Object.entries(toGitleaksReport([FULL])[0] ?? {}), [
      ['RuleID', 'acme-key'],
      ['Description', 'a key of Acme'],
      ['StartLine', 3],
      ['EndLine', 4],
      ['StartColumn', 9],
      ['EndColumn', 12],
      ['Match', 'acme-…vJ'],
      ['Secret', 'acme-…vJ'],
      ['File', 'src/app.ts'],
      ['SymlinkFile', 'link.ts'],
      ['Commit', 'c'.repeat(40)],
      ['Entropy', 3.5465944],
      ['Author', 'Alice'],
      ['Email', 'alice@example.org'],
      ['Date', '2026-01-02T03:04:05Z'],
      ['Message', 'add the key'],
      ['Tags', ['key', 'acme', 'key']],
      ['Fingerprint', `${'c'.repeat(40)}:src/app.ts:acme-key:3`],
    ]);
  });

  it('has every key of a finding that says little', () => {
    const [entry] = toGitleaksReport([PLAIN]);
    assert.equal(Object.keys(entry ?? {}).length, 18);
    assert.ok(Object.values(entry ?? {}).every((value) => value !== undefined));
    assert.equal(entry?.Fingerprint, 'src/app.ts:acme-key:3');
    assert.deepEqual([entry.EndLine, entry.EndColumn, entry.Entropy, entry.Tags], [3, 9, 0, []]);
  });

  for (const [entropy, expected] of [
    [2, 2],
    [1 / 3, 0.33333334],
    [4.1, 4.1],
    [0.1 + 0.2, 0.3],
  ] as const) {
    it(`the entropy ${entropy} is written as ${expected}`, () => {
      assert.equal(toGitleaksReport([{ ...PLAIN, entropy }])[0]?.Entropy, expected);
    });
  }
});

describe('SARIF', () => {
  const RULE: ReportRule = { id: 'acme-key', description: '', severity: 'high', helpUrl: 'https://example.org/keys' };

  it('is a log of one run, as 2.1.0 has it', () => {
    const log = toSarif([FULL], '1.2.3', [RULE]);
    assert.equal(log.version, '2.1.0');
    assert.equal(log.runs.length, 1);
    const [run] = log.runs;
    assert.deepEqual(run?.tool.driver, {
      name: 'Sallyport',
      version: '1.2.3',
      rules: [
        {
          id: 'acme-key',
          shortDescription: { text: 'acme-key' },
          helpUri: 'https://example.org/keys',
          defaultConfiguration: { level: 'error' },
          properties: { tags: ['security', 'secret'], 'security-severity': '8.0' },
        },
      ],
    });
    assert.deepEqual(run.results, [
      {
        ruleId: 'acme-key',
        ruleIndex: 0,
        level: 'error',
        message: { text: `acme-key found acme-…vJ in src/app.ts at commit ${'c'.repeat(40)}` },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'link.ts', uriBaseId: '%SRCROOT%' },
              region: { startLine: 3, startColumn: 9, endLine: 4, endColumn: 13 },
            },
          },
        ],
        partialFingerprints: { 'sallyportSecret/v1': 'f'.repeat(16), commitSha: 'c'.repeat(40) },
        properties: { tags: ['key', 'acme'] },
      },
    ]);
  });

  it('every result points at a rule of the list, listed or not', () => {
    const findings = ['b', 'a', 'b', 'c'].map((rule) => ({ ...PLAIN, rule }));
    const [run] = toSarif(findings, '1', [{ ...RULE, id: 'a' }]).runs;
    const ids = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    assert.deepEqual(ids, ['a', 'b', 'c']);
    for (const { ruleId, ruleIndex } of run?.results ?? []) assert.equal(ids[ruleIndex], ruleId);
  });

  it('without findings it is still whole', () => {
    const [run] = toSarif([], '1', []).runs;
    assert.deepEqual([run?.results, run?.tool.driver.rules], [[], []]);
  });

  const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' } as const;
  for (const severity of Object.keys(levels) as (keyof typeof levels)[]) {
    it(`${severity} is the level ${levels[severity]}`, () => {
      assert.equal(toSarif([{ ...PLAIN, severity }], '1', []).runs[0]?.results[0]?.level, levels[severity]);
    });
  }

  const place = (finding: Partial<ReportFinding>) =>
    toSarif([{ ...PLAIN, ...finding }], '1', []).runs[0]?.results[0]?.locations[0]?.physicalLocation;

  it('a finding without a place has no region', () => {
    assert.deepEqual(place({ line: 0, column: 0 }), {
      artifactLocation: { uri: 'src/app.ts', uriBaseId: '%SRCROOT%' },
    });
  });

  for (const [file, uri] of [
    ['a b/ü#?.ts', 'a%20b/%C3%BC%23%3F.ts'],
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['100%/x', '100%25/x'],
    ['bad\ud800name', 'bad%EF%BF%BDname'],
    ['a.zip!b/c', 'a.zip!b/c'],
  ] as const) {
    it(`the path ${JSON.stringify(file)} is the URI ${uri}`, () => {
      assert.equal(place({ file })?.artifactLocation.uri, uri);
    });
  }

  it('a path that looks like a link or a placeholder stays text', () => {
    const log = toSarif([{ ...PLAIN, file: '[x](http://evil) {0} \\' }], '1', []);
    assert.equal(log.runs[0]?.results[0]?.message.text, 'acme-key found acme-…vJ in \\[x\\](http://evil) {{0}} \\\\');
  });
});
