// SSH public keys: of oneself, or for admins of anybody. A key belongs to one user, so that a login has one name.
import { z } from 'zod';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import { DEFAULT_SSH_KEY_POLICY, keyPolicyFault } from '../../domain/identity/ssh-key-policy.ts';
import type { KeyRecord } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import { randomBase62 } from '../../domain/token-text.ts';
import { parseDuration } from '../../domain/units.ts';
import {
  parseSshPublicKeyLine,
  type SshKeyRefusal,
  type SshPublicKeyLine,
  sshKeyMd5Fingerprint,
} from '../../protocol/ssh-key.ts';
import { holdsPrivateKey, parseSshPublicKeyLines } from '../../protocol/ssh-key-lines.ts';
import { keyJson, keyToJson, userName } from './account-json.ts';
import { credentialMaker, listedFor } from './account-rules.ts';
import { recordId } from './accounts.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const MAX_KEYS_AT_ONCE = 100;
const MAX_IMPORT_BYTES = 512 * 1024;

/** What may be said of a key beyond the key itself. */
const settings = {
  user: userName.optional().describe('default: yourself'),
  label: z.string().min(1).max(100).optional().describe('what its owner calls it'),
  expires: z.string().optional().describe('a duration from now, such as 90d'),
  verifyRequired: z.boolean().optional().describe('a security key must ask for a PIN or a fingerprint'),
};

interface Settings {
  readonly label?: string | undefined;
  readonly expires?: string | undefined;
  readonly verifyRequired?: boolean | undefined;
}

export function keyRoutes(deps: ApiDeps): readonly Route[] {
  return [listRoute(deps), addRoute(deps), importRoute(deps), revokeRoute(deps)];
}

function listRoute(deps: ApiDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/keys',
    summary: 'Your SSH keys and those of your coding agents; every key for admins',
    query: z.strictObject({
      user: userName.optional(),
      fingerprint: z.string().max(200).optional().describe('SHA256:… or MD5:…, as ssh-keygen prints it'),
    }),
    answer: { status: 200, schema: z.array(keyJson) },
    async run({ principal, query }) {
      const keys = await listedFor(deps, principal, query.user, deps.directory.listKeys);
      const isWanted = query.fingerprint === undefined ? () => true : fingerprintMatcher(query.fingerprint);
      return { status: 200, body: keys.filter(isWanted).map((key) => keyToJson(key, policyOf(deps))) };
    },
  });
}

/** MD5 with or without its name, SHA-256 with or without padding. */
function fingerprintMatcher(text: string): (key: KeyRecord) => boolean {
  const md5 = /^(?:MD5:)?((?:[0-9a-f]{2}:){15}[0-9a-f]{2})$/i.exec(text)?.[1];
  if (md5 !== undefined) {
    const wanted = `MD5:${md5.toLowerCase()}`;
    return (key) => sshKeyMd5Fingerprint(Buffer.from(key.blob, 'base64')) === wanted;
  }
  const sha256 = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(text)?.[1];
  if (sha256 === undefined) throw new Problem(400, 'a fingerprint is SHA256:… or MD5:…; hint: ssh-keygen -l -f FILE');
  return (key) => key.fingerprint === `SHA256:${sha256}`;
}

function addRoute(deps: ApiDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/keys',
    summary: 'Register an SSH public key',
    body: z.strictObject({
      ...settings,
      key: z
        .string()
        .max(16 * 1024)
        .describe('one line as in ~/.ssh/id_ed25519.pub'),
    }),
    answer: { status: 201, schema: keyJson },
    async run({ principal, body }) {
      const user = body.user ?? principal.name;
      await credentialMaker(deps, principal, user);
      const line = parseSshPublicKeyLine(body.key);
      if ('refused' in line) throw new Problem(422, `${line.refused}; hint: ${line.hint}`);
      const added = await addKey(deps, principal, user, line, body);
      if (added === 'taken') throw new Problem(409, TAKEN);
      if ('refused' in added) throw new Problem(422, `${added.refused}; hint: ${added.hint}`);
      return { status: 201, body: keyToJson(added, policyOf(deps)) };
    },
  });
}

