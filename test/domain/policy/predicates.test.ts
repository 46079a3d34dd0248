// Each key by itself: `when: { key }` refuses, and what `unless: { key }` lets off.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addCounts,
  type FileAttribution,
  type LineState,
  NO_LINES,
} from '../../../src/domain/attribution/attribution.ts';
import type { Evidence, Tier } from '../../../src/domain/attribution/evidence.ts';
import { evaluate } from '../../../src/domain/policy/evaluate.ts';
import type { Inputs } from '../../../src/domain/push/inputs.ts';
import {
  added,
  commit,
  deleted,
  inputsOf,
  modified,
  oid,
  pushOf,
  refuseWhen,
  type SampleUpdate,
  tag,
} from './sample.ts';

function matches(when: string, inputs: Inputs, unless?: string): boolean {
  return evaluate(inputs, refuseWhen(when, unless)).reasons.some(({ rule }) => rule === 'r');
}

const EVERYWHERE = '{ repos: ["**"] }';

/** Condition, push, does it hold in `when`, does it exempt in `unless`. */
type Row = readonly [what: string, condition: string, inputs: Inputs, when: boolean, unless: boolean];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    for (const [what, condition, inputs, when, unless] of rows) {
      it(`${what}: ${condition}`, () => {
        assert.equal(matches(condition, inputs), when, 'in when');
        assert.equal(!matches(EVERYWHERE, inputs, condition), unless, 'in unless');
      });
    }
  });
}

const any = pushOf(modified('a'));
const withRepo = (repo: string) => inputsOf([{ net: [modified('a')] }], { repo });

table('repos', [
  ['the very name', '{ repos: [acme/app] }', any, true, true],
  ['a pattern', '{ repos: ["x/*", "acme/**"] }', any, true, true],
  ['another', '{ repos: [acme/ap] }', any, false, false],
  ['other case restricts, but does not exempt', '{ repos: ["acme/**"] }', withRepo('ACME/App'), true, false],
]);

const by = (principal: Inputs['principal']) => inputsOf([{ net: [modified('a')] }], { principal });
const robot = by({ name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: ['dev', 'bots'] });

table('principals', [
  ['in a group', '{ principals: { groups: [sre, bots] } }', robot, true, true],
  ['in none of the groups', '{ principals: { groups: [sre] } }', robot, false, false],
  ['kind', '{ principals: { kinds: [coding-agent] } }', robot, true, true],
  ['name', '{ principals: { names: [copilot] } }', robot, true, true],
  ['the sponsor is not the pusher', '{ principals: { names: [alice] } }', robot, false, false],
  ['all that is given must hold', '{ principals: { kinds: [human], names: [copilot] } }', robot, false, false],
  ['no groups at all', '{ principals: { groups: [dev] } }', by({ name: 'x', kind: 'human', groups: [] }), false, false],
]);

const on = (ref: string, more: SampleUpdate = {}) => inputsOf([{ ref, net: [modified('a')], ...more }]);

table('refs', [
  ['the very name', '{ refs: [refs/heads/main] }', any, true, true],
  ['a pattern', '{ refs: ["refs/heads/release/**"] }', on('refs/heads/release/1/2'), true, true],
  ['* stays in its segment', '{ refs: ["refs/heads/*"] }', on('refs/heads/a/b'), false, false],
  ['no prefix', '{ refs: [refs/heads/main] }', on('refs/heads/main2'), false, false],
  ['other case restricts, but does not exempt', '{ refs: [refs/heads/main] }', on('refs/heads/Main'), true, false],
]);

table('update', [
  ['the kind', '{ update: [fast-forward] }', any, true, true],
  ['one of several', '{ update: [force, delete] }', on('refs/heads/main', { kind: 'force' }), true, true],
  ['another kind', '{ update: [force, delete] }', on('refs/heads/main', { kind: 'create' }), false, false],
]);

