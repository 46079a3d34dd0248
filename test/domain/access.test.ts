import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ACTIONS,
  type Access,
  type AccessRule,
  type AgentBounds,
  compileAccess,
  may,
  mayEverywhere,
  type RightsHolder,
  rightTo,
} from '../../src/domain/access.ts';
import { type AccessGrant, parseGrantScope } from '../../src/domain/access-grant.ts';

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
      const allowed = ACTIONS.filter((action) => may({ kind: 'human', groups }, action, repo, compiled.access));
      assert.equal(allowed.join(' '), expected);
    });
  }

  it('no rules grant nothing', () =>
    assert.equal(may({ kind: 'human', groups: ['dev'] }, 'read', 'a', { rules: [] }), false));

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

function accessOf(rules: readonly AccessRule[]): Access {
  const compiled = compileAccess(rules);
  assert.ok(compiled.ok);
  return compiled.access;
}

function grant(id: string, changes: Partial<AccessGrant> = {}): AccessGrant {
  return {
    id,
    principal: 'copilot',
    state: 'valid',
    repos: ['**'],
    lifetime: 1,
    reason: '',
    askedBy: 'alice',
    askedAt: 0,
    expiresAt: 1,
    ...changes,
  };
}

function agent(groups: readonly string[], bounds: Partial<AgentBounds> = {}): RightsHolder {
  const none: AgentBounds = { sponsorGroups: [], grantsOnly: false, grants: [] };
  return { kind: 'coding-agent', groups, bounds: { ...none, ...bounds } };
}

const allowedTo = (holder: RightsHolder, repo: string, access = accessOf(RULES)) =>
  ACTIONS.filter((action) => may(holder, action, repo, access)).join(' ');

describe('a coding agent', () => {
  const matrix: readonly [title: string, holder: RightsHolder, repo: string, expected: string][] = [
    ['has what both it and its sponsor have', agent(['dev'], { sponsorGroups: ['dev'] }), 'x', 'read push'],
    ['has nothing that its sponsor has not', agent(['dev'], { sponsorGroups: [] }), 'x', ''],
    ['has nothing that it has not itself', agent([], { sponsorGroups: ['dev'] }), 'x', ''],
    [
      'never approves nor audits, whoever sponsors it',
      agent(['sre', 'auditors'], { sponsorGroups: ['sre', 'auditors'] }),
      'acme/app',
      'read push',
    ],
    [
      'has what a grant says where its sponsor has it',
      agent([], { sponsorGroups: ['sre'], grants: [grant('a')] }),
      'acme/app',
      'read push',
    ],
    [
      'has nothing by a grant where its sponsor has nothing',
      agent([], { sponsorGroups: ['sre'], grants: [grant('a')] }),
      'other/app',
      '',
    ],
    [
      'has nothing by a grant for another repository',
      agent([], { sponsorGroups: ['dev'], grants: [grant('a', { repos: ['acme/*'] })] }),
      'other/app',
      '',
    ],
    [
      'has nothing by its groups when it has grants only',
      agent(['dev'], { sponsorGroups: ['dev'], grantsOnly: true }),
      'acme/app',
      '',
    ],
    ['has nothing when nobody looked at its sponsor', { kind: 'coding-agent', groups: ['dev'] }, 'x', ''],
  ];
  for (const [title, holder, repo, expected] of matrix) {
    it(title, () => assert.equal(allowedTo(holder, repo), expected));
  }

  it('is limited where its right comes from grants alone, and not where a role gives it', () => {
    const access = accessOf(RULES);
    const grants = [grant('a', { refs: ['refs/heads/a'] }), grant('b', { repos: ['lab/**'] })];
    const byGrants = rightTo(agent([], { sponsorGroups: ['dev'], grants }), 'push', 'acme/app', access);
    assert.deepEqual(byGrants, { via: 'grants', limits: [{ grant: 'a', refs: ['refs/heads/a'] }] });
    const byRole = rightTo(agent(['dev'], { sponsorGroups: ['dev'], grants }), 'push', 'acme/app', access);
    assert.deepEqual(byRole, { via: 'role' });
  });

  it('can never do what its sponsor cannot, nor anything but read and push', () => {
    const names = fc.subarray(['dev', 'sre', 'security', 'auditors', 'admin']);
    const rule = fc.record({
      repos: fc.subarray(['**', 'acme/*', 'lab/**'], { minLength: 1 }),
      groups: fc.subarray(['dev', 'sre', 'security', 'auditors', 'admin'], { minLength: 1 }),
      may: fc.subarray([...ACTIONS], { minLength: 1 }),
    });
    const repos = fc.constantFrom('acme/app', 'lab/a/b', 'x');
    const some = fc.array(fc.constantFrom(grant('a'), grant('b', { repos: ['acme/*'] })), { maxLength: 2 });
    fc.assert(
      fc.property(
        fc.array(rule),
        names,
        names,
        some,
        fc.boolean(),
        repos,
        (rules, own, of, grants, grantsOnly, repo) => {
          const access = accessOf(rules);
          const holder = agent(own, { sponsorGroups: of, grants, grantsOnly });
          const sponsor: RightsHolder = { kind: 'human', groups: of };
          for (const action of ACTIONS) {
            if (!may(holder, action, repo, access)) continue;
            assert.ok(['read', 'push'].includes(action));
            assert.ok(may(sponsor, action, repo, access));
          }
          assert.equal(mayEverywhere(holder, 'admin', access) || mayEverywhere(holder, 'audit', access), false);
        },
      ),
    );
  });
});

describe('the scope of a grant', () => {
  it('names refs in full', () => {
    const parsed = parseGrantScope({ repos: ['acme/*'], refs: ['copilot/*', 'refs/tags/v*'], paths: ['src/**'] });
    assert.deepEqual(parsed, {
      ok: true,
      value: { repos: ['acme/*'], refs: ['refs/heads/copilot/*', 'refs/tags/v*'], paths: ['src/**'] },
    });
  });

  for (const [title, scope] of [
    ['a repository', { repos: ['{a,b}'] }],
    ['a ref', { repos: ['**'], refs: ['a['] }],
    ['a path', { repos: ['**'], paths: ['!src'] }],
    ['too many of a kind', { repos: Array.from({ length: 101 }, (_, at) => `r${at}`) }],
  ] as const) {
    it(`is refused with a pattern that is none, for ${title}`, () => assert.equal(parseGrantScope(scope).ok, false));
  }
});