const TAKEN = 'this key is registered already; a key belongs to one user';

export const importedJson = z.object({
  line: z.int().describe('from 1'),
  key: keyJson.optional(),
  refused: z.string().optional().describe('why it was not added'),
});

function importRoute(deps: ApiDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/keys/import',
    summary: 'Register SSH public keys, one a line, as a forge serves them under /USER.keys',
    body: z.strictObject({ ...settings, keys: z.string().max(MAX_IMPORT_BYTES) }),
    maxBodyBytes: 2 * MAX_IMPORT_BYTES,
    answer: { status: 200, schema: z.array(importedJson) },
    async run({ principal, body }) {
      const user = body.user ?? principal.name;
      await credentialMaker(deps, principal, user);
      if (holdsPrivateKey(body.keys)) throw new Problem(422, 'there is a private key among them; hint: keep it secret');
      const lines = parseSshPublicKeyLines(body.keys);
      if (lines.length === 0) throw new Problem(422, 'there is no key in it');
      if (lines.length > MAX_KEYS_AT_ONCE) throw new Problem(422, `at most ${MAX_KEYS_AT_ONCE} keys at once`);
      const imported: z.infer<typeof importedJson>[] = [];
      for (const { line, key } of lines) {
        const added = 'refused' in key ? key : await addKey(deps, principal, user, key, body);
        if (added === 'taken') imported.push({ line, refused: TAKEN });
        else if ('refused' in added) imported.push({ line, refused: added.refused });
        else imported.push({ line, key: keyToJson(added, policyOf(deps)) });
      }
      return { status: 200, body: imported };
    },
  });
}

function revokeRoute(deps: ApiDeps): Route {
  const { directory, clock } = deps;
  return route({
    method: 'DELETE',
    path: '/api/v1/keys/:id',
    summary: 'Revoke an SSH key, and end what it has open',
    params: recordId,
    answer: { status: 204 },
    async run({ principal, params }) {
      const own = await listedFor(deps, principal, undefined, directory.listKeys);
      const key = own.find((one) => one.id === params.id);
      if (!key) throw notFound();
      const at = clock.now();
      const change = { change: 'key revoked', before: key, after: { ...key, revokedAt: at } };
      await directory.revokeKey(key.id, at, adminChanged(principal, change));
      deps.onAccessRevoked?.();
      return { status: 204 };
    },
  });
}

/** Adds one key on the record, if the policy takes it. */
async function addKey(
  deps: ApiDeps,
  principal: Principal,
  user: string,
  line: SshPublicKeyLine,
  { label, expires, verifyRequired }: Settings,
): Promise<KeyRecord | SshKeyRefusal | 'taken'> {
  const fault = keyPolicyFault(line.key, policyOf(deps));
  if (fault !== undefined) return fault;
  if (verifyRequired === true && line.key.application === undefined) {
    return { refused: 'only a security key can ask for a PIN', hint: 'make one with: ssh-keygen -t ed25519-sk' };
  }
  const lifetime = expires === undefined ? undefined : parseDuration(expires);
  if (expires !== undefined && lifetime === undefined) throw new Problem(422, 'expires must be a duration such as 90d');
  const now = deps.clock.now();
  const key: KeyRecord = {
    id: `key-${randomBase62(10)}`,
    user,
    fingerprint: line.fingerprint,
    algorithm: line.key.algorithm,
    blob: line.key.blob.toString('base64'),
    comment: line.comment,
    ...(label !== undefined && { label }),
    ...(verifyRequired === true && { verifyRequired }),
    createdAt: now,
    ...(lifetime !== undefined && { expiresAt: now + lifetime }),
  };
  const added = await deps.directory.addKey(
    key,
    adminChanged(principal, { change: 'key added', before: null, after: key }),
  );
  return added === 'taken' ? 'taken' : key;
}

function policyOf(deps: ApiDeps) {
  return deps.ssh?.keys ?? DEFAULT_SSH_KEY_POLICY;
}
