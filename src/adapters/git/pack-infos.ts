// Types and sizes of all objects of a quarantined pack in one go: a question for each of a hundred thousand objects costs
// seconds, git's own listing of them a tenth of one.
import type { ObjectInfo, ObjectType } from '../../domain/ports.ts';
import type { PackIndex } from '../../protocol/pack-index.ts';
import { type GitEnvironment, spawnGit } from './git-process.ts';

const TYPES: readonly ObjectType[] = ['commit', 'tree', 'blob', 'tag'];
const LF = 0x0a;

/** Lists the pack that `index` belongs to, alone in its quarantine. Rejects when git does not list what is in it. */
export async function packInfos(
  where: GitEnvironment,
  index: PackIndex,
): Promise<(position: number) => ObjectInfo | undefined> {
  const infos = new Infos(index);
  // Without the mirror: its objects are not asked about. Sorted by id, as the index is.
  const child = spawnGit({ ...where, alternates: [] }, ['cat-file', '--batch-all-objects', '--batch-check']);
  child.stdin.on('error', () => {});
  child.stdin.end();
  child.stderr.resume();
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  for await (const chunk of child.stdout) infos.write(chunk as Buffer);
  const code = await ended;
  if (code !== 0) throw new Error(`git could not list the objects of a pack (code ${code})`);
  return (position) => infos.at(position);
}

/** `<oid> <type> <size>` lines (git-cat-file, BATCH OUTPUT), kept as numbers. */
class Infos {
  readonly #index: PackIndex;
  /** 0 = not listed, else one more than the place in TYPES. */
  readonly #types: Uint8Array;
  readonly #sizes: Float64Array;
  #rest = Buffer.alloc(0);
  #next = 0;

  constructor(index: PackIndex) {
    this.#index = index;
    this.#types = new Uint8Array(index.count);
    this.#sizes = new Float64Array(index.count);
  }

  at(position: number): ObjectInfo | undefined {
    const type = TYPES[(this.#types[position] ?? 0) - 1];
    return type === undefined ? undefined : { type, size: this.#sizes[position] as number };
  }

  write(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, at)) {
      this.#take(bytes.toString('latin1', at, end));
      at = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  #take(line: string): void {
    const [oid = '', type = '', size = ''] = line.split(' ');
    const position = this.#index.oidAt(this.#next) === oid ? this.#next : this.#index.find(oid);
    if (position < 0) return; // loose or foreign: not of this pack
    this.#next = Math.min(position + 1, this.#index.count - 1);
    this.#types[position] = TYPES.indexOf(type as ObjectType) + 1;
    this.#sizes[position] = Number(size);
  }
}
