// The part of LoginStore that is about devices (RFC 8628): a request that waits for a person, polled for meanwhile.
import type { Kysely } from 'kysely';
import { draftEntry } from '../../domain/audit/chain.ts';
import type { DevicePoll, DeviceRequest, LoggedIn, LoginStore } from '../../domain/identity/login-store.ts';
import type { Clock } from '../../domain/ports.ts';
import type { LoginDeviceTable } from './identity-tables.ts';
import { loginText } from './login-store.ts';
import { fromJson, isStorable, type Schema, toJson } from './schema.ts';
import { step, type Writer } from './writer.ts';

type DeviceStore = Pick<LoginStore, 'addDevice' | 'findDevice' | 'decideDevice' | 'pollDevice'>;

/** Clients are told to poll every five seconds; a little less is forgiven. */
const POLL_MS = 4_500;

export function createDeviceStore(database: Kysely<Schema>, writer: Writer, clock: Clock): DeviceStore {
  return {
    async addDevice(hash, userCodeHash, request) {
      const insert = database.insertInto('login_devices').values({
        hash,
        user_code_hash: userCodeHash,
        label: toJson(request.label),
        source: toJson(request.source),
        state: request.state,
        login: null,
        created_at: request.createdAt,
        expires_at: request.expiresAt,
        polled_at: null,
      });
      const once = step(insert.onConflict((conflict) => conflict.doNothing()).compile(), 1);
      return (await writer.submit({ steps: [once], entries: [] })).outcome === 'committed';
    },

    async findDevice(userCodeHash, now) {
      if (!isStorable(userCodeHash)) return undefined;
      const row = await database
        .selectFrom('login_devices')
        .selectAll()
        .where('user_code_hash', '=', userCodeHash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return row === undefined ? undefined : readDevice(row);
    },

    async decideDevice(userCodeHash, by, now, entry) {
      if (!isStorable(userCodeHash)) return false;
      const update = database
        .updateTable('login_devices')
        .set({ state: by === undefined ? 'denied' : 'approved', login: by === undefined ? null : loginText(by) })
        .where('user_code_hash', '=', userCodeHash)
        .where('state', '=', 'pending')
        .where('expires_at', '>', now);
      const reply = await writer.submit({
        steps: [step(update.compile(), 1)],
        entries: [draftEntry(entry, clock.now())],
      });
      return reply.outcome === 'committed';
    },

    async pollDevice(hash, now) {
      if (!isStorable(hash)) return { outcome: 'unknown' };
      const row = await database.selectFrom('login_devices').selectAll().where('hash', '=', hash).executeTakeFirst();
      if (row === undefined || row.expires_at <= now || row.state === 'used') return { outcome: 'unknown' };
      const device = readDevice(row);
      if (device.state === 'denied') return { outcome: 'denied' };
      if (device.state === 'approved' && device.by !== undefined) return take(hash, device, device.by);
      const poll = database.updateTable('login_devices').set({ polled_at: now }).where('hash', '=', hash);
      await writer.submit({ steps: [step(poll.compile())], entries: [] });
      return { outcome: row.polled_at !== null && now - row.polled_at < POLL_MS ? 'slow-down' : 'pending' };
    },
  };

  async function take(hash: string, { label }: DeviceRequest, by: LoggedIn): Promise<DevicePoll> {
    const update = database
      .updateTable('login_devices')
      .set({ state: 'used' })
      .where('hash', '=', hash)
      .where('state', '=', 'approved');
    const reply = await writer.submit({ steps: [step(update.compile(), 1)], entries: [] });
    return reply.outcome === 'committed' ? { outcome: 'approved', by, label } : { outcome: 'unknown' };
  }
}

function readDevice(row: LoginDeviceTable): DeviceRequest {
  return {
    label: fromJson(row.label),
    source: fromJson(row.source),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    state: row.state as DeviceRequest['state'],
    ...(row.login === null ? {} : { by: fromJson<LoggedIn>(row.login) }),
  };
}
