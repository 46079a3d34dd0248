import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACTIONS, type AccessRule, compileAccess, may } from '../../src/domain/access.ts';

const RULES: readonly AccessRule[] = [
  { repos: ['**'], groups: ['dev'], may: ['read', 'push'] },
  { repos: ['acme/*', 'lab/**'], groups: ['sre', 'security'], may: ['read', 'push', 'approve'] },
  { repos: ['**'], groups: ['auditors'], may: ['audit'] },
];

describe('may', () => {
  /** Groups, repository, everything they may do there. */
  const matrix: readonly [string[], string, string][] = [
    [['dev'], 'acme/app', 'read push'],
    [['sre'], 'acme/app', 'read push approve'],
    [['security'], 'lab/a/b', 'read push approve'],
    [['sre'], 'acme/team/app', ''],
    [['sre'], 'ACME/app', ''],
    [['dev', 'auditors'], 'x', 'read push audit'],
    [['auditors'], 'acme/app', 'audit'],
    [['admin'], 'acme/app', ''],
    [[], 'acme/app', ''],
  ];
  for (const [groups, repo, expected] of matrix) {
    it(`${groups.join('+') || 'nobody'} in ${repo}: ${expected || 'nothing'}`, () => {
      const compiled = compileAccess(RULES);
      assert.ok(compiled.ok);
      const allowed = ACTIONS.filter((action) => may(groups, action, repo, compiled.access));
      assert.equal(allowed.join(' '), expected);
    });
  }

  it('no rules grant nothing', () => assert.equal(may(['dev'], 'read', 'a', { rules: [] }), false));

  it('a pattern that is none is named when compiled', () => {
    const rules: readonly AccessRule[] = [
      { repos: ['**'], groups: ['dev'], may: ['read'] },
      { repos: ['{a,b}'], groups: ['dev'], may: ['read'] },
    ];
    const compiled = compileAccess(rules);
    assert.ok(!compiled.ok);
    assert.equal(compiled.rule, 1);
    assert.equal(compiled.pattern, '{a,b}');
  });
});
