// False positives: when a refusal for secrets becomes a hold, and what releasing that hold grants.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluate } from '../../../src/domain/policy/evaluate.ts';
import { explain } from '../../../src/domain/policy/explain.ts';
import {
  coverFindings,
  type Grant,
  grantsOf,
  MAX_EXCEPTIONS,
  reliedOn,
  type SecretException,
} from '../../../src/domain/push/exception.ts';
import { type Finding, MORE_SECRETS } from '../../../src/domain/push/finding.ts';
import type { Inputs } from '../../../src/domain/push/inputs.ts';
import type { Verdict } from '../../../src/domain/push/verdict.ts';
import { inputsOf, modified, policyOf } from './sample.ts';

const DAY = 24 * 3600 * 1000;
const REASON = 'a sample of the vendor’s documentation';
const [ONE, TWO] = ['1'.repeat(32), '2'.repeat(32)] as const;

function secret(fingerprint: string, more: Partial<Finding> = {}): Finding {
  const masked = 'ghp_…';
  return {
    rule: 'github-token',
    severity: 'high',
    text: 'GitHub token',
    path: 'a.ts',
    line: 1,
    fingerprint,
    masked,
    ...more,
  };
}

function pushed(findings: readonly Finding[], more: Partial<Inputs> = {}): Inputs {
  return inputsOf([{ net: [modified('a.ts'), modified('docs/b.md')] }], { findings, ...more });
}

const ASKS = `version: 1
defaults: { secrets: { exceptions: { group: security, count: 2, expires: 30d } } }
rules: []
`;
const RULE = `version: 1
defaults: { secrets: allow }
rules:
  - name: no secrets
    when: { secrets: { severity: ">=medium" } }
    then: refuse
    exceptions: { group: security }
    hint: rotate it
`;

const outcome = (findings: readonly Finding[], policy: string, more: Partial<Inputs> = {}): Verdict =>
  evaluate(pushed(findings, more), policyOf(policy));

