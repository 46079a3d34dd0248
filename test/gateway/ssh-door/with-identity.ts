// A door behind which the real directory, certificates and authorities say who it is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseConfig } from '../../../src/adapters/config/load.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import { openStore, type Store } from '../../../src/adapters/store/store.ts';
import { openSshAccess, type SshAccess } from '../../../src/gateway/ssh-access.ts';
import type { SshDoorOptions } from '../../../src/gateway/ssh-door/ssh-door.ts';
import { ending, type OpenDoor, openDoor, type Person, parsedKey } from './open-door.ts';

export interface DoorWithIdentity {
  readonly open: OpenDoor;
  readonly access: SshAccess;
  readonly store: Store;
  readonly clock: { time: number; now(): number };
  readonly directory: string;
  /** A key that is registered for this user. */
  register(
    user: string,
    person: { readonly line: string },
    settings?: { verifyRequired?: boolean; expiresAt?: number },
  ): Promise<string>;
  /** `ssh-keygen -s`: a certificate beside the key; answers the file. */
  certify(authority: Person, person: Person, options: readonly string[]): Promise<string>;
  /** Git over the real ssh client, with whatever key or certificate is there. */
  login(person: Person, extra?: readonly string[]): ReturnType<OpenDoor['ssh']>;
}

export interface WithIdentityOptions {
  /** Lines of `identity: { ssh: … }`, with $DIR for the directory. */
  readonly ssh?: string;
  readonly gateway?: string;
  readonly door?: Partial<SshDoorOptions>;
  /** Files in the directory, before anything is opened. */
  readonly prepare?: (directory: string) => Promise<void>;
}

export async function openDoorWithIdentity(
  t: TestContext,
  { ssh = '{}', gateway = '', door = {}, prepare }: WithIdentityOptions = {},
): Promise<DoorWithIdentity> {
  const directory = await mkdtemp(join(tmpdir(), 'ssh-identity-'));
  await prepare?.(directory);
  const parsed = parseConfig(
    `gateway:\n  keysDir: keys\n${gateway}\nupstreams: [{ name: a, match: "**", url: "http://127.0.0.1/{path}" }]\nidentity: { ssh: ${ssh} }\n`,
    join(directory, 'sallyport.yaml'),
  );
  if (parsed.outcome !== 'ok') throw new Error(JSON.stringify(parsed.problems));
  const clock = { time: Date.now(), now: () => clock.time };
  const store = await openStore({ file: join(directory, 'db'), auditDir: join(directory, 'audit'), clock });
  const identity = createIdentity({ directory: store.directory, clock });
  const access = await openSshAccess({
    config: parsed.config,
    store,
    identity,
    clock,
    log: createLog({ level: 'silent' }),
  });
  const open = await openDoor(t, {
    authenticate: (login) => access.identity.find(login),
    hostKeys: access.hostKeys,
    ...door,
  });
  access.listensOn(open.port);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });
  const entry = { type: 'admin.changed', actor: 'test', body: {} } as const;
  for (const name of ['alice', 'bob']) {
    await store.directory.addUser({ name, kind: 'human', groups: ['dev'], createdAt: 1 }, entry);
  }
  await writeFile(join(open.dir, 'known_hosts'), access.administration.hostKeys.knownHosts());
  return {
    open,
    access,
    store,
    clock,
    directory,
    async register(user, person, settings = {}) {
      const { key, fingerprint, comment } = parsedKey(person.line);
      const id = `key-${user}-${fingerprint.slice(7, 15).replace(/\W/g, '')}`;
      const blob = key.blob.toString('base64');
      const record = { id, user, fingerprint, algorithm: key.algorithm, blob, comment, createdAt: clock.now() };
      await store.directory.addKey({ ...record, ...settings }, entry);
      return id;
    },
    async certify(authority, person, options) {
      const { status, stderr } = await ending('ssh-keygen', [
        '-q',
        '-s',
        authority.file,
        ...options,
        `${person.file}.pub`,
      ]);
      if (status !== 0) throw new Error(stderr);
      return `${person.file}-cert.pub`;
    },
    login: (person, extra = []) => open.ssh(person, ["git-upload-pack 'a'"], extra),
  };
}
