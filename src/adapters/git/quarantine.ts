// One push's objects, apart from everything else until the upstream has taken them: `quarantine/<id>/objects` with the
// mirror as alternate (git's own scheme: gitprotocol docs of git-receive-pack, "quarantine environment"). A crash
// leaves at most a folder: the recorded request is what is durable, and the objects can be made from it again.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Quarantine } from '../../domain/ports.ts';
import { startIndexing } from './index-pack.ts';
import type { MirrorRepository } from './mirror.ts';
import { environmentOf, memoryFor, type ObjectLimits, openPlaceReader } from './place-reader.ts';

/** Makes (or reopens) the quarantine in `directory`, before `mirror`. */
export async function openQuarantine(
  directory: string,
  mirror: MirrorRepository,
  limits: ObjectLimits,
): Promise<Quarantine> {
  const objects = join(directory, 'objects');
  // Names alone, here and below: these calls take microseconds, and through the thread pool many times that.
  mkdirSync(join(objects, 'pack'), { recursive: true, mode: 0o700 });
  const place = { gitDir: mirror.directory, objectDirectory: objects };
  const where = environmentOf(place);
  const memoryBytes = memoryFor(limits);
  const reader = openPlaceReader(place, limits);
  return {
    place,
    reader,
    index: (indexLimits) =>
      startIndexing({ where, objects, objectFormat: mirror.objectFormat, memoryBytes }, indexLimits),
    async promote() {
      reader.close();
      const from = join(objects, 'pack');
      await mirror.change(async () => {
        const to = join(mirror.directory, 'objects', 'pack');
        // Packs first, their indexes last: git finds a pack by its index.
        const names = readdirSync(from).filter((name) => /^pack-[0-9a-f]+\.(pack|idx)$/.test(name));
        for (const name of names.toSorted((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))) {
          renameSync(join(from, name), join(to, name));
        }
      });
      rmSync(directory, { recursive: true, force: true }); // empty but for folders
    },
    warm: () => reader.warm(),
    close: () => reader.close(),
    async remove() {
      reader.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
