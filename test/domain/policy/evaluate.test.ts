import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluate, mergeRequirements } from '../../../src/domain/policy/evaluate.ts';
import { explain, formatTrace } from '../../../src/domain/policy/explain.ts';
import type { CodeownersFile, Inputs } from '../../../src/domain/push/inputs.ts';
import type { Requirement, Verdict } from '../../../src/domain/push/verdict.ts';
import { added, commit, deleted, inputsOf, modified, oid, policyOf, pushOf, rulesOf } from './sample.ts';

const DAY = 24 * 3600 * 1000;
const DESIGN = readFileSync(resolve(import.meta.dirname, '../../../fixtures/policies/ok.design-example.yaml'), 'utf8');

function needs(verdict: Verdict): string[] {
  return verdict.requirements.map(({ group, count }) => `${count} of ${group}`);
}

describe('evaluate', () => {
  it('forwards what no rule is about', () => {
    assert.deepEqual(evaluate(pushOf(modified('src/a')), policyOf(DESIGN)), {
      outcome: 'forward',
      reasons: [],
      requirements: [],
    });
  });

  it('holds as in the example of the design', () => {
    assert.deepEqual(evaluate(pushOf(modified('infra/prod/db.tf')), policyOf(DESIGN)), {
      outcome: 'hold',
      reasons: [
        { rule: 'production needs SRE', outcome: 'hold', text: 'infra/prod/db.tf', paths: ['infra/prod/db.tf'] },
      ],
      requirements: [{ group: 'sre', count: 1, given: 0, rules: ['production needs SRE'] }],
      expiresAfter: 7 * DAY,
    });
  });

  it('refuses as in the example of the design', () => {
    const verdict = evaluate(inputsOf([{ kind: 'force' }]), policyOf(DESIGN));
    assert.equal(verdict.outcome, 'refuse');
    assert.deepEqual(verdict.reasons, [
      { rule: 'nobody rewrites main', outcome: 'refuse', text: 'force of refs/heads/main' },
    ]);
  });

  const POLICY = rulesOf(`
  - { name: noted, when: { paths: [docs/] }, then: flag }
  - { name: sre, when: { paths: [infra/] }, then: hold, approvals: [{ group: sre, count: 1 }], expires: 3d }
  - { name: two, when: { paths: [pay/] }, then: hold, approvals: [{ group: sre, count: 2 }, { group: security }] }
  - { name: never, when: { paths: [secret/] }, then: refuse, hint: ask carol }`);

  it('a flag forwards, and is noted', () => {
    const verdict = evaluate(pushOf(modified('docs/a')), POLICY);
    assert.equal(verdict.outcome, 'forward');
    assert.deepEqual(verdict.reasons, [{ rule: 'noted', outcome: 'flag', text: 'docs/a', paths: ['docs/a'] }]);
    assert.equal('expiresAfter' in verdict, false);
  });

  it('the strictest outcome wins, and all reasons are reported', () => {
    const verdict = evaluate(pushOf(modified('docs/a'), modified('infra/a'), modified('secret/a')), POLICY);
    assert.equal(verdict.outcome, 'refuse');
    assert.deepEqual(
      verdict.reasons.map(({ rule, outcome, hint }) => [rule, outcome, hint]),
      [
        ['noted', 'flag', undefined],
        ['sre', 'hold', undefined],
        ['never', 'refuse', 'ask carol'],
      ],
    );
    assert.deepEqual(verdict.requirements, []);
  });

  it('holds add up: the largest count for a group, every other group as well, the shortest wait', () => {
    const verdict = evaluate(pushOf(modified('infra/a'), modified('pay/a')), POLICY);
    assert.deepEqual(verdict.requirements, [
      { group: 'sre', count: 2, given: 0, rules: ['sre', 'two'] },
      { group: 'security', count: 1, given: 0, rules: ['two'] },
    ]);
    assert.equal(verdict.expiresAfter, 3 * DAY);
  });

  it('lists at most fifty paths, in one line of text', () => {
    const paths = Array.from({ length: 80 }, (_, at) => modified(`infra/${'x'.repeat(300)}${at}`));
    const [reason] = evaluate(pushOf(...paths), POLICY).reasons;
    assert.equal(reason?.paths?.length, 50);
    assert.ok((reason?.text.length ?? 0) <= 500);
  });

  it('says what else than paths was seen', () => {
    const text = (when: string, inputs: Inputs) =>
      evaluate(inputs, rulesOf(`- { name: r, when: ${when}, then: refuse }`)).reasons[0]?.text;
    assert.equal(text('{ size: { pack: ">10" } }', pushOf()), 'pack 1000');
    assert.equal(text('{ refs: [refs/heads/main] }', pushOf()), 'refs/heads/main');
    assert.equal(text('{ signed: false }', inputsOf([{ commits: [commit('one')] }])), 'fe05bcdcdc "one"');
    assert.equal(text('{ paths: [a/], size: { blob: ">1" } }', pushOf(added('a/b'))), 'a/b');
  });

  it('throws on inputs that contradict themselves, so that the caller refuses', () => {
    const [update] = pushOf().updates;
    assert.ok(update);
    const inputs = { ...pushOf(), updates: [{ ...update, commits: [7] }] };
    assert.throws(() => evaluate(inputs, POLICY), /commit 7 that they do not hold/);
  });
});