const twoPaths = pushOf(modified('docs/a'), modified('src/b'));
table('paths', [
  ['touched', '{ paths: [docs/] }', twoPaths, true, false],
  ['all touched', '{ paths: [docs/, src/] }', twoPaths, true, true],
  ['not touched', '{ paths: [infra/] }', twoPaths, false, false],
  ['nothing touched exempts nothing', '{ paths: ["**"] }', pushOf(), false, false],
  [
    'a bare tree has unknown paths',
    '{ paths: [infra/] }',
    on('refs/tags/x', { net: [], tipType: 'tree' }),
    true,
    false,
  ],
  [
    'a bare blob has unknown paths',
    '{ paths: [infra/] }',
    on('refs/tags/x', { net: [], tipType: 'blob' }),
    true,
    false,
  ],
]);

const link = modified('link', { newMode: '120000', oldMode: '120000' });
const gitlink = { newMode: '160000' };
table('submodules', [
  ['added', '{ submodules: true }', pushOf(added('lib', gitlink)), true, true],
  ['removed', '{ submodules: true }', pushOf(deleted('lib', { oldMode: '160000' })), true, true],
  ['one of two changes', '{ submodules: true }', pushOf(added('lib', gitlink), modified('a')), true, false],
  ['.gitmodules says where they point', '{ submodules: true }', pushOf(modified('.gitmodules')), true, true],
  ['.gitmodules in other letters', '{ submodules: true }', pushOf(modified('.GitModules')), true, true],
  ['.gitmodules deeper means nothing', '{ submodules: true }', pushOf(modified('a/.gitmodules')), false, false],
  ['none', '{ submodules: false }', any, true, true],
  ['not none', '{ submodules: false }', pushOf(added('lib', gitlink)), false, false],
]);
table('symlinks', [
  ['changed', '{ symlinks: true }', pushOf(link), true, true],
  [
    'replaced by a file',
    '{ symlinks: true }',
    pushOf(modified('a', { oldMode: '120000', status: 'type-changed' })),
    true,
    true,
  ],
  ['none', '{ symlinks: true }', any, false, false],
]);
table('executables', [
  ['added', '{ executables: true }', pushOf(added('run', { newMode: '100755' })), true, true],
  ['bit taken away', '{ executables: true }', pushOf(modified('run', { oldMode: '100755' })), true, true],
  ['none', '{ executables: true }', any, false, false],
]);
table('binaries', [
  ['binary', '{ binaries: true }', pushOf(added('a', { binary: true })), true, true],
  ['text', '{ binaries: true }', pushOf(added('a', { binary: false })), false, false],
  ['nobody looked', '{ binaries: true }', pushOf(added('a')), true, false],
  ['nobody looked, so not none', '{ binaries: false }', pushOf(added('a')), false, false],
  ['a deletion brings none', '{ binaries: true }', pushOf(deleted('a')), false, false],
  ['a link is none', '{ binaries: true }', pushOf(link), false, false],
]);

const three = inputsOf([
  { ref: 'refs/heads/a', net: [modified('x'), modified('y')], commits: [commit('1'), commit('2')] },
  { ref: 'refs/heads/b', net: [modified('y'), modified('z')], commits: [commit('3')] },
]);
table('size', [
  ['pack over', '{ size: { pack: ">999" } }', any, true, true],
  ['pack not over', '{ size: { pack: ">1kB" } }', any, false, false],
  ['a blob over', '{ size: { blob: ">=20" } }', pushOf(added('a'), added('b', { size: 20 })), true, false],
  ['every blob over', '{ size: { blob: ">5" } }', pushOf(added('a'), added('b', { size: 20 })), true, true],
  [
    'a blob of unknown size',
    '{ size: { blob: ">5GiB" } }',
    pushOf(deleted('b'), { ...deleted('a'), newMode: '100644' }),
    true,
    false,
  ],
  ['deletions have no size', '{ size: { blob: ">=0" } }', pushOf(deleted('a')), false, false],
  ['files over all updates', '{ size: { files: "=3" } }', three, true, true],
  ['commits over all updates', '{ size: { commits: ">=3" } }', three, true, true],
  ['all given must hold', '{ size: { commits: ">=3", files: ">3" } }', three, false, false],
]);

const withCommits = (...commits: Parameters<typeof commit>[]) =>
  inputsOf([{ net: [modified('a')], commits: commits.map((one) => commit(...one)) }]);
