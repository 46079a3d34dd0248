import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAdminHolds } from '../../src/cli/access-check.ts';
import type { Action } from '../../src/domain/access.ts';
import { parsePolicy } from '../../src/domain/policy/parse-policy.ts';

const ASKS = 'rules: [{ name: r, when: { paths: [x] }, then: hold, approvals: [{ group: admin, count: 1 }] }]';

for (const [title, policy, may, expected] of [
  ['moved tags that nobody may approve', 'rules: []', ['admin'], 'warning'],
  ['moved tags that admins may approve', 'rules: []', ['approve'], 'ok'],
  ['a policy that holds nothing for admins', 'defaults: { tags: refuse }\nrules: []', ['admin'], 'ok'],
  ['a rule that asks admins', `defaults: { tags: refuse }\n${ASKS}`, ['admin'], 'warning'],
] as const) {
  test(`doctor on ${title}: ${expected}`, () => {
    const parsed = parsePolicy(`version: 1\n${policy}\n`);
    assert.ok(parsed.ok);
    const rights: readonly Action[] = may;
    const check = checkAdminHolds(parsed.policy, [{ repos: ['**'], groups: ['admin'], may: rights }]);
    assert.equal(check.status, expected);
  });
}
