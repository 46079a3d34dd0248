// What exceptions look like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import type { ExceptionState, SecretException } from '../../domain/push/exception.ts';
import { formatTime } from './push-json.ts';

export const EXCEPTION_STATES = [
  'valid',
  'revoked',
  'expired',
  'replaced',
] as const satisfies readonly ExceptionState[];

const time = z.iso.datetime();

export const exceptionJson = z.object({
  id: z.int(),
  state: z.enum(EXCEPTION_STATES),
  repo: z.string(),
  fingerprint: z.string().describe('keyed: tells the same value again without holding it'),
  rule: z.string().describe('what found it'),
  masked: z.string(),
  groups: z.array(z.string()).describe('who was asked; a member may revoke'),
  grantedBy: z.array(z.string()),
  requestedBy: z.string(),
  reason: z.string().describe('why it is no secret, as the requester says'),
  push: z.int().describe('the push whose release granted it'),
  createdAt: time,
  expiresAt: time,
  revokedAt: time.optional(),
  revokedBy: z.string().optional(),
});

export type ExceptionJson = z.infer<typeof exceptionJson>;

export function exceptionToJson(exception: SecretException): ExceptionJson {
  const { id, state, repo, fingerprint, rule, masked, groups, grantedBy, requestedBy, reason, push } = exception;
  const { revokedAt, revokedBy } = exception;
  return {
    ...{ id, state, repo, fingerprint, rule, masked, requestedBy, reason, push },
    groups: [...groups],
    grantedBy: [...grantedBy],
    createdAt: formatTime(exception.createdAt),
    expiresAt: formatTime(exception.expiresAt),
    ...(revokedAt !== undefined && { revokedAt: formatTime(revokedAt) }),
    ...(revokedBy !== undefined && { revokedBy }),
  };
}