describe('a refusal for secrets', () => {
  for (const [what, policy, rule, count, lifetime] of [
    ['of a default', ASKS, 'default: secrets', 2, 30 * DAY],
    ['of a rule', RULE, 'no secrets', 1, 90 * DAY],
  ] as const) {
    it(`${what} becomes a hold for the group, when its pusher says why`, () => {
      const verdict = outcome([secret(ONE), secret(TWO)], policy, { reason: REASON });
      assert.equal(verdict.outcome, 'hold');
      assert.deepEqual(verdict.requirements, [{ group: 'security', count, given: 0, rules: [rule] }]);
      assert.deepEqual(verdict.reasons[0]?.exceptions, { group: 'security', findings: [0, 1], lifetime });
      assert.equal(verdict.expiresAfter, 7 * DAY);
    });

    it(`${what} stays one without a reason, and says how to ask`, () => {
      for (const reason of [undefined, ' \n\t']) {
        const verdict = outcome([secret(ONE)], policy, reason === undefined ? {} : { reason });
        assert.equal(verdict.outcome, 'refuse');
        assert.deepEqual(verdict.requirements, []);
        assert.match(verdict.reasons[0]?.hint ?? '', /git push -o sallyport\.reason="why this is no secret"$/);
        assert.equal(verdict.reasons[0]?.exceptions, undefined);
      }
    });
  }

  it('keeps the operator’s own hint before it', () => {
    assert.match(outcome([secret(ONE)], RULE).reasons[0]?.hint ?? '', /^rotate it; is it no secret\? /);
  });

  for (const [what, policy] of [
    ['the built-in default', 'version: 1\nrules: []\n'],
    [
      'a rule that names nobody',
      'version: 1\nrules: [{ name: r, when: { secrets: { severity: ">=low" } }, then: refuse }]\n',
    ],
    [
      'a rule that names somebody, beside the default that does not',
      RULE.replace('defaults: { secrets: allow }\n', ''),
    ],
    [
      'a rule that names somebody, beside a rule that does not',
      `${RULE}  - { name: other, when: { secrets: { rules: [github-*] } }, then: refuse }\n`,
    ],
    [
      'a rule that names somebody, beside a refusal of another kind',
      `${RULE}  - { name: docs, when: { paths: [docs/] }, then: refuse }\n`,
    ],
  ] as const) {
    it(`stays one under ${what}, whatever its pusher says`, () => {
      const verdict = outcome([secret(ONE)], policy, { reason: REASON });
      assert.equal(verdict.outcome, 'refuse');
      assert.deepEqual(verdict.requirements, []);
    });
  }

  for (const [what, findings, more] of [
    ['more secrets than are listed', [secret(ONE), { rule: MORE_SECRETS, severity: 'high', text: 'and 5 more' }], {}],
    ['more secrets than reviewers read', many(MAX_EXCEPTIONS + 1), {}],
    ['a secret in the reason itself, or another push option', [secret(ONE), secret(ONE, { where: 'push option' })], {}],
    ['content that nobody has looked into', [], { secrets: undefined }],
  ] as const) {
    it(`cannot be asked about with ${what}`, () => {
      const { secrets: _, ...unlooked } = pushed(findings, { reason: REASON });
      const inputs = 'secrets' in more ? unlooked : { ...unlooked, secrets: 'scanned' as const };
      for (const policy of [ASKS, RULE]) assert.equal(evaluate(inputs, policyOf(policy)).outcome, 'refuse');
    });
  }

  it('can be asked about for one value in a hundred places, and for a hundred values', () => {
    const places = Array.from({ length: 300 }, (_, line) => secret(ONE, { line }));
    for (const findings of [places, many(MAX_EXCEPTIONS)]) {
      assert.equal(outcome(findings, ASKS, { reason: REASON }).outcome, 'hold');
    }
  });

  it('asks of each group that a rule names, and of all who hold it for other reasons', () => {
    const policy = `${RULE}  - { name: acme, when: { secrets: { severity: ">=high" } }, then: refuse, exceptions: { group: sre } }
  - { name: docs, when: { paths: [docs/] }, then: hold, approvals: [{ group: dev, count: 3 }] }\n`;
    const verdict = outcome([secret(ONE)], policy, { reason: REASON });
    assert.deepEqual(
      verdict.requirements.map(({ group, count }) => [group, count]),
      [
        ['security', 1],
        ['sre', 1],
        ['dev', 3],
      ],
    );
  });

  it('is explained as it was decided', () => {
    for (const more of [{}, { reason: REASON }]) {
      for (const policy of [ASKS, RULE].map(policyOf)) {
        const inputs = pushed([secret(ONE)], more);
        const traced = explain(inputs, policy).flatMap(({ reason }) => reason ?? []);
        assert.deepEqual(traced, evaluate(inputs, policy).reasons);
      }
    }
  });
});

describe('an exception', () => {
  it('takes its finding out, and no other', () => {
    const excepted = secret(ONE, { exception: 7 });
    for (const policy of [ASKS, RULE]) {
      assert.equal(outcome([excepted], policy).outcome, 'forward');
      assert.equal(outcome([excepted, secret(TWO)], policy).outcome, 'refuse');
      const asked = outcome([excepted, secret(TWO)], policy, { reason: REASON });
      assert.deepEqual(asked.reasons[0]?.exceptions?.findings, [1]);
    }
  });

  const granted: SecretException = {
    ...{ id: 7, state: 'valid', upstream: 'main', repo: 'acme/app', fingerprint: ONE, rule: 'github-token' },
    ...{ masked: 'ghp_…', groups: ['security'], grantedBy: ['carol'], requestedBy: 'alice', reason: REASON },
    ...{ push: 3, createdAt: 100, expiresAt: 200 },
  };
  const address = { upstream: 'main', repo: 'acme/app', path: 'acme/app.git' };

  for (const [what, change, covers] of [
    ['that holds', {}, true],
    ['of another fingerprint', { fingerprint: TWO }, false],
    ['of another repository', { repo: 'acme/other' }, false],
    ['of another upstream', { upstream: 'other' }, false],
    ['that was revoked', { state: 'revoked' }, false],
    ['that was replaced', { state: 'replaced' }, false],
    ['whose time is over', { expiresAt: 150 }, false],
  ] as const) {
    it(`${what} ${covers ? 'covers' : 'does not cover'} a finding`, () => {
      const [seen] = coverFindings([secret(ONE)], [{ ...granted, ...change }], address, 150);
      assert.equal(seen?.exception, covers ? 7 : undefined);
    });
  }

  it('covers every place of its value, and nothing that has no fingerprint', () => {
    const findings: Finding[] = [
      secret(ONE),
      secret(ONE, { path: 'b', severity: 'low' }),
      { rule: MORE_SECRETS, severity: 'high', text: 'more' },
    ];
    const covered = coverFindings(findings, [granted], address, 150);
    assert.deepEqual(
      covered.map(({ exception }) => exception),
      [7, 7, undefined],
    );
    assert.deepEqual(reliedOn(covered), [ONE]);
    assert.deepEqual(reliedOn(findings), []);
  });
});

