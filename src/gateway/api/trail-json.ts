// What the trail looks like to the outside: the API's answers and the command line's --json.
import { z } from 'zod';
import type { EntryType, RecordedEntry } from '../../domain/audit/entry.ts';
import { formatTime } from './push-json.ts';

/** Every type there is: a new one that is missing here does not compile. */
const KNOWN_TYPES: Readonly<Record<EntryType, true>> = {
  'gateway.started': true,
  'gateway.stopped': true,
  'push.received': true,
  'push.refused': true,
  'push.held': true,
  'push.forwarded': true,
  'push.approved': true,
  'push.released': true,
  'push.vetoed': true,
  'push.rejected': true,
  'push.withdrawn': true,
  'push.expired': true,
  'push.superseded': true,
  'push.relay-claimed': true,
  'push.landed': true,
  'push.declined': true,
  'push.stale': true,
  'push.unknown': true,
  'exception.revoked': true,
  'exception.expired': true,
  'fetch.started': true,
  'fetch.served': true,
  'access.denied': true,
  'admin.changed': true,
  'policy.loaded': true,
};

export const ENTRY_TYPES = Object.keys(KNOWN_TYPES) as EntryType[];

export const entryJson = z.object({
  index: z.int().describe('position in the trail, from 0 without gaps'),
  at: z.iso.datetime(),
  type: z.string(),
  actor: z.string().optional(),
  repo: z.string().optional(),
  pushId: z.int().optional(),
  body: z.record(z.string(), z.unknown()),
  previous: z.string().describe('hex SHA-256 of the entry before'),
  hash: z.string().describe('hex SHA-256 of this entry and the one before'),
});

export const verifyJson = z.object({
  sound: z.boolean(),
  entries: z.int(),
  head: z.string(),
  fault: z.object({ index: z.int(), text: z.string() }).optional(),
});

export function entryToJson(entry: RecordedEntry): z.infer<typeof entryJson> {
  const { index, type, actor, repo, pushId, body, previous, hash } = entry;
  return {
    index,
    at: formatTime(entry.at),
    type,
    ...(actor !== undefined && { actor }),
    ...(repo !== undefined && { repo }),
    ...(pushId !== undefined && { pushId }),
    body: { ...body },
    previous,
    hash,
  };
}