describe('defaults', () => {
  const NOTHING = policyOf('version: 1');
  const LAB = policyOf(
    'version: 1\nnamespaces: all\npushOptions: all\ndefaults: { tags: allow, hiddenObjects: allow, fsck: allow, oddPaths: allow, secrets: allow }',
  );
  const on = (ref: string, kind: 'create' | 'force' | 'delete' | 'fast-forward' = 'create') =>
    inputsOf([{ ref, kind }]);
  const option = (...pushOptions: string[]) => inputsOf([{}], { pushOptions });
  const finding = (rule: string, severity: 'low' | 'high') =>
    inputsOf([{}], { findings: [{ rule, severity, text: 'seen', path: 'a' }] });

  const secret = (severity: 'low' | 'medium' | 'high', more: object = {}) =>
    inputsOf([{}], { findings: [{ rule: 'x-token', severity, text: 'seen', path: 'a', fingerprint: 'f', ...more }] });

  const cases: readonly [string, Inputs, Verdict['outcome'], Verdict['outcome']][] = [
    ['a branch', on('refs/heads/x'), 'forward', 'forward'],
    ['a secret', secret('medium'), 'refuse', 'forward'],
    ['a weak secret', secret('low'), 'forward', 'forward'],
    ['a secret that a comment allows', secret('high', { allowed: 'gitleaks:allow' }), 'refuse', 'forward'],
    ['a secret under an exception', secret('high', { exception: 3 }), 'forward', 'forward'],
    [
      'a push that nobody has searched',
      { ...on('refs/heads/x'), secrets: undefined } as unknown as Inputs,
      'refuse',
      'forward',
    ],
    ['a note', on('refs/notes/commits'), 'forward', 'forward'],
    ['a new tag', on('refs/tags/v1'), 'forward', 'forward'],
    ['a moved tag', on('refs/tags/v1', 'force'), 'hold', 'forward'],
    ['a tag moved forward', on('refs/tags/v1', 'fast-forward'), 'hold', 'forward'],
    ['a deleted tag', on('refs/tags/v1', 'delete'), 'hold', 'forward'],
    ['refs/for', on('refs/for/main'), 'refuse', 'forward'],
    ['refs/meta/config', on('refs/meta/config'), 'refuse', 'forward'],
    ['refs/pull', on('refs/pull/1/head'), 'refuse', 'forward'],
    ['refs/stash', on('refs/stash'), 'refuse', 'forward'],
    ['refs/heads itself', on('refs/heads/'), 'refuse', 'forward'],
    ['refs/headsx', on('refs/headsx/a'), 'refuse', 'forward'],
    ['refs/Heads is another namespace', on('refs/Heads/a'), 'refuse', 'forward'],
    ['a replace ref', on('refs/replace/abc'), 'refuse', 'refuse'],
    ['refs/replace itself', on('refs/replace'), 'refuse', 'refuse'],
    ['a replace ref in other letters', on('refs/Replace/abc'), 'refuse', 'refuse'],
    ['no update at all', inputsOf([]), 'refuse', 'refuse'],
    ['our own push option', option('sallyport.wait=10m'), 'forward', 'forward'],
    ['a push option of the upstream', option('ci.skip'), 'refuse', 'forward'],
    ['one allowed, one not', option('sallyport.reason=x', 'secret_push_protection.skip_all'), 'refuse', 'forward'],
    ['not ours by its first letters', option('sallyportx'), 'refuse', 'forward'],
    ['a hidden object', finding('hidden-object', 'low'), 'refuse', 'forward'],
    ['an odd path of high severity', finding('odd-path', 'high'), 'refuse', 'forward'],
    ['an odd path of low severity', finding('odd-path', 'low'), 'forward', 'forward'],
    ['an fsck finding', finding('fsck.hasDotgit', 'high'), 'refuse', 'forward'],
    ['another finding', finding('lfs-pointer', 'high'), 'forward', 'forward'],
  ];
  for (const [what, inputs, built, lab] of cases) {
    it(what, () => {
      assert.equal(evaluate(inputs, NOTHING).outcome, built);
      assert.equal(evaluate(inputs, LAB).outcome, lab);
    });
  }

  it('a moved tag waits for an admin', () => {
    assert.deepEqual(needs(evaluate(on('refs/tags/v1', 'force'), NOTHING)), ['1 of admin']);
    assert.equal(
      evaluate(on('refs/tags/v1', 'force'), policyOf('version: 1\ndefaults: { tags: refuse }')).outcome,
      'refuse',
    );
  });

  it('a tag in other letters is a tag, where such refs are allowed at all', () => {
    const policy = policyOf('version: 1\nnamespaces: all');
    assert.equal(evaluate(on('refs/Tags/v1', 'force'), policy).outcome, 'hold');
  });

  it('a listed push option passes, with a value only when the entry has none', () => {
    const policy = policyOf('version: 1\npushOptions: [ci.skip, a=b]');
    assert.equal(evaluate(option('ci.skip'), policy).outcome, 'forward');
    assert.equal(evaluate(option('ci.skip=1'), policy).outcome, 'forward');
    assert.equal(evaluate(option('a=b'), policy).outcome, 'forward');
    assert.equal(evaluate(option('a=bc'), policy).outcome, 'refuse');
    assert.equal(evaluate(option('ci.skipper'), policy).outcome, 'refuse');
  });

  it('the value of a refused push option is not repeated', () => {
    const verdict = evaluate(option('token=hunter2'), NOTHING);
    assert.doesNotMatch(JSON.stringify(verdict), /hunter2/);
  });

  it('a listed namespace replaces the built-in ones', () => {
    const policy = policyOf('version: 1\ndefaults: { namespaces: ["refs/changes/*"] }');
    assert.equal(evaluate(on('refs/changes/01/1/1'), policy).outcome, 'forward');
    assert.equal(evaluate(on('refs/heads/a'), policy).outcome, 'refuse');
  });

  it('rules cannot soften a default', () => {
    const policy = rulesOf('- { name: r, when: { refs: ["refs/**"] }, then: flag }');
    assert.equal(evaluate(on('refs/replace/x'), policy).outcome, 'refuse');
  });
});