describe('releasing a hold grants', () => {
  const people: Readonly<Record<string, readonly string[]>> = { security: ['carol', 'dora'], sre: ['bob', 'carol'] };
  const grants = (findings: readonly Finding[], verdict: Verdict): readonly Grant[] =>
    grantsOf({ findings, verdict }, (group) => people[group] ?? [], 1000);

  it('one exception a value, with who agreed and until when', () => {
    const findings = [secret(ONE), secret(TWO, { masked: 'x…' }), secret(ONE, { line: 9 })];
    const seen = grants(findings, outcome(findings, ASKS, { reason: REASON }));
    const both = { rule: 'github-token', groups: ['security'], grantedBy: ['carol', 'dora'] };
    assert.deepEqual(seen, [
      { ...both, fingerprint: ONE, masked: 'ghp_…', createdAt: 1000, expiresAt: 1000 + 30 * DAY },
      { ...both, fingerprint: TWO, masked: 'x…', createdAt: 1000, expiresAt: 1000 + 30 * DAY },
    ]);
  });

  it('the shorter time and both groups, where two rules ask', () => {
    const other =
      '  - { name: b, when: { secrets: { severity: ">=low" } }, then: refuse, exceptions: { group: sre, expires: 1d } }\n';
    const findings = [secret(ONE)];
    const [grant] = grants(findings, outcome(findings, RULE + other, { reason: REASON }));
    assert.deepEqual(grant?.groups, ['security', 'sre']);
    assert.deepEqual(grant?.grantedBy, ['carol', 'dora', 'bob']);
    assert.equal(grant?.expiresAt, 1000 + DAY);
  });

  it('nothing where nothing was asked for', () => {
    const findings = [secret(ONE)];
    const hold = `version: 1\ndefaults: { secrets: hold }\nrules: []\n`;
    assert.equal(outcome(findings, hold, { reason: REASON }).outcome, 'hold');
    assert.deepEqual(grants(findings, outcome(findings, hold, { reason: REASON })), []);
    assert.deepEqual(grants(findings, outcome(findings, ASKS)), []);
  });

  it('exactly the fingerprints that counted, and after that the same push is forwarded', () => {
    const finding = fc.record({
      digit: fc.integer({ min: 0, max: 9 }),
      severity: fc.constantFrom('low', 'medium', 'critical'),
      isCovered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1, maxLength: 20 }), (specs) => {
        const findings = specs.map(({ digit, severity, isCovered }) =>
          secret(String(digit).repeat(32), { severity, ...(isCovered && { exception: 1 }) }),
        );
        const counting = findings.filter(({ severity, exception }) => severity !== 'low' && exception === undefined);
        const verdict = outcome(findings, ASKS, { reason: REASON });
        const seen = grants(findings, verdict).map(({ fingerprint }) => fingerprint);
        assert.deepEqual(new Set(seen), new Set(counting.map(({ fingerprint }) => fingerprint)));
        assert.equal(seen.length, new Set(seen).size);
        const after = findings.map((one) => (seen.includes(one.fingerprint ?? '') ? { ...one, exception: 2 } : one));
        assert.equal(outcome(after, ASKS).outcome, 'forward');
      }),
    );
  });
});

function many(count: number): readonly Finding[] {
  return Array.from({ length: count }, (_, at) => secret(at.toString(16).padStart(32, '0')));
}
