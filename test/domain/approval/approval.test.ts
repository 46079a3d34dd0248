import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  areMet,
  countApprovals,
  type Exclusions,
  exclusionsOf,
  type Member,
  mayDecide,
} from '../../../src/domain/approval/approval.ts';
import { countSlots } from '../../../src/domain/approval/slots.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { approvalBinding } from '../../../src/domain/push/binding.ts';
import type { Approval, Push } from '../../../src/domain/push/push.ts';
import type { Requirement } from '../../../src/domain/push/verdict.ts';
import { commit, inputsOf, oid, tag } from '../policy/sample.ts';

function member(name: string, groups: string[], more: Partial<Member> = {}): Member {
  return { name, kind: 'human', groups, disabled: false, ...more };
}

const PEOPLE = [
  member('alice', ['dev', 'sre']),
  member('bob', ['sre']),
  member('carol', ['security', 'sre']),
  member('dave', ['sre']),
  member('dora', ['sre'], { disabled: true }),
  member('copilot', ['sre', 'dev'], { kind: 'coding-agent' }),
  member('deploy', ['sre'], { kind: 'service' }),
];

function peopleOf(members: readonly Member[] = PEOPLE): Map<string, Member> {
  return new Map(members.map((one) => [one.name, one]));
}

function requirement(group: string, count = 1, anyOf?: Requirement['anyOf']): Requirement {
  return { group, count, given: 0, rules: ['r'], ...(anyOf && { anyOf }) };
}

function heldPush(more: Partial<Push> = {}): Push {
  return {
    id: 42,
    state: 'held',
    address: { repo: 'acme/app', upstream: 'main', path: 'acme/app.git' },
    objectFormat: 'sha1',
    principal: { name: 'alice', kind: 'human' },
    updates: [{ refName: 'refs/heads/main', oldOid: oid('old'), newOid: oid('new'), kind: 'fast-forward' }],
    pushOptions: [],
    findings: [],
    requirements: [requirement('sre')],
    approvals: [],
    policyDigest: 'p',
    request: { sha256: 's', bytes: 1 },
    createdAt: 1,
    ...more,
  };
}

const NOBODY: Exclusions = { pusher: 'alice', contributors: [] };

function approve(push: Push, by: string, more: Partial<Approval> = {}): Approval {
  const groups = PEOPLE.find(({ name }) => name === by)?.groups ?? [];
  return { by, at: 1, decision: 'approve', comment: '', groups, binding: approvalBinding(push), ...more };
}

function given(push: Push, approvals: readonly Approval[], exclusions = NOBODY, people = peopleOf()): number[] {
  return countApprovals({ ...push, approvals }, { people, exclusions }).map((one) => one.given);
}

