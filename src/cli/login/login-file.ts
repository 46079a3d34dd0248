// The logins of this user, one for each gateway: `sallyport/logins.json` in XDG_CONFIG_HOME, readable by nobody else. With
// a keyring that answers, the secrets are there instead and the file says only that they are.
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../terminal.ts';
import { type Keyring, openKeyring } from './keyring.ts';

export interface Login {
  /** Origin of the gateway. */
  readonly gateway: string;
  readonly user: string;
  readonly access: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly refresh: string;
}

export interface Logins {
  find(gateway: string): Promise<Login | undefined>;
  /** Origins, the one logged in to last first. */
  gateways(): Promise<readonly string[]>;
  save(login: Login): Promise<void>;
  remove(gateway: string): Promise<boolean>;
  /** Runs `work` while no other process of this user does. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

const secrets = z.object({ access: z.string(), refresh: z.string() });
const fileJson = z.object({
  version: z.literal(1),
  logins: z.record(
    z.string(),
    z.object({ user: z.string(), expiresAt: z.number(), savedAt: z.number(), secrets: secrets.optional() }),
  ),
});
type FileContent = z.infer<typeof fileJson>;

const LOCK_WAIT_MS = 20_000;
/** A refresh takes seconds at most: whoever holds the lock for longer has died. */
const LOCK_STALE_MS = 60_000;

export function loginFile(): string {
  const { XDG_CONFIG_HOME: config } = process.env;
  return join(config?.startsWith('/') ? config : join(homedir(), '.config'), 'sallyport', 'logins.json');
}

export function openLogins(file = loginFile(), keyring: Keyring = openKeyring()): Logins {
  async function load(): Promise<FileContent> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { version: 1, logins: {} };
      throw new CommandError(`${file} cannot be read`);
    }
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw new CommandError(`${file} can be read by others`, `chmod 600 ${file}, and log in again`);
    }
    try {
      return fileJson.parse(JSON.parse(text));
    } catch {
      throw new CommandError(`${file} is not what sallyport login writes`, 'remove it, and log in again');
    }
  }

  /** Whole or not at all: another process may read it at any moment. */
  async function store(content: FileContent): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.new`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  }

  return {
    async find(gateway) {
      const entry = (await load()).logins[gateway];
      if (entry === undefined) return undefined;
      const kept = entry.secrets ?? secrets.safeParse(await keyring.find(gateway)).data;
      return kept && { gateway, user: entry.user, expiresAt: entry.expiresAt, ...kept };
    },

    async gateways() {
      const { logins } = await load();
      return Object.entries(logins)
        .toSorted(([, one], [, other]) => other.savedAt - one.savedAt)
        .map(([gateway]) => gateway);
    },

    async save({ gateway, user, expiresAt, access, refresh }) {
      const content = await load();
      const kept = { access, refresh };
      const isInKeyring = await keyring.save(gateway, kept);
      const savedAt = content.logins[gateway]?.savedAt ?? Date.now();
      const entry = { user, expiresAt, savedAt, ...(!isInKeyring && { secrets: kept }) };
      await store({ ...content, logins: { ...content.logins, [gateway]: entry } });
    },

    async remove(gateway) {
      const content = await load();
      const { [gateway]: gone, ...logins } = content.logins;
      if (gone === undefined) return false;
      if (gone.secrets === undefined) await keyring.remove(gateway);
      await store({ ...content, logins });
      return true;
    },

    async alone(work) {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const lock = `${file}.lock`;
      await acquire(lock);
      try {
        return await work();
      } finally {
        await rm(lock, { force: true });
      }
    },
  };
}

async function acquire(lock: string): Promise<void> {
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const made = await stat(lock).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - made > LOCK_STALE_MS) await rm(lock, { force: true });
    else if (Date.now() > until) throw new CommandError(`${lock} is held by another process`, 'remove it if none runs');
    else await pause(50);
  }
}
