// Pushes by grants alone: what is within, what is outside, and what is not known and so outside. Property: widening what
// is granted never refuses what was within, and explain tells what evaluate decides.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PushLimit } from '../../../src/domain/access-grant.ts';
import { evaluate } from '../../../src/domain/policy/evaluate.ts';
import { explain } from '../../../src/domain/policy/explain.ts';
import type { Inputs } from '../../../src/domain/push/inputs.ts';
import { added, commit, deleted, inputsOf, modified, policyOf, type SampleUpdate } from './sample.ts';

const NOTHING = policyOf('version: 1\nrules: []\n');
const RULE = 'default: grants';
const limit = (grant: string, more: Omit<PushLimit, 'grant'> = {}): PushLimit => ({ grant, ...more });
const SRC = limit('g1', { refs: ['refs/heads/copilot/*'], paths: ['src/**'] });

function pushed(update: SampleUpdate, limits: readonly PushLimit[]): Inputs {
  return inputsOf([{ ref: 'refs/heads/copilot/a', ...update }], {
    principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: [] },
    limits,
  });
}

const refusal = (inputs: Inputs) => evaluate(inputs, NOTHING).reasons.find(({ rule }) => rule === RULE);

describe('a push by grants alone', () => {
  const cases: readonly [
    title: string,
    update: SampleUpdate,
    limits: readonly PushLimit[],
    outside: RegExp | undefined,
  ][] = [
    ['within refs and paths', { net: [added('src/a')] }, [SRC], undefined],
    ['on another ref', { ref: 'refs/heads/main', net: [added('src/a')] }, [SRC], /refs\/heads\/main is outside/],
    ['on a ref one level deeper', { ref: 'refs/heads/copilot/a/b' }, [SRC], /copilot\/a\/b is outside/],
    ['on a ref that differs in case', { ref: 'refs/heads/Copilot/a' }, [SRC], /Copilot\/a is outside/],
    ['with a path outside', { net: [added('src/a'), modified('docs/b')] }, [SRC], /docs\/b outside/],
    ['that deletes a file outside', { net: [deleted('docs/b')] }, [SRC], /docs\/b outside/],
    ['with a path that folds to one outside', { net: [added('SRC/a')] }, [SRC], /SRC\/a outside/],
    [
      'with a commit that takes back what it did outside',
      { net: [added('src/a')], commits: [commit('x', { changes: [added('docs/b')] })] },
      [SRC],
      /docs\/b outside/,
    ],
    ['that deletes a ref, where paths are limited', { kind: 'delete' }, [SRC], /its paths are not known/],
    ['that deletes a ref, where no path is', { kind: 'delete' }, [limit('g', { refs: ['refs/heads/**'] })], undefined],
    ['of a bare tree, where paths are limited', { tipType: 'tree' }, [SRC], /its paths are not known/],
    [
      'within two grants together',
      { net: [added('src/a'), added('docs/b')] },
      [SRC, limit('g2', { refs: ['refs/heads/**'], paths: ['docs/'] })],
      undefined,
    ],
    [
      'within the paths of a grant for another ref',
      { net: [added('docs/b')] },
      [SRC, limit('g2', { refs: ['refs/heads/other'], paths: ['docs/'] })],
      /docs\/b outside/,
    ],
    ['with a pattern that is none', { net: [added('src/a')] }, [limit('g', { paths: ['!src'] })], /src\/a outside/],
    ['with no grant left', { net: [added('src/a')] }, [], /is outside/],
  ];
  for (const [title, update, limits, outside] of cases) {
    it(`${title} is ${outside === undefined ? 'within' : 'refused'}`, () => {
      const inputs = pushed(update, limits);
      const reason = refusal(inputs);
      if (outside === undefined) assert.equal(reason, undefined);
      else {
        assert.match(reason?.text ?? '', outside);
        assert.match(reason?.hint ?? '', /sallyport grant copilot --repo acme\/app/);
      }
      const traced = explain(inputs, NOTHING).find(({ rule }) => rule === RULE);
      assert.deepEqual(traced?.reason, reason);
      assert.ok(traced);
    });
  }

  it('is not asked about where a role gives the right', () => {
    const { limits: _, ...inputs } = pushed({ net: [added('docs/b')] }, []);
    assert.equal(refusal(inputs), undefined);
    assert.equal(
      explain(inputs, NOTHING).some(({ rule }) => rule === RULE),
      false,
    );
  });

  it('is within more when more is granted', () => {
    const paths = fc.array(fc.constantFrom('src/a', 'src/b/c', 'docs/d', 'e'), { minLength: 1 });
    const some = fc.record(
      {
        grant: fc.constantFrom('g1', 'g2'),
        refs: fc.subarray(['refs/heads/copilot/*', 'refs/heads/*', 'refs/heads/**'], { minLength: 1 }),
        paths: fc.subarray(['src/', '/e', 'docs/**', '*'], { minLength: 1 }),
      },
      { requiredKeys: ['grant'] },
    );
    fc.assert(
      fc.property(paths, fc.array(some), some, (touched, limits, more) => {
        const net = touched.map((path) => added(path));
        if (refusal(pushed({ net }, limits)) === undefined) {
          assert.equal(refusal(pushed({ net }, [...limits, more])), undefined);
        }
      }),
    );
  });
});