describe('countApprovals', () => {
  const push = heldPush();
  const cases: readonly [string, readonly Approval[], number][] = [
    ['a member of the group', [approve(push, 'bob')], 1],
    ['nobody', [], 0],
    ['a rejection', [approve(push, 'bob', { decision: 'reject' })], 0],
    ['approved, then rejected', [approve(push, 'bob'), approve(push, 'bob', { at: 2, decision: 'reject' })], 0],
    ['rejected, then approved', [approve(push, 'bob', { decision: 'reject' }), approve(push, 'bob', { at: 2 })], 1],
    ['rejected last, listed first', [approve(push, 'bob', { at: 2, decision: 'reject' }), approve(push, 'bob')], 0],
    ['for another binding', [approve(push, 'bob', { binding: 'x' })], 0],
    ['the pusher', [approve(push, 'alice')], 0],
    ['a coding agent', [approve(push, 'copilot')], 0],
    ['a service', [approve(push, 'deploy')], 0],
    ['a disabled user', [approve(push, 'dora')], 0],
    ['somebody unknown', [approve(push, 'mallory', { groups: ['sre'] })], 0],
    ['somebody who was no member then', [approve(push, 'bob', { groups: [] })], 0],
  ];
  for (const [what, approvals, expected] of cases) {
    it(`${what} counts ${expected}`, () => assert.deepEqual(given(push, approvals), [expected]));
  }

  it('somebody who has left the group since does not count', () => {
    assert.deepEqual(given(push, [approve(push, 'bob')], NOBODY, peopleOf([member('bob', ['dev'])])), [0]);
  });

  it('never counts more than is asked', () => {
    assert.deepEqual(given(push, [approve(push, 'bob'), approve(push, 'dave')]), [1]);
  });

  it('one person fills one slot, and whoever fits two makes room', () => {
    const both = heldPush({ requirements: [requirement('sre'), requirement('security')] });
    assert.deepEqual(given(both, [approve(both, 'carol')]), [1, 0]);
    assert.deepEqual(given(both, [approve(both, 'carol'), approve(both, 'bob', { at: 2 })]), [1, 1]);
  });

  it('an approval counts for nothing but this very push', () => {
    const [update] = push.updates;
    assert.ok(update);
    const others: readonly [string, Partial<Push>][] = [
      ['new oid', { updates: [{ ...update, newOid: oid('amended') }] }],
      ['old oid', { updates: [{ ...update, oldOid: oid('moved') }] }],
      ['ref', { updates: [{ ...update, refName: 'refs/heads/other' }] }],
      ['one more ref', { updates: [update, { ...update, refName: 'refs/heads/other' }] }],
      ['repository', { address: { ...push.address, repo: 'acme/other' } }],
      ['upstream', { address: { ...push.address, upstream: 'other' } }],
      ['push options', { pushOptions: ['ci.skip'] }],
      ['bytes', { request: { sha256: 't', bytes: 1 } }],
      ['policy', { policyDigest: 'q' }],
    ];
    for (const [what, changed] of others) {
      assert.deepEqual(given(heldPush(changed), [approve(push, 'bob')]), [0], what);
    }
  });

  it('sets of owners are met by a group, a name or a known address', () => {
    const owned = heldPush({ requirements: [requirement('x', 1, [{ group: 'web' }, { user: 'Bob' }])] });
    assert.deepEqual(given(owned, [approve(owned, 'bob')]), [1]);
    assert.deepEqual(given(owned, [approve(owned, 'dave')]), [0]);
    const address = heldPush({ requirements: [requirement('x', 1, [{ user: 'bob@example.com' }])] });
    assert.deepEqual(given(address, [approve(address, 'bob')]), [0]);
    const people = peopleOf([member('bob', [], { identities: ['bob@example.com'] })]);
    assert.deepEqual(given(address, [approve(address, 'bob')], NOBODY, people), [1]);
  });

  it('a group that is named like a set of owners is not that set', () => {
    const owned = heldPush({ requirements: [requirement('sre', 1, [{ user: 'carol' }])] });
    assert.deepEqual(given(owned, [approve(owned, 'bob')]), [0]);
  });
});

