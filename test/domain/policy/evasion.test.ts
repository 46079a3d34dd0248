// The ways around a path rule that are known (THREATS.md 22, 34 to 37), one row each: what is pushed, and whether the
// rule must still see it. Every row with `true` is an attack.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../../../src/domain/policy/evaluate.ts';
import type { Inputs } from '../../../src/domain/push/inputs.ts';
import { decodeBytes } from '../../../src/protocol/bytes.ts';
import { added, commit, deleted, inputsOf, modified, oid, pushOf, refuseWhen, ZERO } from './sample.ts';

const WORKFLOWS = '/.github/workflows/';
const OWNERS = 'CODEOWNERS';
const PROD = 'infra/prod/**';

type Row = readonly [what: string, pattern: string, inputs: Inputs, held: boolean];

const inCommitOnly = (path: string) => inputsOf([{ commits: [commit('1', { changes: [added(path)] })] }]);

const rows: readonly Row[] = [
  ['the path as it is', WORKFLOWS, pushOf(added('.github/workflows/ci.yml')), true],
  ['upper case', WORKFLOWS, pushOf(added('.GITHUB/WORKFLOWS/ci.yml')), true],
  ['mixed case', WORKFLOWS, pushOf(added('.GitHub/Workflows/ci.yml')), true],
  ['mixed case of a file', OWNERS, pushOf(modified('CodeOwners')), true],
  ['Kelvin sign for k', WORKFLOWS, pushOf(added('.github/wor\u212aflows/ci.yml')), true],
  ['long s for s', WORKFLOWS, pushOf(added('.github/workflow\u017f/ci.yml')), true],
  ['NFD for NFC', '/s\u00e9curit\u00e9/', pushOf(added('se\u0301curite\u0301/x')), true],
  ['NFC for NFD', '/se\u0301curite\u0301/', pushOf(added('s\u00e9curit\u00e9/x')), true],
  ['NFD and upper case', '/s\u00e9curit\u00e9/', pushOf(added('SE\u0301CURITE\u0301/x')), true],
  ['HFS+ zero width non-joiner', WORKFLOWS, pushOf(added('.git\u200chub/workflows/ci.yml')), true],
  ['HFS+ right-to-left mark', OWNERS, pushOf(modified('CODE\u200fOWNERS')), true],
  ['HFS+ byte order mark', OWNERS, pushOf(modified('\ufeffCODEOWNERS')), true],
  ['NTFS trailing dot', WORKFLOWS, pushOf(added('.github./workflows/ci.yml')), true],
  ['NTFS trailing spaces', WORKFLOWS, pushOf(added('.github/workflows  /ci.yml')), true],
  ['NTFS dots and spaces', OWNERS, pushOf(modified('CODEOWNERS. .')), true],
  ['NTFS main stream', OWNERS, pushOf(modified('CODEOWNERS::$DATA')), true],
  ['NTFS directory stream', PROD, pushOf(added('infra/prod::$INDEX_ALLOCATION/db.tf')), true],
  ['backslash for slash', PROD, pushOf(added('infra\\prod\\db.tf')), true],
  ['backslash for one slash', PROD, pushOf(added('infra/prod\\db.tf')), true],
  ['renamed away (a deletion)', PROD, pushOf(deleted('infra/prod/db.tf'), added('tmp/db.tf')), true],
  ['renamed in (an addition)', WORKFLOWS, pushOf(deleted('x.yml'), added('.github/workflows/x.yml')), true],
  ['deleted', OWNERS, pushOf(deleted('CODEOWNERS')), true],
  [
    'only the mode',
    PROD,
    pushOf(modified('infra/prod/run.sh', { newMode: '100755', newOid: oid('same'), oldOid: oid('same') })),
    true,
  ],
  ['replaced by a link', OWNERS, pushOf(modified('CODEOWNERS', { newMode: '120000', status: 'type-changed' })), true],
  [
    'the directory replaced by a link',
    PROD,
    pushOf(added('infra/prod', { newMode: '120000' }), deleted('infra/prod/a')),
    true,
  ],
  [
    'the directory replaced by a submodule',
    PROD,
    pushOf(added('infra/prod', { newMode: '160000' }), deleted('infra/prod/a')),
    true,
  ],
  ['added and removed again within the push', PROD, inCommitOnly('infra/prod/db.tf'), true],
  [
    'split over two commits, neither shown by the net change',
    PROD,
    inputsOf([
      {
        commits: [
          commit('1', { changes: [modified('infra/prod/db.tf', { newOid: oid('evil') })] }),
          commit('2', { changes: [modified('infra/prod/db.tf', { oldOid: oid('evil') })] }),
        ],
      },
    ]),
    true,
  ],
  [
    'on the second of two refs',
    PROD,
    inputsOf([{ ref: 'refs/heads/topic', net: [modified('a')] }, { net: [added('infra/prod/x')] }]),
    true,
  ],
  ['on a new branch', PROD, inputsOf([{ ref: 'refs/heads/new', kind: 'create', net: [added('infra/prod/x')] }]), true],
  ['by force, back to an older state', PROD, inputsOf([{ kind: 'force', net: [modified('infra/prod/x')] }]), true],
  [
    'brought by a tag',
    PROD,
    inputsOf([{ ref: 'refs/tags/v1', kind: 'create', commits: [commit('1', { changes: [added('infra/prod/x')] })] }]),
    true,
  ],
  ['a tag on a bare tree', PROD, inputsOf([{ ref: 'refs/tags/v1', kind: 'create', tipType: 'tree' }]), true],
  ['a star as a name', 'infra/prod/**', pushOf(added('infra/prod/*')), true],
  ['brackets in a name', '/app/[id]/', pushOf(added('app/[id]/page.tsx')), true],
  ['a newline in a name', PROD, pushOf(added('infra/prod/a\nb')), true],
  ['a newline before the name', PROD, pushOf(added('x\ninfra/prod/a')), false],
  ['a quote in a name', PROD, pushOf(added('infra/prod/"a".tf')), true],
  ['a tab in a name', PROD, pushOf(added('infra/prod/\ta')), true],
  ['bytes that are no UTF-8', PROD, pushOf(added(`infra/prod/${decodeBytes(Buffer.from([0xff, 0xfe]))}`)), true],
  [
    'overlong bytes for a slash are no slash',
    PROD,
    pushOf(added(`infra${decodeBytes(Buffer.from([0xc0, 0xaf]))}prod/x`)),
    false,
  ],
  ['a name that only begins alike', PROD, pushOf(added('infra/production/x')), false],
  ['the same names elsewhere', PROD, pushOf(added('old/infra/prod/x')), false],
  ['a dot is no wildcard', '/a.c', pushOf(added('abc')), false],
  ['a glob * does not cross /', 'docs/*', pushOf(added('docs/a/b')), false],
  ['an unrelated push', PROD, pushOf(modified('src/a')), false],
];