const bob = { author: { name: 'Bob', email: 'bob@partner.example' } };
table('author', [
  ['by address', '{ author: ["*@example.com"] }', withCommits(['1']), true, true],
  ['by name', '{ author: ["Alice *"] }', withCommits(['1']), true, true],
  ['one of two', '{ author: ["*@example.com"] }', withCommits(['1'], ['2', bob]), true, false],
  ['nobody', '{ author: ["*@example.org"] }', withCommits(['1']), false, false],
  ['no new commit', '{ author: ["*"] }', any, false, false],
  ['other case restricts, but does not exempt', '{ author: ["ALICE@example.com"] }', withCommits(['1']), true, false],
  [
    'a tagger',
    '{ author: ["*@example.com"] }',
    inputsOf([{ ref: 'refs/tags/v1', kind: 'create', tags: [tag('v1')] }]),
    true,
    true,
  ],
]);
const { tagger: _tagger, ...untagged } = tag('v1');
table('author', [
  [
    'a tag that names no tagger',
    '{ author: ["*@example.com"] }',
    { ...inputsOf([{ ref: 'refs/tags/v1', kind: 'create', tags: [tag('v1')] }]), tags: [untagged] },
    true,
    false,
  ],
]);
table('message', [
  ['found', '{ message: "^fixup!" }', withCommits(['1', { message: 'fixup! x' }]), true, true],
  ['in one of two', '{ message: [A-1, "B-\\\\d"] }', withCommits(['1', { message: 'B-2' }], ['2']), true, false],
  ['not found', '{ message: WIP }', withCommits(['1']), false, false],
  ['no new commit', '{ message: ".*" }', any, false, false],
  ['too long to read', '{ message: WIP }', withCommits(['1', { message: 'x'.repeat(300_000) }]), true, false],
]);
const signed = { signed: true };
table('signed', [
  ['one is not', '{ signed: false }', withCommits(['1', signed], ['2']), true, false],
  ['none is', '{ signed: false }', withCommits(['1']), true, true],
  ['all are', '{ signed: true }', withCommits(['1', signed], ['2', signed]), true, true],
  ['not all are', '{ signed: true }', withCommits(['1', signed], ['2']), false, false],
  ['no new commit', '{ signed: true }', any, false, false],
]);

const lfs = { rule: 'lfs-pointer', severity: 'low', text: 'x', path: 'a.bin' } as const;
const found = (...findings: Inputs['findings']) =>
  inputsOf([{ net: [modified('a.bin')], commits: [commit('1')] }], { findings });
const leak: Inputs['findings'][number] = {
  rule: 'github-app-token',
  severity: 'high',
  text: 'GitHub app token',
  path: 'a.bin',
  fingerprint: '00'.repeat(16),
};
const more: Inputs['findings'][number] = { rule: 'more-secrets', severity: 'high', text: 'and 7 more' };

const evidenceOf = (tier: Tier, claim: Evidence['claim'], scope: Evidence['scope'] = 'line'): Evidence => ({
  kind: 'git-ai-note',
  tier,
  scope,
  target: { path: 'a.ts' },
  claim,
  source: { field: 'refs/notes/ai', rule: 'git-ai', ruleVersion: '3.0.0', raw: 's_1', rawSha256: '00' },
  verifier: 'consistent',
});
const claude = { by: 'ai', codingAgent: 'claude-code', model: 'claude-opus-4.6' } as const;
const byClaude = evidenceOf('E3', claude);
const observed = evidenceOf('E5', claude);
const hinted = evidenceOf('E1', claude, 'branch');
const byHuman = evidenceOf('E3', { by: 'human', human: 'Alice' });