describe('who had a part in a push never counts', () => {
  const person = (name: string, email: string) => ({ name, email });
  const alice = person('Alice', 'alice@example.com');
  /** What the push holds, and whether bob is then excluded. */
  const cases: readonly [string, Exclusions['contributors'], boolean][] = [
    ['somebody else', [person('Alice', 'alice@example.com')], false],
    ['the name', [person('bob', 'x@example.com')], true],
    ['the name in other letters', [person('BOB', 'x@example.com')], true],
    ['full-width letters', [person('\uff22\uff4f\uff42', 'x@example.com')], true],
    ['the local part of the address', [person('Robert', 'bob@home.example')], true],
    ['the local part in other letters', [person('Robert', 'Bob@home.example')], true],
    ['a tagged address', [person('Robert', 'bob+git@home.example')], true],
    ['a GitHub noreply address', [person('Robert', '1234+bob@users.noreply.github.com')], true],
    ['a known address', [person('Robert', 'robert@corp.example')], true],
    ['a known address in other letters', [person('Robert', 'Robert@Corp.Example')], true],
    ['an address without @', [person('Robert', 'bob')], true],
    ['spaces around', [person(' bob ', '')], true],
    ['a name that only begins alike', [person('bobby', 'bobby@example.com')], false],
  ];
  const people = peopleOf([member('bob', ['sre'], { identities: ['robert@corp.example'] })]);
  const push = heldPush();
  for (const [what, contributors, excluded] of cases) {
    it(`${what}: ${excluded ? 'excluded' : 'counts'}`, () => {
      const exclusions = { pusher: 'alice', contributors };
      assert.deepEqual(given(push, [approve(push, 'bob')], exclusions, people), [excluded ? 0 : 1]);
    });
  }

  it('authors, committers, co-authors and taggers are all contributors', () => {
    const exclusions = exclusionsOf(
      inputsOf(
        [
          {
            commits: [
              commit('1', { author: person('a', ''), committer: person('b', ''), coAuthors: [person('c', '')] }),
              commit('2', { author: person('a', ''), committer: alice }),
            ],
            tags: [tag('v1', { tagger: person('d', '') })],
          },
        ],
        { principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: [] } },
      ),
    );
    assert.equal(exclusions.pusher, 'copilot');
    assert.equal(exclusions.sponsor, 'alice');
    assert.deepEqual(
      exclusions.contributors.map(({ name }) => name),
      ['a', 'b', 'c', 'Alice', 'd'],
    );
  });

  it('the pusher, even if the exclusions name another', () => {
    assert.deepEqual(given(push, [approve(push, 'alice')], { pusher: 'eve', contributors: [] }), [0]);
  });

  it('the sponsor of the coding agent that pushed', () => {
    const byAgent = heldPush({ principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'bob' } });
    // Even if the exclusions forgot it: the push itself says who pushed, and for whom.
    const exclusions = { pusher: 'copilot', contributors: [] };
    assert.deepEqual(given(byAgent, [approve(byAgent, 'bob')], exclusions), [0]);
    assert.deepEqual(given(byAgent, [approve(byAgent, 'dave')], exclusions), [1]);
  });
});

describe('areMet', () => {
  it('needs every requirement, and at least one', () => {
    const met = { ...requirement('sre', 2), given: 2 };
    assert.equal(areMet([met]), true);
    assert.equal(areMet([met, requirement('dev')]), false);
    assert.equal(areMet([]), false);
  });
});

