// The scan of every object that the client sent, once. Little is read through the reader that is warm anyway and scanned
// at once; of more, a worker streams the quarantine by itself.
import type { Oid } from '../../../protocol/oid.ts';
import type { PackView } from '../../push/inspection.ts';
import type { ScannedObject, WantedObject } from '../secret-scanner.ts';
import { EarlyLookup } from './early-lookup.ts';
import { hasSomething, type Scanned, type SecretSearch } from './search.ts';

const SMALL_BYTES = 256 * 1024;
const FEW_OBJECTS = 500;
/** Asked of a worker at once. */
const MAX_WANTED = 50_000;
/** Objects that the upstream has, read for a scan. */
const BATCH_BYTES = 4 * 1024 * 1024;
const MAX_OBJECT_BYTES = 512 * 1024 * 1024;

/** The sent objects in which there is something. Trees that the inspection reached are left to whoever has their names. */
export async function scanSent(
  search: SecretSearch,
  paths: ReadonlyMap<Oid, string>,
): Promise<ReadonlyMap<Oid, Scanned>> {
  const { sent } = search;
  if (sent === undefined) return new Map();
  const positions = inPackOrder(positionsToScan(sent, search), sent);
  const isFew = positions.length <= FEW_OBJECTS && search.packBytes < SMALL_BYTES;
  const small = isFew
    ? await readSmall(
        positions.map((at) => sent.oidAt(at)),
        search,
      )
    : undefined;
  if (small !== undefined) return scanHere(small, paths, search);
  const early = new EarlyLookup(await search.seenEarly?.(), sent);
  const found = new Map<Oid, Scanned>();
  const left = positions.filter((at) => !isSeen(at, sent, paths, early, found));
  await scanInWorker(left, sent, paths, search, found);
  if (found.size === 0) return found;
  // In the order of the pack, whoever was first to see it: what is said once is said where it is found first.
  return new Map(positions.flatMap((at) => entryOf(found, sent.oidAt(at))));
}

function entryOf(found: ReadonlyMap<Oid, Scanned>, oid: Oid): [Oid, Scanned][] {
  const scanned = found.get(oid);
  return scanned === undefined ? [] : [[oid, scanned]];
}

/** Whether the object was looked at while the pack arrived; what is in it is then noted. */
function isSeen(
  at: number,
  sent: PackView,
  paths: ReadonlyMap<Oid, string>,
  early: EarlyLookup,
  found: Map<Oid, Scanned>,
): boolean {
  const oid = sent.oidAt(at);
  const path = paths.get(oid) ?? '';
  const scan = early.scanAt(at, path);
  if (scan !== undefined && hasSomething(scan)) found.set(oid, { scan, path });
  return scan !== undefined;
}

function positionsToScan(sent: PackView, { inspected }: SecretSearch): number[] {
  const positions: number[] = [];
  for (let at = 0; at < sent.count; at++) {
    if (!sent.isSent(at) || inspected.introduced.reachedAs(at) === 'tree') continue;
    // A pack may hold an object twice.
    if (sent.find(sent.oidAt(at)) === at || !sent.isSent(sent.find(sent.oidAt(at)))) positions.push(at);
  }
  return positions;
}

interface Read {
  readonly oid: Oid;
  readonly bytes: Buffer;
}

/** The objects, unless they are more than a small push has. */
async function readSmall(oids: readonly Oid[], { reader }: SecretSearch): Promise<readonly Read[] | undefined> {
  const infos = await Promise.all(oids.map((oid) => reader.info(oid)));
  const total = infos.reduce((sum, info) => sum + (info?.size ?? 0), 0);
  if (total >= SMALL_BYTES) return undefined;
  return Promise.all(
    oids.map(async (oid) => {
      const object = await reader.read(oid, SMALL_BYTES);
      if (object === undefined) throw new Error(`sent object ${oid} cannot be read`);
      return { oid, bytes: object.content };
    }),
  );
}

async function scanHere(
  objects: readonly Read[],
  paths: ReadonlyMap<Oid, string>,
  { scanner, signal }: SecretSearch,
): Promise<ReadonlyMap<Oid, Scanned>> {
  const scans = await scanner.scanObjects(
    objects.map(({ oid, bytes }) => toScan(bytes, paths.get(oid))),
    signal,
  );
  if (scans.length !== objects.length) throw new Error('the scanner has not answered for every object');
  const found = new Map<Oid, Scanned>();
  for (const [at, { oid }] of objects.entries()) {
    const scan = scans[at];
    if (scan !== undefined && hasSomething(scan)) found.set(oid, { scan, path: paths.get(oid) ?? '' });
  }
  return found;
}

function toScan(bytes: Buffer, path: string | undefined): ScannedObject {
  return path === undefined ? { bytes } : { bytes, path };
}

/** As git wrote them: a reader then finds each delta's base where it has just been. */
function inPackOrder(positions: number[], sent: PackView): number[] {
  const { offsetAt } = sent;
  if (offsetAt === undefined) return positions;
  const offsets = new Map(positions.map((at) => [at, offsetAt.call(sent, at)]));
  return positions.sort((one, other) => (offsets.get(one) as number) - (offsets.get(other) as number));
}

async function scanInWorker(
  positions: readonly number[],
  sent: PackView,
  paths: ReadonlyMap<Oid, string>,
  { scanner, place, signal }: SecretSearch,
  found: Map<Oid, Scanned>,
): Promise<void> {
  for (let from = 0; from < positions.length; from += MAX_WANTED) {
    const wanted = positions.slice(from, from + MAX_WANTED).map((at) => wantedObject(sent.oidAt(at), paths));
    const { objects } = await scanner.scanRepository(place, {
      wanted,
      signal,
      onScan: (oid, scan) => found.set(oid, { scan, path: paths.get(oid) ?? '' }),
    });
    if (objects !== wanted.length) throw new Error('the scanner has not looked at every object');
  }
}

function wantedObject(oid: Oid, paths: ReadonlyMap<Oid, string>): WantedObject {
  const path = paths.get(oid);
  return path === undefined ? { oid } : { oid, path };
}

/** Introduced objects that the client did not send, as the upstream has them. */
export async function scanUnsent(
  oids: readonly Oid[],
  paths: ReadonlyMap<Oid, string>,
  search: SecretSearch,
): Promise<ReadonlyMap<Oid, Scanned>> {
  const found = new Map<Oid, Scanned>();
  let batch: Read[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length > 0) for (const [oid, scanned] of await scanHere(batch, paths, search)) found.set(oid, scanned);
    batch = [];
    bytes = 0;
  };
  for (const oid of oids) {
    search.signal.throwIfAborted();
    const object = await search.reader.read(oid, MAX_OBJECT_BYTES);
    if (object === undefined) throw new Error(`introduced object ${oid} cannot be read`);
    batch.push({ oid, bytes: object.content });
    bytes += object.content.length;
    if (bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  return found;
}