describe('approvals by code owners', () => {
  const POLICY = rulesOf(
    '- { name: owners, when: { refs: [refs/heads/main] }, then: hold, approvals: [{ codeowners: true }] }',
  );
  const TEXT = [
    '* @acme/core',
    '/infra/ @acme/sre',
    '/web/ @acme/web @bob',
    '/docs/',
    '/x/ @acme/web @bob @acme/core',
  ].join('\n');
  const file = (text: string): CodeownersFile => ({ refName: 'refs/heads/main', path: '.github/CODEOWNERS', text });
  const judge = (text: string, ...paths: string[]) =>
    evaluate(inputsOf([{ net: paths.map((path) => modified(path)) }], { codeowners: [file(text)] }), POLICY);

  it('each distinct set of owners gives one approval', () => {
    assert.deepEqual(needs(judge(TEXT, 'infra/a', 'infra/b', 'web/a')), ['1 of sre', '1 of @bob or web']);
  });

  it('a set of one group is that group, others say who may approve', () => {
    const [sre, web] = judge(TEXT, 'infra/a', 'web/a').requirements;
    assert.equal(sre !== undefined && 'anyOf' in sre, false);
    assert.deepEqual(web?.anyOf, [{ user: 'bob' }, { group: 'web' }]);
  });

  it('a larger set is met by whoever approves for a smaller one', () => {
    assert.deepEqual(needs(judge(TEXT, 'web/a', 'x/a')), ['1 of @bob or web']);
    assert.deepEqual(needs(judge(TEXT, 'x/a')), ['1 of @bob or core or web']);
  });

  it('deliberately unowned paths ask nobody: noted, and forwarded', () => {
    const verdict = judge(TEXT, 'docs/a');
    assert.equal(verdict.outcome, 'forward');
    assert.deepEqual(verdict.reasons, [
      { rule: 'owners', outcome: 'flag', text: 'refs/heads/main; nobody owns what was touched' },
    ]);
  });

  it('another spelling of a path also needs its owners', () => {
    assert.deepEqual(needs(judge(TEXT, 'Infra/a')), ['1 of core', '1 of sre']);
  });

  it('lines that cannot be read ask the default owners', () => {
    const verdict = judge(`${TEXT}\n/infra/ oops\n`, 'infra/a');
    assert.deepEqual(needs(verdict), ['1 of sre', '1 of core']);
    assert.match(verdict.reasons[0]?.text ?? '', /CODEOWNERS line 6 cannot be read/);
  });

  it('without default owners, or without a file, the fallback is asked', () => {
    assert.deepEqual(needs(judge('/infra/ oops', 'infra/a')), ['1 of admin']);
    const inputs = inputsOf([{ net: [modified('a')] }], { codeowners: [] });
    assert.deepEqual(needs(evaluate(inputs, POLICY)), ['1 of admin']);
    const policy = rulesOf(
      '- { name: o, when: { refs: [refs/heads/main] }, then: hold, approvals: [{ codeowners: true, fallback: lead }] }',
    );
    assert.deepEqual(needs(evaluate(inputs, policy)), ['1 of lead']);
  });

  it('an update that touches no path is held for the fallback', () => {
    const inputs = inputsOf([{ kind: 'delete' }], { codeowners: [file(TEXT)] });
    assert.deepEqual(needs(evaluate(inputs, POLICY)), ['1 of admin']);
  });

  it('inputs that do not say what CODEOWNERS is are refused', () => {
    const verdict = evaluate(pushOf(modified('a')), POLICY);
    assert.equal(verdict.outcome, 'refuse');
    assert.match(verdict.reasons[0]?.text ?? '', /is not known/);
  });

  it('only the paths that the rule is about ask their owners', () => {
    const policy = rulesOf('- { name: o, when: { paths: [infra/] }, then: hold, approvals: [{ codeowners: true }] }');
    const net = [modified('infra/a'), modified('web/a')];
    assert.deepEqual(needs(evaluate(inputsOf([{ net }], { codeowners: [file(TEXT)] }), policy)), ['1 of sre']);
  });

  it('a deleted file asks its owners', () => {
    const inputs = inputsOf([{ net: [deleted('infra/a')] }], { codeowners: [file(TEXT)] });
    assert.deepEqual(needs(evaluate(inputs, POLICY)), ['1 of sre']);
  });

  it('GitLab sections vote separately, with their counts', () => {
    const policy = rulesOf(
      '- { name: o, when: { refs: [refs/heads/main] }, then: hold, approvals: [{ codeowners: true, dialect: gitlab }] }',
    );
    const text = '* @core\n[Sec][2] @acme/security\n/pay/\n^[Opt] @acme/helpers\n*\n';
    const verdict = evaluate(inputsOf([{ net: [modified('pay/a')] }], { codeowners: [file(text)] }), policy);
    assert.deepEqual(needs(verdict), ['1 of @core or core', '2 of security']);
  });

  it('a larger set that gives more approvals is not met by a smaller one', () => {
    const policy = rulesOf(
      '- { name: o, when: { refs: [refs/heads/main] }, then: hold, approvals: [{ codeowners: true, dialect: gitlab }] }',
    );
    const text = '* @acme/core\n[Sec][2] @acme/core @acme/security\n*\n';
    const verdict = evaluate(inputsOf([{ net: [modified('a')] }], { codeowners: [file(text)] }), policy);
    assert.deepEqual(needs(verdict), ['1 of core', '2 of core or security']);
  });

  it('with other approvals they add up', () => {
    const policy = rulesOf(
      '- { name: o, when: { refs: [refs/heads/main] }, then: hold, approvals: [{ group: sre, count: 2 }, { codeowners: true }] }',
    );
    const net = [modified('infra/a'), modified('web/a')];
    const verdict = evaluate(inputsOf([{ net }], { codeowners: [file(TEXT)] }), policy);
    assert.deepEqual(needs(verdict), ['2 of sre', '1 of @bob or web']);
  });
});