/** A push of one commit that adds `count` lines of this state to a.ts and b.ts (whose lines are unknown). */
function written(
  count: number,
  state: LineState,
  item?: Evidence,
  column: FileAttribution['column'] = 'source',
  unknown = 0,
): Inputs {
  const inputs = inputsOf([
    { net: [added('a.ts'), added('b.ts')], commits: [commit('1', { changes: [added('a.ts')] })] },
  ]);
  const evidence = item === undefined ? [] : [item];
  const isOfLine = item?.scope === 'line' && state !== 'unknown';
  const known = isOfLine ? { tier: item.tier, evidence: [0] } : { evidence: [] };
  const ranges = [
    ...(count > 0 ? [{ start: 1, end: count, state, ...known }] : []),
    ...(unknown > 0 ? [{ start: count + 1, end: count + unknown, state: 'unknown' as const, evidence: [] }] : []),
  ];
  const lines = addCounts({ ...NO_LINES, [state]: count }, { ...NO_LINES, unknown });
  const files = [{ path: 'a.ts', blob: oid('a'), column, lines, ranges }];
  const one = { oid: oid('1'), kind: 'ordinary' as const, codingAgents: [], evidence: evidence.map((_, at) => at) };
  const commits = [{ ...one, lines, generated: NO_LINES, files }];
  const attribution = {
    version: 1 as const,
    ruleSet: 'test',
    evidence,
    commits,
    lines,
    generated: NO_LINES,
    codingAgents: [],
    unseen: [],
  };
  return { ...inputs, attribution };
}

const half = written(3, 'ai', byClaude, 'source', 3);
const someLines = written(3, 'unknown');
const unseen: Inputs = {
  ...someLines,
  ...(someLines.attribution && {
    attribution: { ...someLines.attribution, unseen: [{ commit: oid('1'), path: 'c.ts', why: 'too large' }] },
  }),
};

table('secrets', [
  ['severe enough', '{ secrets: { severity: ">=medium" } }', found(leak), true, true],
  ['not severe enough', '{ secrets: { severity: ">high" } }', found(leak), false, false],
  ['a glob over rules', '{ secrets: { rules: ["github-*"] } }', found(leak), true, true],
  ['another rule', '{ secrets: { rules: ["aws-*"] } }', found(leak), false, false],
  ['other findings are no secrets', '{ secrets: { severity: ">=info" } }', found(lfs), false, false],
  ['not all', '{ secrets: { rules: ["github-*"] } }', found(leak, { ...leak, rule: 'aws-key' }), true, false],
  ['held by an exception', '{ secrets: { severity: ">=medium" } }', found({ ...leak, exception: 1 }), false, false],
  ['a comment is no permission', '{ secrets: { rules: ["**"] } }', found({ ...leak, allowed: 'x:allow' }), true, true],
  [
    'a comment where comments count',
    '{ secrets: { rules: ["**"], inlineAllow: true } }',
    found({ ...leak, allowed: 'x:allow' }),
    false,
    false,
  ],
  ['those not listed are of any rule', '{ secrets: { rules: ["aws-*"] } }', found(more), true, true],
  [
    'nobody has looked',
    '{ secrets: { severity: ">=critical" } }',
    { ...found(), secrets: undefined } as unknown as Inputs,
    true,
    false,
  ],
  [
    'in an archive that is picked',
    '{ paths: [a.bin], secrets: { rules: ["**"] } }',
    found({ ...leak, path: 'a.bin!b' }),
    true,
    true,
  ],
  ['in another file', '{ paths: [a.bin], secrets: { rules: ["**"] } }', found({ ...leak, path: 'b.bin' }), false, true],
  [
    'in a name, which is shown masked',
    '{ paths: [a.bin], secrets: { rules: ["**"] } }',
    found({ ...leak, path: 'gh…', where: 'file name' }),
    true,
    true,
  ],
]);

