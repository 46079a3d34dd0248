// What users, tokens and keys look like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import { keyEnd, type SshKeyPolicy } from '../../domain/identity/ssh-key-policy.ts';
import type { KeyRecord, TokenRecord, User } from '../../domain/ports.ts';
import { sshKeyMd5Fingerprint } from '../../protocol/ssh-key.ts';
import { grantJson } from './grant-json.ts';
import { formatTime } from './push-json.ts';

export const userName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_", "@", "-"');
export const groupName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, 'must be a group name');
export const scopeName = z.enum(['git', 'api']);
const time = z.iso.datetime();

export const userJson = z.object({
  name: z.string(),
  kind: z.enum(['human', 'coding-agent', 'service']),
  sponsor: z.string().optional(),
  groups: z.array(z.string()),
  grantsOnly: z.boolean().optional().describe('of a coding agent: its groups give it nothing, only grants do'),
  createdAt: time,
  disabledAt: time.optional(),
});

export const userDetailJson = userJson.extend({
  codingAgents: z.array(z.string()).describe('that they sponsor'),
  tokens: z.int().describe('not revoked'),
  keys: z.int().describe('not revoked'),
  grants: z.array(grantJson).describe('asked for, or in force'),
});

export const tokenJson = z.object({
  id: z.string(),
  user: z.string(),
  scopes: z.array(scopeName),
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional(),
  revokedAt: time.optional(),
});

export const keyJson = z.object({
  id: z.string(),
  user: z.string(),
  fingerprint: z.string(),
  md5: z.string().describe('the fingerprint as older tools print it'),
  algorithm: z.string(),
  comment: z.string(),
  label: z.string().optional(),
  verifyRequired: z.boolean().optional().describe('a security key that must ask for a PIN or a fingerprint'),
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional(),
  revokedAt: time.optional(),
});

export const whoamiJson = z.object({
  name: z.string(),
  kind: userJson.shape.kind,
  sponsor: z.string().optional(),
  groups: z.array(z.string()),
  token: z.object({ id: z.string(), scopes: z.array(scopeName) }).optional(),
});

export const newTokenJson = tokenJson.extend({ token: z.string().describe('the text itself, shown this once') });

export function userToJson(user: User): z.infer<typeof userJson> {
  return {
    name: user.name,
    kind: user.kind,
    ...(user.sponsor !== undefined && { sponsor: user.sponsor }),
    groups: [...user.groups],
    ...(user.grantsOnly === true && { grantsOnly: true }),
    createdAt: formatTime(user.createdAt),
    ...(user.disabledAt !== undefined && { disabledAt: formatTime(user.disabledAt) }),
  };
}

export function tokenToJson(token: TokenRecord): z.infer<typeof tokenJson> {
  return { id: token.id, user: token.user, scopes: [...token.scopes], ...lifeOf(token) };
}

/** It ends when it, or the policy of now, says so. */
export function keyToJson(key: KeyRecord, policy: SshKeyPolicy): z.infer<typeof keyJson> {
  const { id, user, fingerprint, algorithm, comment, label, verifyRequired } = key;
  const { expiresAt: _, ...rest } = key;
  const end = keyEnd(key, policy);
  return {
    id,
    user,
    fingerprint,
    md5: sshKeyMd5Fingerprint(Buffer.from(key.blob, 'base64')),
    algorithm,
    comment,
    ...(label !== undefined && { label }),
    ...(verifyRequired !== undefined && { verifyRequired }),
    ...lifeOf({ ...rest, ...(end !== undefined && { expiresAt: end }) }),
  };
}

interface Life {
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}

function lifeOf(record: Life) {
  return {
    createdAt: formatTime(record.createdAt),
    ...(record.expiresAt !== undefined && { expiresAt: formatTime(record.expiresAt) }),
    ...(record.lastUsedAt !== undefined && { lastUsedAt: formatTime(record.lastUsedAt) }),
    ...(record.revokedAt !== undefined && { revokedAt: formatTime(record.revokedAt) }),
  };
}