describe('mergeRequirements', () => {
  it('keeps one per group with the largest count and all its rules, in the order of first appearance', () => {
    const requirement = fc.record({
      group: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 5 }),
      given: fc.constant(0),
      rules: fc.array(fc.constantFrom('r1', 'r2', 'r3'), { minLength: 1, maxLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(requirement), (all: Requirement[]) => {
        const merged = mergeRequirements(all);
        assert.deepEqual(
          merged.map(({ group }) => group),
          [...new Set(all.map(({ group }) => group))],
        );
        for (const { group, count, rules } of merged) {
          const same = all.filter((one) => one.group === group);
          assert.equal(count, Math.max(...same.map((one) => one.count)));
          assert.deepEqual(new Set(rules), new Set(same.flatMap((one) => one.rules)));
        }
      }),
    );
  });
});

describe('a verdict is a function of inputs and policy alone', () => {
  const PATH = fc.constantFrom(
    'infra/prod/a',
    'Infra/Prod/b',
    'docs/x',
    'src/\u0130x',
    'stra\u00dfe/I',
    '.github/workflows/c',
  );
  const change = fc.tuple(PATH, fc.boolean()).map(([path, isNew]) => (isNew ? added(path) : modified(path)));
  const update = fc.record({
    ref: fc.constantFrom('refs/heads/main', 'refs/heads/topic', 'refs/tags/v1', 'refs/for/main'),
    kind: fc.constantFrom('create', 'fast-forward', 'force', 'delete'),
    net: fc.array(change, { maxLength: 4 }),
    commits: fc.array(
      fc
        .tuple(fc.string(), fc.array(change, { maxLength: 2 }))
        .map(([message, changes]) => commit('c', { message, changes })),
      { maxLength: 3 },
    ),
  });
  const inputs = fc
    .tuple(
      fc.array(update, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom('ci.skip', 'sallyport.wait=1m'), { maxLength: 2 }),
    )
    .map(([updates, pushOptions]) =>
      inputsOf(updates as Parameters<typeof inputsOf>[0], {
        pushOptions,
        codeowners: [{ refName: 'refs/heads/main', path: 'CODEOWNERS', text: '* @a/b\n/docs/ @c\nbad line\n' }],
      }),
    );
  const TEXT = `${DESIGN}  - name: owners
    when: { refs: ["refs/heads/*"], message: ["(?i)i"] }
    unless: { paths: [docs/] }
    then: hold
    approvals: [{ codeowners: true }, { group: dev, count: 2 }]
    expires: 2d
`;

  it('the same value again, whatever the order of keys, and through JSON', () => {
    const policy = policyOf(TEXT);
    fc.assert(
      fc.property(inputs, (sample) => {
        const before = JSON.stringify(sample);
        const verdict = evaluate(sample, policy);
        assert.equal(JSON.stringify(sample), before, 'the inputs are not changed');
        assert.deepEqual(evaluate(JSON.parse(before), policyOf(TEXT)), verdict);
        assert.deepEqual(evaluate(reverseKeys(sample) as Inputs, policy), verdict);
        assert.deepEqual(evaluate(deepFrozen(structuredClone(sample)), policy), verdict);
      }),
    );
  });

  it('the same value under any locale and time zone', () => {
    const samples = fc.sample(inputs, { seed: 42, numRuns: 60 });
    const script = `
      import { readFileSync } from 'node:fs';
      import { createHash } from 'node:crypto';
      import { evaluate } from './src/domain/policy/evaluate.ts';
      import { parsePolicy } from './src/domain/policy/parse-policy.ts';
      const { samples, text } = JSON.parse(readFileSync(0, 'utf8'));
      const { policy } = parsePolicy(text);
      const verdicts = samples.map((sample) => evaluate(sample, policy));
      process.stdout.write(createHash('sha256').update(JSON.stringify(verdicts)).digest('hex'));`;
    const run = (env: Record<string, string>) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd: resolve(import.meta.dirname, '../../..'),
        input: JSON.stringify({ samples, text: TEXT }),
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
    const here = createHash('sha256')
      .update(JSON.stringify(samples.map((one) => evaluate(one, policyOf(TEXT)))))
      .digest('hex');
    assert.equal(run({ TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }), here);
    assert.equal(run({ TZ: 'America/St_Johns', LC_ALL: 'C', LANG: 'C' }), here);
  });

  it('the explanation tells of the same decision', () => {
    const policy = policyOf(TEXT);
    fc.assert(
      fc.property(inputs, (sample) => {
        const verdict = evaluate(sample, policy);
        const traces = explain(sample, policy);
        assert.deepEqual(
          traces.flatMap(({ reason }) => (reason ? [reason] : [])),
          verdict.reasons,
        );
        for (const trace of traces) {
          assert.equal(
            trace.matched,
            trace.updates.some(({ matched }) => matched),
            trace.rule,
          );
          for (const line of trace.line === undefined ? [] : trace.updates) {
            const holds = line.when.every((part) => part.holds);
            const isExempt = line.unless.length > 0 && line.unless.every((part) => part.holds);
            assert.equal(line.matched, holds && !isExempt);
          }
        }
      }),
    );
  });
});

