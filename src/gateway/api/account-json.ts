// What users, tokens and keys look like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import type { KeyRecord, TokenRecord, User } from '../../domain/ports.ts';
import { formatTime } from './push-json.ts';

export const scopeName = z.enum(['git', 'api']);
const time = z.iso.datetime();

export const userJson = z.object({
  name: z.string(),
  kind: z.enum(['human', 'coding-agent', 'service']),
  sponsor: z.string().optional(),
  groups: z.array(z.string()),
  createdAt: time,
  disabledAt: time.optional(),
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
  algorithm: z.string(),
  comment: z.string(),
  createdAt: time,
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
    createdAt: formatTime(user.createdAt),
    ...(user.disabledAt !== undefined && { disabledAt: formatTime(user.disabledAt) }),
  };
}

export function tokenToJson(token: TokenRecord): z.infer<typeof tokenJson> {
  return { id: token.id, user: token.user, scopes: [...token.scopes], ...lifeOf(token) };
}

export function keyToJson(key: KeyRecord): z.infer<typeof keyJson> {
  const { id, user, fingerprint, algorithm, comment } = key;
  return { id, user, fingerprint, algorithm, comment, ...lifeOf(key) };
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
