// The host keys of the ssh door: which there are, and their replacement in two steps.
import { z } from 'zod';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import { requireAdmin } from './account-rules.ts';
import type { ApiDeps } from './deps.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';
import type { PublishedHostKeys, SshAdministration } from './ssh-administration.ts';

export const hostKeyJson = z.object({
  state: z.enum(['current', 'next']),
  algorithm: z.string(),
  fingerprint: z.string(),
});

export function hostKeyRoutes(deps: ApiDeps, { hostKeys }: SshAdministration): readonly Route[] {
  const list = route({
    method: 'GET',
    path: '/api/v1/ssh/host-keys',
    summary: 'The host keys of the ssh door, and those that will take over',
    answer: { status: 200, schema: z.array(hostKeyJson) },
    async run() {
      return { status: 200, body: hostKeysToJson(hostKeys.list()) };
    },
  });

  const rotate = route({
    method: 'POST',
    path: '/api/v1/ssh/host-keys/rotate',
    summary: 'Publish the next host keys (prepare), or let them take over (finish); admins',
    body: z.strictObject({ step: z.enum(['prepare', 'finish']) }),
    answer: { status: 200, schema: z.array(hostKeyJson) },
    async run({ principal, body }) {
      requireAdmin(deps, principal);
      const before = hostKeysToJson(hostKeys.list());
      const ring = await hostKeys.rotate(body.step);
      if (ring === undefined) throw new Problem(409, OUT_OF_TURN[body.step]);
      const after = hostKeysToJson(ring);
      await deps.trail.append(adminChanged(principal, { change: `host keys: ${body.step}`, before, after }));
      return { status: 200, body: after };
    },
  });

  return [list, rotate];
}

const OUT_OF_TURN = {
  prepare: 'the next host keys are published already; hint: let them take over with --finish',
  finish: 'no host keys wait to take over; hint: first publish them, without --finish',
} as const;

function hostKeysToJson({ current, next }: PublishedHostKeys): z.infer<typeof hostKeyJson>[] {
  const shown = (state: 'current' | 'next') => (one: PublishedHostKeys['current'][number]) => ({
    state,
    algorithm: one.key.algorithm,
    fingerprint: one.fingerprint,
  });
  return [...current.map(shown('current')), ...next.map(shown('next'))];
}
