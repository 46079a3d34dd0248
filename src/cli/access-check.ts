// Whether what the policy holds for the group admin can be approved at all: being admin gives nobody the right to approve.
import type { AccessRule } from '../domain/access.ts';
import { ADMIN_GROUP, type Policy } from '../domain/policy/policy.ts';
import { type Check, ok, warning } from './checks.ts';

export function checkAdminHolds(policy: Policy, access: readonly AccessRule[]): Check {
  const asks =
    policy.defaults.tags === 'hold' ||
    policy.rules.some(({ approvals }) => approvals.some((ask) => ask.kind === 'group' && ask.group === ADMIN_GROUP));
  const approves = access.some(({ groups, may }) => groups.includes(ADMIN_GROUP) && may.includes('approve'));
  if (!asks || approves) return ok('access', `${access.length} rules`);
  const detail = `the policy asks the group ${ADMIN_GROUP} for approvals (of moved tags, for one), and access gives it none`;
  return warning(
    'access',
    detail,
    'add an access rule with groups: [admin], may: [approve], or `defaults: { tags: … }`',
  );
}
