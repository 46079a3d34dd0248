// Objects of a local repository, by whichever way is quicker: few and small ones are read here, for a thread would take
// longer to start; the rest streams into threads.
import { openCatFile } from '../../adapters/git/cat-file.ts';
import type {
  ObjectPlace,
  ObjectScan,
  ScannedObject,
  SecretScanner,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';
import { CommandError } from '../terminal.ts';

const FEW = 200;
const SMALL_BYTES = 200 * 1024;

/** The scans that have something to tell, by place in `wanted`. `onProgress` counts up. */
export async function scanWanted(
  scanner: SecretScanner,
  place: ObjectPlace,
  wanted: readonly WantedObject[],
  onProgress: (objects: number, bytes: number) => void,
): Promise<Map<number, ObjectScan>> {
  if (wanted.length === 0) return new Map();
  const few = await readFew(place, wanted);
  if (few !== undefined) {
    const scans = await scanner.scanObjects(few);
    onProgress(
      few.length,
      few.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    return new Map(
      [...scans.entries()].filter(([, { findings, notInspected }]) => findings.length + notInspected.length > 0),
    );
  }
  const told = new Map<number, ObjectScan>();
  await scanner.scanRepository(place, { wanted, onProgress, onScan: (_oid, scan, index) => told.set(index, scan) });
  return told;
}

/** Undefined when they are more than that. */
async function readFew(place: ObjectPlace, wanted: readonly WantedObject[]): Promise<ScannedObject[] | undefined> {
  if (wanted.length > FEW) return undefined;
  const reader = openCatFile(place);
  try {
    const infos = await Promise.all(wanted.map(({ oid }) => reader.info(oid)));
    const missing = infos.indexOf(undefined);
    if (missing >= 0) {
      throw new CommandError(
        `object ${wanted[missing]?.oid} is not here`,
        'in a partial clone, fetch the objects first',
      );
    }
    if (infos.reduce((sum, info) => sum + (info?.size ?? 0), 0) > SMALL_BYTES) return undefined;
    const objects = await Promise.all(wanted.map(({ oid }) => reader.read(oid)));
    return objects.map((object, at) => {
      const { path, commit } = wanted[at] as WantedObject;
      const bytes = object?.content ?? Buffer.alloc(0);
      return { bytes, ...(path !== undefined && { path }), ...(commit !== undefined && { commit }) };
    });
  } finally {
    reader.close();
  }
}
