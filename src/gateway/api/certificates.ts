// SSH certificates of our own authority: who is logged in gets one for a key of theirs, for an hour or so; and which
// certificates, of any authority, no longer count.
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { adminChanged } from '../../domain/audit/admin-change.ts';
import { keyPolicyFault } from '../../domain/identity/ssh-key-policy.ts';
import type { IssuedCertificate } from '../../domain/ports.ts';
import type { Principal } from '../../domain/principal.ts';
import { certificateAlgorithm, encodeSshCertificate } from '../../protocol/ssh-certificate.ts';
import { parseSshPublicKeyLine, type SshPublicKeyLine } from '../../protocol/ssh-key.ts';
import { userName } from './account-json.ts';
import { isAdmin } from './account-rules.ts';
import type { ApiDeps } from './deps.ts';
import { notFound, Problem } from './problem.ts';
import { formatTime } from './push-json.ts';
import { type Route, route } from './route.ts';
import type { SshAdministration } from './ssh-administration.ts';

const time = z.iso.datetime();
const serial = z.string().regex(/^(?:0|[1-9]\d{0,19})$/, 'must be a decimal serial');
const fingerprint = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be SHA256:…, as ssh-keygen -l prints it');

export const certificateJson = z.object({
  serial,
  user: z.string(),
  fingerprint: z.string().describe('of the certified key'),
  keyId: z.string(),
  authority: z.string().describe("fingerprint of the authority's key"),
  issuedAt: time,
  validBefore: time,
  revokedAt: time.optional(),
});

export const newCertificateJson = certificateJson.extend({
  certificate: z.string().describe('a line for the file KEY-cert.pub'),
});

const LIST_LIMIT = 500;
/** Clocks differ. */
const BACKDATED_MS = 60_000;
/** The record of a certificate that has ended; the trail keeps it longer. */
const REMEMBERED_MS = 30 * 24 * 3600e3;
/** Serials that people can still type; a taken one is drawn again. */
const MAX_SERIAL = 2 ** 48 - 1;
const DRAWS = 5;

export function certificateRoutes(deps: ApiDeps, ssh: SshAdministration): readonly Route[] {
  return [issueRoute(deps, ssh), listRoute(deps, ssh), revokeRoute(deps, ssh)];
}

function issueRoute(deps: ApiDeps, ssh: SshAdministration): Route {
  return route({
    method: 'POST',
    path: '/api/v1/ssh/certificates',
    summary: 'Get a short-lived SSH certificate for a key of yours',
    body: z.strictObject({
      key: z
        .string()
        .max(16 * 1024)
        .describe('one line as in ~/.ssh/id_ed25519.pub'),
    }),
    answer: { status: 201, schema: newCertificateJson, reveals: 'certificate' },
    async run({ principal, body }) {
      // As for keys and tokens: what is stolen from an agent must not outlive itself.
      if (principal.kind !== 'human') throw new Problem(403, `a ${principal.kind} makes no credentials`);
      const line = await checkedKey(deps, ssh, principal, body.key);
      const issued = await issue(deps, ssh, principal, line);
      return { status: 201, body: issued };
    },
  });
}

async function checkedKey(
  deps: ApiDeps,
  ssh: SshAdministration,
  principal: Principal,
  text: string,
): Promise<SshPublicKeyLine> {
  const line = parseSshPublicKeyLine(text);
  if ('refused' in line) throw new Problem(422, `${line.refused}; hint: ${line.hint}`);
  const fault = keyPolicyFault(line.key, ssh.keys);
  if (fault !== undefined) throw new Problem(422, `${fault.refused}; hint: ${fault.hint}`);
  const owner = await deps.directory.findKeyByFingerprint(line.fingerprint);
  if (owner !== undefined && owner.user !== principal.name) {
    throw new Problem(409, 'this key is registered already; a key belongs to one user');
  }
  return line;
}