describe('explain', () => {
  it('says for each key what was asked and what was seen', () => {
    const traces = explain(pushOf(modified('infra/prod/db.tf')), policyOf(DESIGN));
    assert.deepEqual(formatTrace(traces), [
      'rules of the policy:',
      '  production needs SRE (line 3): hold, needs 1 of sre',
      '    refs/heads/main matches',
      '      yes repos: the repository is one of acme/**; seen acme/app',
      '      yes refs: the ref is one of refs/heads/main; seen refs/heads/main',
      '      yes paths: a path matches one of infra/prod/**, /.github/workflows/; seen infra/prod/db.tf',
      '  machine-written payment code needs two people (line 8): does not apply',
      '    refs/heads/main does not match',
      '      no  paths: a path matches one of src/payments/**; seen none',
      '  secrets (line 12): does not apply',
      '    refs/heads/main does not match',
      '      no  secrets: a secret of severity >=medium; seen none',
      '  nobody rewrites main (line 15): does not apply',
      '    refs/heads/main does not match',
      '      no  update: the update is one of force, delete; seen fast-forward of refs/heads/main',
      'checks without any rule:',
      '  ok     complete inputs: the push updates at least one ref',
      '  ok     replace refs: no ref is below refs/replace/',
      '  ok     namespaces: refs are below refs/heads/, refs/tags/, refs/notes/',
      '  ok     tags: no existing tag moves or goes',
      '  ok     push options: push options are ours',
      '  ok     hidden objects: every object of the pack is reachable from an updated ref',
      '  ok     fsck: git finds no broken or dangerous object',
      '  ok     odd paths: no name opens something else on another file system',
      '  ok     secrets: the push does not introduce a secret of severity >=medium',
    ]);
  });

  it('says what a check saw that has a consequence, and which ones the policy has given up', () => {
    const policy = policyOf('version: 1\ndefaults: { fsck: allow, pushOptions: [ci.skip] }\nrules: []\n');
    const lines = formatTrace(explain(inputsOf([{ ref: 'refs/for/main' }]), policy));
    assert.deepEqual(lines.slice(0, 3), ['rules of the policy:', '  none', 'checks without any rule:']);
    for (const line of [
      '  refuse namespaces: refs are below refs/heads/, refs/tags/, refs/notes/; seen refs/for/main',
      '  ok     push options: push options are ours or one of ci.skip',
      '  ok     fsck: not asked for, as the policy says',
    ]) {
      assert.equal(lines.includes(line), true, `${line}\nis not in\n${lines.join('\n')}`);
    }
  });

  it('shows what matched, and why it is exempt all the same', () => {
    const policy = rulesOf(
      '- { name: r, when: { paths: ["a/**"] }, unless: { paths: ["a/b"] }, then: hold, approvals: [{ group: g, count: 1 }] }',
    );
    assert.deepEqual(formatTrace(explain(pushOf(modified('a/b')), policy)).slice(1, 5), [
      '  r (line 3): does not apply',
      '    refs/heads/main is exempt',
      '      yes paths: a path matches one of a/**; seen a/b',
      '      yes unless paths: a path matches one of a/b; seen a/b',
    ]);
  });

  it('lists a bounded number of updates, those that matched first', () => {
    const updates = Array.from({ length: 100 }, (_, at) => ({
      ref: `refs/heads/b${at}`,
      net: at === 99 ? [modified('x')] : [],
    }));
    const policy = rulesOf('- { name: r, when: { paths: [x] }, then: flag }');
    const trace = explain(inputsOf(updates), policy).at(-1);
    assert.equal(trace?.updates.length, 20);
    assert.equal(trace?.updates[0]?.refName, 'refs/heads/b99');
    assert.equal(trace?.more, 80);
  });
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, reverseKeys(part)] as const);
  return Object.fromEntries(entries.reverse());
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFrozen(part);
  return Object.freeze(value);
}