table('ai', [
  ['a line by a machine', '{ ai: { lines: ">=1" } }', written(3, 'ai', byClaude), true, false],
  ['more than there are', '{ ai: { lines: ">3" } }', written(3, 'ai', byClaude), false, false],
  ['declared lines count', '{ ai: { lines: ">=3" } }', written(3, 'declared', byClaude), true, false],
  ['disputed lines count', '{ ai: { lines: ">=3" } }', written(3, 'disputed', byClaude), true, false],
  ['edited lines count', '{ ai: { lines: ">=3" } }', written(3, 'mixed', byClaude), true, false],
  ["unknown lines are no machine's", '{ ai: { lines: ">=1" } }', written(3, 'unknown'), false, false],
  ['nor are attested ones', '{ ai: { lines: ">=1" } }', written(3, 'human-attested', byHuman), false, false],
  ['another agent', '{ ai: { codingAgents: [cursor] } }', written(3, 'ai', byClaude), false, false],
  ['one of a family', '{ ai: { codingAgents: ["claude-*"] } }', written(3, 'ai', byClaude), true, false],
  ['a model', '{ ai: { models: ["*opus*"] } }', written(3, 'ai', byClaude), true, false],
  ['another model', '{ ai: { models: ["gpt-*"] } }', written(3, 'ai', byClaude), false, false],
  ['worth enough', '{ ai: { tier: ">=E3" } }', written(3, 'ai', byClaude), true, false],
  ['not worth enough', '{ ai: { lines: ">=1", tier: ">=E4" } }', written(3, 'ai', byClaude), false, false],
  ['exempt only with proof', '{ ai: { codingAgents: [claude-code] } }', written(3, 'ai', observed), true, true],
  ['half of them', '{ ai: { share: ">=50%" } }', half, true, false],
  ['more than half of them', '{ ai: { share: ">50%" } }', half, false, false],
  ['unknown lines', '{ ai: { unknownLines: ">=3" } }', written(3, 'unknown'), true, false],
  ['absence exempts nothing', '{ ai: { unknownLines: "<1" } }', written(3, 'declared', byClaude), true, false],
  ['a hint names without lines', '{ ai: { codingAgents: ["*"] } }', written(3, 'unknown', hinted), true, false],
  ['a hint makes no lines', '{ ai: { lines: ">=1" } }', written(3, 'unknown', hinted), false, false],
  ['nobody has looked', '{ ai: { lines: ">=1" } }', withCommits(['1']), true, false],
  ['in a file that is picked', '{ paths: [a.ts], ai: { lines: ">=1" } }', written(3, 'ai', byClaude), true, false],
  ['in another file', '{ paths: [b.ts], ai: { lines: ">=1" } }', written(3, 'ai', byClaude), false, false],
  ['a file nobody could look at', '{ ai: { lines: ">=9" } }', unseen, true, false],
  ['which may have few or many', '{ ai: { lines: "<1" } }', unseen, true, false],
  ['generated files count', '{ ai: { lines: ">=3" } }', written(3, 'ai', byClaude, 'generated'), true, false],
  ['no lines, no exemption', '{ ai: { lines: ">=0" } }', written(0, 'ai', observed), true, false],
]);

describe('secrets in both halves of a rule', () => {
  it('exempts by those that the first half has picked', () => {
    const inputs = found(leak, { ...leak, rule: 'x-id', severity: 'low', fingerprint: '11' });
    assert.equal(
      matches('{ secrets: { severity: ">=medium" } }', inputs, '{ secrets: { rules: ["github-*"] } }'),
      false,
    );
    assert.equal(matches('{ secrets: { severity: ">=low" } }', inputs, '{ secrets: { rules: ["github-*"] } }'), true);
  });
});

table('findings', [
  ['of a rule', '{ findings: [lfs-pointer] }', found(lfs), true, true],
  ['of another rule', '{ findings: [odd-path] }', found(lfs), false, false],
  ['severity', '{ findings: { severity: ">=low" } }', found(lfs), true, true],
  ['not so severe', '{ findings: { severity: ">low" } }', found(lfs), false, false],
  ['rule and severity', '{ findings: { rules: [lfs-pointer], severity: ">=high" } }', found(lfs), false, false],
  ['on a path that no change names', '{ findings: [lfs-pointer] }', found({ ...lfs, path: 'hidden' }), true, true],
  ['not all', '{ findings: [lfs-pointer] }', found(lfs, { ...lfs, rule: 'x' }), true, false],
]);