async function issue(
  deps: ApiDeps,
  { authority, certificates, ...ssh }: SshAdministration,
  principal: Principal,
  { key, fingerprint: ofKey }: SshPublicKeyLine,
): Promise<z.infer<typeof newCertificateJson>> {
  const now = deps.clock.now();
  const validBefore = await endOf(deps, principal, now + ssh.lifetime);
  for (let draw = 0; draw < DRAWS; draw++) {
    const number = randomInt(1, MAX_SERIAL);
    const issued: IssuedCertificate = {
      serial: String(number),
      user: principal.name,
      fingerprint: ofKey,
      keyId: `${principal.name} ${number}`,
      authority: authority.fingerprint,
      issuedAt: now,
      validBefore,
    };
    // On record before it exists: one that is not on record does not count.
    const entry = adminChanged(principal, { change: 'ssh certificate issued', before: null, after: issued });
    const added = await certificates.add(issued, now - REMEMBERED_MS, entry);
    if (added === 'taken') continue;
    const content = {
      key,
      serial: BigInt(number),
      kind: 'user',
      keyId: issued.keyId,
      principals: [ssh.principalNamed(principal.name)],
      validAfter: BigInt(Math.floor((now - BACKDATED_MS) / 1000)),
      validBefore: BigInt(Math.floor(validBefore / 1000)),
    } as const;
    const blob = encodeSshCertificate(content, authority.key, (signed) => authority.sign(signed));
    const certificate = `${certificateAlgorithm(key.algorithm)} ${blob.toString('base64')} ${issued.keyId}`;
    return { ...certificateToJson(issued), certificate };
  }
  throw new Error('no free serial was found');
}

/** Never beyond the token that asks for it. */
async function endOf(deps: ApiDeps, { name, credential }: Principal, wanted: number): Promise<number> {
  if (credential.kind !== 'token') return wanted;
  const token = (await deps.directory.listTokens(name)).find((one) => one.id === credential.id);
  return Math.min(wanted, token?.expiresAt ?? wanted);
}

function listRoute(deps: ApiDeps, { certificates }: SshAdministration): Route {
  return route({
    method: 'GET',
    path: '/api/v1/ssh/certificates',
    summary: 'Your SSH certificates, newest first; everybody’s for admins',
    query: z.strictObject({ user: userName.optional() }),
    answer: { status: 200, schema: z.array(certificateJson) },
    async run({ principal, query }) {
      const list = await certificates.list(LIST_LIMIT, isAdmin(deps, principal) ? query.user : principal.name);
      return { status: 200, body: list.map(certificateToJson) };
    },
  });
}

const revocationJson = z.object({ authority: z.string(), serial });

function revokeRoute(deps: ApiDeps, { certificates, authority }: SshAdministration): Route {
  return route({
    method: 'POST',
    path: '/api/v1/ssh/revocations',
    summary: 'Revoke an SSH certificate by its serial, and end what it has open',
    body: z.strictObject({
      serial,
      authority: fingerprint.optional().describe("of the authority's key; default: ours"),
      reason: z.string().max(500).optional(),
    }),
    answer: { status: 201, schema: revocationJson },
    async run({ principal, body }) {
      const name = { authority: body.authority ?? authority.fingerprint, serial: body.serial };
      const issued = name.authority === authority.fingerprint ? await certificates.find(name.serial) : undefined;
      // Your own, or anybody's for admins, who may also revoke what we have never seen.
      if (!isAdmin(deps, principal) && issued?.user !== principal.name) throw notFound();
      const revokedAt = deps.clock.now();
      const change = {
        change: 'ssh certificate revoked',
        before: issued ?? null,
        after: { ...(issued ?? name), revokedAt },
        ...(body.reason !== undefined && { reason: body.reason }),
      };
      const isNew = await certificates.revoke(name, revokedAt, adminChanged(principal, change));
      if (!isNew) throw new Problem(409, 'this certificate is revoked already');
      deps.onAccessRevoked?.();
      return { status: 201, body: name };
    },
  });
}

function certificateToJson(issued: IssuedCertificate): z.infer<typeof certificateJson> {
  const { revokedAt, ...rest } = issued;
  return {
    ...rest,
    issuedAt: formatTime(issued.issuedAt),
    validBefore: formatTime(issued.validBefore),
    ...(revokedAt !== undefined && { revokedAt: formatTime(revokedAt) }),
  };
}
