// Folders of the data directory that hold objects: `mirrors/` and `quarantine/`.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectFetcher, Workspaces } from '../../domain/ports.ts';
import type { PushId, RepoAddress } from '../../domain/push/push.ts';
import type { ObjectFormat } from '../../protocol/oid.ts';
import { type MirrorLimits, type MirrorRepository, openMirror } from './mirror.ts';
import type { ObjectLimits } from './place-reader.ts';
import { openQuarantine } from './quarantine.ts';

export interface GitWorkspaces extends Workspaces {
  mirrorRepository(address: RepoAddress, objectFormat: ObjectFormat): Promise<MirrorRepository>;
  quarantineDirectory(id: PushId): string;
  close(): void;
}

export async function openWorkspaces(
  dataDir: string,
  fetcher: ObjectFetcher,
  limits: MirrorLimits & ObjectLimits,
): Promise<GitWorkspaces> {
  const mirrors = join(dataDir, 'mirrors');
  const quarantine = join(dataDir, 'quarantine');
  await mkdir(mirrors, { recursive: true, mode: 0o700 });
  await mkdir(quarantine, { recursive: true, mode: 0o700 });
  const open = new Map<string, Promise<MirrorRepository>>();

  function mirrorOf(address: RepoAddress, objectFormat: ObjectFormat): Promise<MirrorRepository> {
    const key = JSON.stringify([address.upstream, address.repo, objectFormat]);
    let mirror = open.get(key);
    if (mirror === undefined) {
      mirror = openMirror(mirrors, address, objectFormat, fetcher, limits);
      mirror.catch(() => open.delete(key));
      open.set(key, mirror);
    }
    return mirror;
  }

  return {
    mirror: mirrorOf,
    mirrorRepository: mirrorOf,
    quarantineDirectory: (id) => join(quarantine, String(id)),
    async quarantine(id, address, objectFormat) {
      return openQuarantine(join(quarantine, String(id)), await mirrorOf(address, objectFormat), limits);
    },
    async quarantines() {
      const names = await readdir(quarantine);
      return names.filter((name) => /^\d+$/.test(name)).map(Number);
    },
    removeQuarantine: (id) => rm(join(quarantine, String(id)), { recursive: true, force: true }),
    close() {
      for (const mirror of open.values()) mirror.then((one) => one.close()).catch(() => {});
      open.clear();
    },
  };
}
