// What a grant looks like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import { type AccessGrant, GRANT_STATES } from '../../domain/access-grant.ts';
import { formatTime } from './push-json.ts';

const time = z.iso.datetime();

export const grantState = z.enum(GRANT_STATES);

export const grantJson = z.object({
  id: z.string(),
  principal: z.string(),
  state: grantState,
  repos: z.array(z.string()),
  refs: z.array(z.string()).optional().describe('in full; absent: any'),
  paths: z.array(z.string()).optional().describe('absent: any'),
  lifetime: z.int().describe('in milliseconds, from when it is given'),
  reason: z.string(),
  askedBy: z.string(),
  askedAt: time,
  givenBy: z.string().optional(),
  givenAt: time.optional(),
  expiresAt: time.describe('of a request: until when it waits'),
  endedBy: z.string().optional(),
  endedAt: time.optional(),
});

export function grantToJson(grant: AccessGrant): z.infer<typeof grantJson> {
  const { repos, refs, paths, askedAt, givenAt, expiresAt, endedAt, ...rest } = grant;
  return {
    ...rest,
    repos: [...repos],
    ...(refs && { refs: [...refs] }),
    ...(paths && { paths: [...paths] }),
    askedAt: formatTime(askedAt),
    ...(givenAt !== undefined && { givenAt: formatTime(givenAt) }),
    expiresAt: formatTime(expiresAt),
    ...(endedAt !== undefined && { endedAt: formatTime(endedAt) }),
  };
}