describe('the default about secrets', () => {
  const token = { rule: 'x-token', severity: 'high', text: 'X token', path: 'a', fingerprint: 'f' } as const;
  const outcome = (defaults: string, finding: object = {}) =>
    evaluate(
      inputsOf([{}], { findings: [{ ...token, ...finding }] }),
      policyOf(`version: 1\ndefaults: { secrets: ${defaults} }`),
    ).outcome;

  it('says what becomes of them', () => {
    assert.deepEqual(
      ['refuse', 'hold', 'flag', 'allow'].map((word) => outcome(word)),
      ['refuse', 'hold', 'forward', 'forward'],
    );
  });

  it('is changed in part, and keeps the rest', () => {
    assert.equal(outcome('{ severity: ">=critical" }'), 'forward');
    assert.equal(outcome('{ severity: ">=critical" }', { severity: 'critical' }), 'refuse');
    assert.equal(outcome('{ inlineAllow: true }', { allowed: 'gitleaks:allow' }), 'forward');
    assert.equal(outcome('{ inlineAllow: true }'), 'refuse');
    assert.equal(outcome('{ rules: ["y-*"] }'), 'forward');
    assert.equal(outcome('{ then: hold, rules: ["x-*"] }'), 'hold');
    assert.equal(outcome('{ then: hold }', { severity: 'low' }), 'forward');
  });

  describe('says how to mend it', () => {
    const [one, two, three] = [
      commit('one'),
      commit('two', { parents: [oid('one')] }),
      commit('three', { parents: [oid('two')] }),
    ];
    const short = (name: string) => oid(name).slice(0, 12);
    const cases: readonly [string, readonly string[], readonly string[], RegExp][] = [
      ['at the tip', ['old tip', 'one'], ['one'], /^take it out of .* with git commit --amend, then push again$/],
      [
        'below the tip',
        ['one', 'two', 'three'],
        ['two'],
        new RegExp(`^take it out of ${short('two')} with git rebase -i ${short('two')}\\^, then push again$`),
      ],
      [
        'in several',
        ['one', 'two', 'three'],
        ['two', 'three'],
        new RegExp(`${short('two')} and what follows it with git rebase -i ${short('two')}\\^`),
      ],
      ['from the root', ['one', 'two'], ['one'], /git rebase -i --root/],
    ];
    for (const [what, pushed, found, expected] of cases) {
      it(what, () => {
        const all = new Map([one, two, three].map((each) => [each.oid, each]));
        const commits = pushed.flatMap((name) => all.get(oid(name)) ?? []);
        const inputs = inputsOf([{ commits }], { findings: found.map((name) => ({ ...token, commit: oid(name) })) });
        const [update] = inputs.updates;
        assert.ok(update);
        const tipped = { ...inputs, updates: [{ ...update, newOid: commits.at(-1)?.oid ?? '' }] };
        assert.match(evaluate(tipped, policyOf('version: 1')).reasons[0]?.mend?.at(-1) ?? '', expected);
      });
    }
  });
});