describe('keys together', () => {
  it('paths and binaries meet in the same change', () => {
    const inputs = pushOf(added('src/a', { binary: false }), added('img/b', { binary: true }));
    assert.equal(matches('{ paths: [src/], binaries: true }', inputs), false);
    assert.equal(matches('{ paths: [img/], binaries: true }', inputs), true);
  });

  it('paths and size.blob meet in the same change', () => {
    const inputs = pushOf(added('src/a', { size: 5 }), added('img/b', { size: 500 }));
    assert.equal(matches('{ paths: [src/], size: { blob: ">100" } }', inputs), false);
    assert.equal(matches('{ paths: [img/], size: { blob: ">100" } }', inputs), true);
  });

  it('author and signed meet in the same commit', () => {
    const inputs = withCommits(['1', signed], ['2', bob]);
    assert.equal(matches('{ author: ["*@example.com"], signed: false }', inputs), false);
    assert.equal(matches('{ author: ["*@partner.example"], signed: false }', inputs), true);
  });

  it('refs and paths meet in the same update', () => {
    const inputs = inputsOf([
      { ref: 'refs/heads/main', net: [modified('docs/a')] },
      { ref: 'refs/heads/topic', net: [modified('infra/a')] },
    ]);
    assert.equal(matches('{ refs: [refs/heads/main], paths: [infra/] }', inputs), false);
    assert.equal(matches('{ refs: [refs/heads/topic], paths: [infra/] }', inputs), true);
  });

  it('refs and update meet in the same update', () => {
    const inputs = inputsOf([{ ref: 'refs/heads/main' }, { ref: 'refs/heads/topic', kind: 'force' }]);
    assert.equal(matches('{ refs: [refs/heads/main], update: [force] }', inputs), false);
  });

  it('sizes are counted over the updates that refs select, not over others', () => {
    assert.equal(matches('{ refs: [refs/heads/a], size: { files: ">2" } }', three), false);
    assert.equal(matches('{ refs: ["refs/heads/*"], size: { files: ">2" } }', three), true);
  });

  it('a finding on a commit belongs to the update that brings the commit', () => {
    const inputs = inputsOf(
      [
        { ref: 'refs/heads/main', commits: [commit('1')] },
        { ref: 'refs/heads/topic', commits: [commit('2')] },
      ],
      { findings: [{ rule: 'x', severity: 'low', text: 'x', commit: oid('2') }] },
    );
    assert.equal(matches('{ refs: [refs/heads/main], findings: [x] }', inputs), false);
    assert.equal(matches('{ refs: [refs/heads/topic], findings: [x] }', inputs), true);
  });

  it('a finding on a path belongs to the changes that paths picks, one without a path to all', () => {
    assert.equal(matches('{ paths: [docs/], findings: [lfs-pointer] }', pushOf(modified('docs/a'))), false);
    const inputs = inputsOf([{ net: [modified('docs/a'), modified('a.bin')] }], { findings: [lfs] });
    assert.equal(matches('{ paths: [docs/], findings: [lfs-pointer] }', inputs), false);
    assert.equal(matches('{ paths: ["*.bin"], findings: [lfs-pointer] }', inputs), true);
    const { path: _, ...anywhere } = lfs;
    const more = inputsOf([{ net: [modified('docs/a')] }], { findings: [anywhere] });
    assert.equal(matches('{ paths: [docs/], findings: [lfs-pointer] }', more), true);
  });

  it('an exemption by paths is about the paths that matched, and needs all of them', () => {
    const when = '{ paths: [infra/] }';
    const unless = '{ paths: [infra/docs/] }';
    assert.equal(matches(when, pushOf(modified('infra/docs/a'), modified('src/b')), unless), false);
    assert.equal(matches(when, pushOf(modified('infra/docs/a'), modified('infra/b')), unless), true);
  });

  it('an exemption with several keys needs them all', () => {
    const unless = '{ paths: [docs/], principals: { groups: [writers] } }';
    assert.equal(matches(EVERYWHERE, pushOf(modified('docs/a')), unless), true);
    const writer = inputsOf([{ net: [modified('docs/a')] }], {
      principal: { name: 'w', kind: 'human', groups: ['writers'] },
    });
    assert.equal(matches(EVERYWHERE, writer, unless), false);
  });

  it('an exemption of one update does not exempt another', () => {
    const inputs = inputsOf([{ ref: 'refs/heads/main' }, { ref: 'refs/heads/topic' }]);
    assert.equal(matches('{ refs: ["refs/heads/*"] }', inputs, '{ refs: [refs/heads/topic] }'), true);
  });
});
