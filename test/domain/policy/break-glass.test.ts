// Break-glass as a function of what was pushed: it opens holds, and nothing else, and always says so.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../../../src/domain/policy/evaluate.ts';
import type { Finding } from '../../../src/domain/push/finding.ts';
import type { Inputs } from '../../../src/domain/push/inputs.ts';
import { sampleSecret } from '../../support/sample-secret.ts';
import { added, inputsOf, policyOf } from './sample.ts';

const POLICY = policyOf(`version: 1
defaults: { secrets: { then: hold } }
rules:
  - { name: prod, when: { paths: ["prod/"] }, then: hold, approvals: [{ group: sre, count: 1 }] }
  - { name: never, when: { paths: ["never/"] }, then: refuse }
  - { name: seen, when: { paths: ["seen/"] }, then: flag }
`);
const SECRET: Finding = { rule: 'r', severity: 'high', text: 't', fingerprint: 'a'.repeat(32), masked: 'x…' };

function decided(paths: readonly string[], more: Partial<Inputs> = {}) {
  const breakGlass = { reason: 'fire', reviewers: 'security' };
  const inputs = inputsOf([{ net: paths.map((path) => added(path)) }], { breakGlass, ...more });
  const { breakGlass: used, outcome, reasons, requirements } = evaluate(inputs, POLICY);
  return {
    used: used === true,
    outcome,
    reasons: reasons.map((reason) => `${reason.outcome} ${reason.rule}`),
    texts: reasons.map(({ text }) => text),
    requirements: requirements.length,
  };
}

describe('break-glass', () => {
  it('opens holds, and what held is noted', () => {
    assert.deepEqual(decided(['prod/a', 'seen/b']), {
      used: true,
      outcome: 'forward',
      reasons: ['flag prod', 'flag seen', 'flag break-glass'],
      texts: ['would have been held: prod/a', 'seen/b', 'fire; somebody of security has to review it'],
      requirements: 0,
    });
  });

  it('does not open what refuses', () => {
    const { used, outcome, reasons } = decided(['prod/a', 'never/b']);
    assert.deepEqual([used, outcome, reasons], [false, 'refuse', ['hold prod', 'refuse never']]);
  });

  it('does not open a hold for secrets, nor then any other', () => {
    const { used, outcome, reasons, requirements } = decided(['prod/a'], { findings: [SECRET] });
    assert.deepEqual([used, outcome], [false, 'hold']);
    assert.deepEqual(reasons, ['hold default: secrets', 'hold prod', 'flag break-glass']);
    assert.ok(requirements > 0);
  });

  it('is not used where nothing holds', () => {
    const { used, outcome, reasons } = decided(['src/a']);
    assert.deepEqual([used, outcome, reasons], [false, 'forward', []]);
  });

  it('is nothing that a policy or a pusher asks for by themselves', () => {
    const inputs = inputsOf([{ net: [added('prod/a')] }], { pushOptions: ['sallyport.break-glass=fire'] });
    assert.equal(evaluate(inputs, POLICY).outcome, 'hold');
  });

  it('says nothing secret of the reason', () => {
    const token = sampleSecret('github-personal-access-token', 'a reason');
    const { texts } = decided(['prod/a'], { breakGlass: { reason: `use ${token}`, reviewers: 'x' } });
    assert.equal(texts.join().includes(token), false);
  });
});