describe('evasion of path rules', () => {
  assert.ok(rows.length >= 30);
  for (const [what, pattern, inputs, held] of rows) {
    it(`${held ? 'seen' : 'not meant'}: ${what}`, () => {
      // Odd names are refused by default as well; here the rule alone has to see them.
      const verdict = evaluate(inputs, refuseWhen(`{ paths: [${JSON.stringify(pattern)}] }`));
      assert.equal(verdict.outcome, held ? 'refuse' : 'forward');
    });
  }

  it('the reasons show the raw path as data, and no control character as text', () => {
    const path = 'infra/prod/\u001b[31m\nx';
    const verdict = evaluate(pushOf(added(path)), refuseWhen('{ paths: ["infra/prod/**"] }'));
    assert.deepEqual(verdict.reasons[0]?.paths, [path]);
    assert.doesNotMatch(verdict.reasons[0]?.text ?? '', /[\u0000-\u001f]/);
  });

  it('a deletion of the branch is seen by rules on updates, whatever its paths', () => {
    const inputs = inputsOf([{ kind: 'delete' }]);
    assert.equal(inputs.updates[0]?.newOid, ZERO);
    assert.equal(evaluate(inputs, refuseWhen('{ refs: [refs/heads/main], update: [delete] }')).outcome, 'refuse');
  });

  it('an exemption cannot be bought with an extra change', () => {
    const policy = refuseWhen('{ refs: [refs/heads/main] }', '{ paths: [docs/] }');
    assert.equal(evaluate(pushOf(modified('docs/a')), policy).outcome, 'forward');
    assert.equal(evaluate(pushOf(modified('docs/a'), modified('src/b')), policy).outcome, 'refuse');
    assert.equal(evaluate(pushOf(modified('DOCS/a')), policy).outcome, 'refuse');
  });

  it('a change in one new commit counts against an exemption, though the next removes it', () => {
    const policy = refuseWhen('{ refs: [refs/heads/main] }', '{ paths: [docs/] }');
    const inputs = inputsOf([{ net: [modified('docs/a')], commits: [commit('1', { changes: [added('src/b')] })] }]);
    assert.equal(evaluate(inputs, policy).outcome, 'refuse');
  });
});
