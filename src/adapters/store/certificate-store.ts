// CertificateStore over SQLite: the certificates that our own authority signed, and the revoked ones of any authority.
import type { Kysely } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { CertificateStore, Clock, IssuedCertificate } from '../../domain/ports.ts';
import { boundedLimit, isStorable, type Schema, type SshCertificateTable } from './schema.ts';
import { step, type Writer } from './writer.ts';

export function createCertificateStore(database: Kysely<Schema>, writer: Writer, clock: Clock): CertificateStore {
  /** With what became of it. */
  const select = () =>
    database
      .selectFrom('ssh_certificates as issued')
      .leftJoin('ssh_revocations as revoked', (join) =>
        join.onRef('revoked.authority', '=', 'issued.authority').onRef('revoked.serial', '=', 'issued.serial'),
      )
      .selectAll('issued')
      .select('revoked.at as revoked_at');

  return {
    async add(certificate, forgetBefore, entry) {
      const forget = database.deleteFrom('ssh_certificates').where('valid_before', '<', forgetBefore).compile();
      const insert = database
        .insertInto('ssh_certificates')
        .values({
          serial: certificate.serial,
          user: certificate.user,
          fingerprint: certificate.fingerprint,
          key_id: certificate.keyId,
          authority: certificate.authority,
          issued_at: certificate.issuedAt,
          valid_before: certificate.validBefore,
        })
        .onConflict((conflict) => conflict.doNothing())
        .compile();
      const reply = await writer.submit({
        steps: [step(forget), step(insert, 1)],
        entries: [draftEntry(entry, clock.now())],
      });
      return reply.outcome === 'committed' ? 'added' : 'taken';
    },

    async find(serial) {
      if (!isStorable(serial)) return undefined;
      const row = await select().where('issued.serial', '=', serial).executeTakeFirst();
      return row === undefined ? undefined : readCertificate(row);
    },

    async list(limit, user) {
      if (user !== undefined && !isStorable(user)) return [];
      let query = select();
      if (user !== undefined) query = query.where('issued.user', '=', user);
      const rows = await query
        .orderBy('issued.issued_at', 'desc')
        .orderBy('issued.serial')
        .limit(boundedLimit(limit))
        .execute();
      return rows.map(readCertificate);
    },

    async revoke({ authority, serial }, at, entry) {
      if (!isStorable(authority) || !isStorable(serial)) return false;
      const insert = database
        .insertInto('ssh_revocations')
        .values({ authority, serial, at })
        .onConflict((conflict) => conflict.doNothing())
        .compile();
      const reply = await writer.submit({ steps: [step(insert, 1)], entries: [draftEntry(entry, clock.now())] });
      return reply.outcome === 'committed';
    },

    async isRevoked({ authority, serial }) {
      const row = await database
        .selectFrom('ssh_revocations')
        .select('at')
        .where('authority', '=', authority)
        .where('serial', '=', serial)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function readCertificate(row: SshCertificateTable & { readonly revoked_at: number | null }): IssuedCertificate {
  return {
    serial: row.serial,
    user: row.user,
    fingerprint: row.fingerprint,
    keyId: row.key_id,
    authority: row.authority,
    issuedAt: row.issued_at,
    validBefore: row.valid_before,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
