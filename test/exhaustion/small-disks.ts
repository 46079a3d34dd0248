// Small file systems under the data directory of a world, one for each kind of thing that a push writes, so that a test
// can fill the one and leave the others alone. Needs a machine where we may mount.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The store (and with it the data directory), the recordings, and all that git keeps. */
export type Place = 'store' | 'recordings' | 'objects';

const PLACES: readonly Place[] = ['store', 'recordings', 'objects'];
const SIZE = '16m';
const BALLAST = 'ballast';
const BLOCK = Buffer.alloc(1 << 16);

/** Says why nothing can be mounted here; throws instead where the tests must not be skipped. */
export function whyNoMounts(): string | false {
  const trial = mkdtempSync(join(tmpdir(), 'sallyport-mount-'));
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', trial]).status === 0) {
      execFileSync('umount', [trial]);
      return false;
    }
  } finally {
    rmSync(trial, { recursive: true });
  }
  const why = 'no small file system can be mounted here; hint: run the tests as root, with CAP_SYS_ADMIN';
  if (process.env['CI'] === 'true') throw new Error(why);
  return why;
}

export class SmallDisks {
  readonly #dataDir: string;

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Under a data directory that nobody uses at the moment; what is in it moves along. */
  static under(dataDir: string): SmallDisks {
    const before = `${dataDir}.before`;
    renameSync(dataDir, before);
    const disks = new SmallDisks(dataDir);
    for (const place of PLACES) {
      mkdirSync(disks.#directory(place), { mode: 0o700 });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', disks.#directory(place)]);
    }
    // Quarantine and mirrors on one: what has landed is renamed from here to there.
    const onObjects = ['quarantine', 'mirrors'];
    for (const name of readdirSync(before)) {
      const to = join(onObjects.includes(name) ? disks.#directory('objects') : dataDir, name);
      cpSync(join(before, name), to, { recursive: true });
    }
    for (const name of onObjects) symlinkSync(join('objects', name), join(dataDir, name));
    rmSync(before, { recursive: true });
    return disks;
  }

  #directory(place: Place): string {
    return place === 'store' ? this.#dataDir : join(this.#dataDir, place);
  }

  /** Until not a byte more fits, or this many bytes still do. */
  async fill(place: Place, leave = 0): Promise<void> {
    const file = await open(join(this.#directory(place), BALLAST), 'w');
    try {
      let size = 0;
      for (let block = BLOCK; block.length > 0; ) {
        // A part of a block may fit where all of it does not.
        const written = await file.write(block).catch(() => undefined);
        if (written === undefined) block = block.subarray(0, block.length >> 1);
        else size += written.bytesWritten;
      }
      await file.truncate(Math.max(0, size - leave));
    } finally {
      await file.close();
    }
  }

  async free(place: Place): Promise<void> {
    await rm(join(this.#directory(place), BALLAST), { force: true });
  }

  /** Nobody may have a file in it open for writing. */
  remount(place: Place, mode: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${mode}`, this.#directory(place)]);
  }

  close(): void {
    for (const place of PLACES.toReversed()) spawnSync('umount', ['-l', this.#directory(place)]);
  }
}