describe('mayDecide', () => {
  const exclusions: Exclusions = { pusher: 'alice', contributors: [{ name: 'Dave', email: 'dave@example.com' }] };

  function principal(name: string, more: Partial<Principal> = {}): Principal {
    const known = PEOPLE.find((one) => one.name === name);
    const credential = { kind: 'token', id: 't', scopes: ['api'] } as const;
    return { name, kind: known?.kind ?? 'human', groups: known?.groups ?? [], credential, ...more };
  }

  function decide(who: Principal, decision: Approval['decision'] = 'approve', push = heldPush()): string {
    const answer = mayDecide(who, push, { people: peopleOf(), exclusions }, decision);
    return answer.ok ? 'ok' : answer.reason;
  }

  const byAgent = heldPush({ principal: { name: 'copilot', kind: 'coding-agent', sponsor: 'carol' } });
  const cases: readonly [string, Principal, Push, RegExp, RegExp][] = [
    ['a member of the group', principal('bob'), heldPush(), /^ok$/, /^ok$/],
    ['the pusher', principal('alice'), heldPush(), /pushed this yourself/, /withdraw it/],
    ['the sponsor', principal('carol'), byAgent, /acts for you/, /withdraw it/],
    ['a contributor', principal('dave'), heldPush(), /wrote, committed or co-authored/, /^ok$/],
    ['a coding agent', principal('copilot'), heldPush(), /copilot is a coding-agent/, /is a coding-agent/],
    ['a service', principal('deploy'), heldPush(), /deploy is a service/, /is a service/],
    ['a disabled user', principal('dora'), heldPush(), /no active member/, /no active member/],
    ['somebody unknown', principal('mallory', { groups: ['sre'] }), heldPush(), /no active member/, /no active member/],
    ['anonymous', principal('bob', { credential: { kind: 'anonymous' } }), heldPush(), /log in/, /log in/],
    [
      'a human only by their own word',
      principal('copilot', { kind: 'human' }),
      heldPush(),
      /copilot is a coding-agent/,
      /is a coding-agent/,
    ],
    [
      'another group',
      principal('carol'),
      heldPush({ requirements: [requirement('dev')] }),
      /asks for dev/,
      /asks for dev/,
    ],
    ['a group only in the credential', principal('bob', { groups: [] }), heldPush(), /asks for sre/, /asks for sre/],
    ['a push that has landed', principal('bob'), heldPush({ state: 'landed' }), /not held, it is landed/, /not held/],
    ['a push being relayed', principal('bob'), heldPush({ state: 'relaying' }), /not held, it is relaying/, /not held/],
  ];
  for (const [what, who, push, approving, rejecting] of cases) {
    it(`${what} approves`, () => assert.match(decide(who, 'approve', push), approving));
    it(`${what} rejects`, () => assert.match(decide(who, 'reject', push), rejecting));
  }

  it('allows an approval exactly where it would count', () => {
    const names = fc.constantFrom(...PEOPLE.map(({ name }) => name));
    const person = fc.constantFrom(...PEOPLE.map(({ name }) => ({ name, email: `${name}@example.com` })));
    const group = fc.constantFrom('sre', 'dev', 'security', 'nobody');
    fc.assert(
      fc.property(names, names, fc.array(person, { maxLength: 2 }), group, (who, pusher, contributors, asked) => {
        const push = heldPush({ principal: { name: pusher, kind: 'human' }, requirements: [requirement(asked)] });
        const facts = { people: peopleOf(), exclusions: { pusher, contributors } };
        const allowed = mayDecide(principal(who), push, facts).ok;
        const [counted] = countApprovals({ ...push, approvals: [approve(push, who)] }, facts);
        assert.equal(counted?.given === 1, allowed);
      }),
    );
  });
});

describe('countSlots', () => {
  const slots = fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 4 });
  const problem = slots.chain((counts) =>
    fc.tuple(fc.constant(counts), fc.array(fc.subarray([...counts.keys()]), { maxLength: 6 })),
  );

  it('fills as many slots as trying every seating does', () => {
    fc.assert(
      fc.property(problem, ([counts, voters]) => {
        const given = countSlots(counts, voters);
        const total = given.reduce((sum, one) => sum + one, 0);
        assert.equal(total, bruteForce(counts, voters, 0));
        for (const [slot, one] of given.entries()) assert.ok(one <= (counts[slot] ?? 0));
      }),
      { numRuns: 3000 },
    );
  });

  it('seats nobody where they do not fit', () => {
    fc.assert(
      fc.property(problem, ([counts, voters]) => {
        for (const [slot, given] of countSlots(counts, voters).entries()) {
          assert.ok(given <= voters.filter((fits) => fits.includes(slot)).length);
        }
      }),
    );
  });

  it('one more voter never takes a filled slot away', () => {
    fc.assert(
      fc.property(problem, ([counts, voters]) => {
        const before = countSlots(counts, voters.slice(1)).reduce((sum, one) => sum + one, 0);
        const after = countSlots(counts, voters).reduce((sum, one) => sum + one, 0);
        assert.ok(after >= before);
      }),
    );
  });
});

function bruteForce(counts: readonly number[], voters: readonly (readonly number[])[], at: number): number {
  const voter = voters[at];
  if (voter === undefined) return 0;
  let best = bruteForce(counts, voters, at + 1);
  for (const slot of voter) {
    if ((counts[slot] ?? 0) === 0) continue;
    const rest = counts.map((count, index) => (index === slot ? count - 1 : count));
    best = Math.max(best, 1 + bruteForce(rest, voters, at + 1));
  }
  return best;
}
