// What the introduced trees hold: every new name is judged once, every new blob is accounted for. A blob is either in
// the pack, or the upstream must have it. The upstream's own connectivity check would refuse the rest, but by then an
// object that another push brings in between could stand in for it, uninspected.
import { GITLINK_MODE, modeText, TreeCursor } from '../../protocol/object.ts';
import type { ObjectFormat, Oid } from '../../protocol/oid.ts';
import type { ObjectInfo } from '../ports.ts';
import type { FindingList } from './finding-list.ts';
import type { Change } from './inputs.ts';
import {
  type InspectLimits,
  type InspectRequest,
  missingObject,
  type NewName,
  overLimit,
  type BlobPlace as Place,
} from './inspection.ts';
import { forEachAtOnce, type ObjectSource, wrongType } from './object-source.ts';
import { foldName, judgeName } from './odd-path.ts';

interface BlobFacts {
  readonly size: number;
  readonly binary?: boolean;
}

export const GITLINK = modeText(GITLINK_MODE);
const ABSENT = '000000';
const LFS_POINTER_BYTES = 1024; // git-lfs, docs/spec.md: "Pointer files must be less than 1024 bytes in size"
const BINARY_PROBE = 8000; // xdiff-interface.c, FIRST_FEW_BYTES
const MAX_PROBED_BYTES = 64 * 1024 * 1024;
/** No credential is shorter. */
const LEAST_TELLING_NAME = 16;

export class IntroducedContent {
  readonly #source: ObjectSource;
  readonly #request: InspectRequest;
  readonly #limits: InspectLimits;
  readonly #findings: FindingList;
  readonly #sentBlobs: Place[] = [];
  /** Introduced, and not sent by the client. */
  readonly #foreign = new Map<Oid, Place>();
  /** Blobs seen in trees of known commits, on the old side of a change: a renamed file is where it was. */
  readonly #knownBlobs = new Set<Oid>();
  readonly #facts = new Map<Oid, BlobFacts>();
  readonly #judged = new Set<string>();
  #changes = 0;
  /** Sent blobs below no commit. */
  readonly loose: Place[] = [];
  /** Introduced, not sent, and not proven to lie in known history; filled by inspectBlobs(). */
  foreign: readonly Place[] = [];
  readonly names: NewName[] = [];

  constructor(source: ObjectSource, request: InspectRequest, limits: InspectLimits, findings: FindingList) {
    this.#source = source;
    this.#request = request;
    this.#limits = limits;
    this.#findings = findings;
  }

  /** Counts a change that is going to be kept. */
  keep(change: Change): void {
    this.#changes += 1;
    if (this.#changes > this.#limits.maxChanges) throw overLimit('changed paths', this.#limits.maxChanges);
    this.#source.keepText(change.path.length);
  }

  /** Takes note of a change that the push introduces; `fromKnown`: its old side is the upstream's. */
  introduce(change: Change, commit: Oid | undefined, fromKnown: boolean): void {
    if (fromKnown && change.oldMode !== ABSENT && change.oldMode !== GITLINK) this.#knownBlobs.add(change.oldOid);
    if (change.newMode === ABSENT || change.newMode === GITLINK) return;
    const place: Place = { oid: change.newOid, commit, path: change.path };
    if (this.#source.sentPosition(change.newOid) < 0) {
      if (!this.#foreign.has(change.newOid)) this.#foreign.set(change.newOid, place);
      return;
    }
    if (this.#source.visit(change.newOid, 'blob')) this.#sentBlobs.push(place);
    if (commit === undefined) this.loose.push(place);
  }

  /** Judges names that a directory did not have before. */
  judgeNames(prefix: string, content: Buffer, added: readonly string[], commit: Oid | undefined): void {
    for (const name of added) {
      if (name.length >= LEAST_TELLING_NAME) this.names.push({ commit, prefix, name });
      const odd = judgeName(name);
      if (odd === undefined || !this.#isFirst(`odd ${prefix}${name}`)) continue;
      this.#findings.add({ rule: 'odd-path', ...odd, ...(commit && { commit }), path: prefix + name });
    }
    for (const [name, other] of foldedTwins(content, added, this.#request.objectFormat)) {
      if (!this.#isFirst(`twin ${prefix}${name}`)) continue;
      const severity = name === other ? 'high' : 'low';
      const text =
        name === other
          ? 'a file and a directory of one name'
          : `the same name as ${other} on a file system that ignores case or form`;
      this.#findings.add({ rule: 'case-collision', severity, text, ...(commit && { commit }), path: prefix + name });
    }
  }

  /** Reads what must be known of every introduced blob. `knownBlobs` finds blobs in the upstream's known trees. */
  async inspectBlobs(knownBlobs: (wanted: ReadonlySet<Oid>) => Promise<ReadonlySet<Oid>>): Promise<void> {
    await this.#source.listSent();
    const unread: Place[] = [];
    for (const place of this.#sentBlobs) {
      const info = this.#source.sentInfo(place.oid);
      if (info === undefined || this.#mustRead(info)) unread.push(place);
      else this.#checkBlob(place, info, true);
    }
    await forEachAtOnce(unread, async (place) => {
      const info = await this.#source.info(place.oid);
      if (info === undefined) throw missingObject(place.oid, 'a sent blob cannot be read');
      await this.#inspectBlob(place, info, true);
    });
    this.#sentBlobs.length = 0;
    const isProven = ({ oid }: Place) => this.#knownBlobs.has(oid);
    const foreign = [...this.#foreign.values()];
    const absent = await this.#readForeign(foreign, (oid) => this.#request.mirror.info(oid));
    this.foreign = foreign.filter((place) => !isProven(place));
    const unproven = absent.filter((place) => !isProven(place));
    if (unproven.length === 0) return;
    const found = await knownBlobs(new Set(unproven.map((place) => place.oid)));
    this.foreign = this.foreign.filter((place) => !found.has(place.oid));
    await this.#fetchForeign(unproven.filter((place) => !found.has(place.oid)));
  }

  /** A blob that the old side of some change shows to be the upstream's. */
  isKnown(oid: Oid): boolean {
    return this.#knownBlobs.has(oid);
  }

  /** Fills in what is known of the new blobs; of those not met before, whatever is here. */
  async describe(changes: readonly Change[]): Promise<void> {
    const unmet = new Set<Oid>();
    for (const { newMode, newOid } of changes) {
      if (newMode !== ABSENT && newMode !== GITLINK && this.#factsOf(newOid) === undefined) unmet.add(newOid);
    }
    await forEachAtOnce(unmet, async (oid) => {
      const info = await this.#source.info(oid);
      if (info?.type === 'blob') this.#facts.set(oid, { size: info.size });
    });
    for (const change of changes) {
      if (change.newMode === ABSENT || change.newMode === GITLINK) continue;
      const facts = this.#factsOf(change.newOid);
      const described: { size?: number; binary?: boolean } = change;
      if (facts !== undefined) described.size = facts.size;
      if (facts?.binary !== undefined) described.binary = facts.binary;
    }
  }

  #factsOf(oid: Oid): BlobFacts | undefined {
    const facts = this.#facts.get(oid);
    if (facts !== undefined) return facts;
    const info = this.#source.sentInfo(oid);
    return info?.type === 'blob' && !this.#mustRead(info) ? { size: info.size } : undefined;
  }

  #isFirst(note: string): boolean {
    if (this.#judged.has(note)) return false;
    if (this.#judged.size < MAX_NOTES) this.#judged.add(note);
    return true;
  }

  async #readForeign(places: readonly Place[], info: (oid: Oid) => Promise<ObjectInfo | undefined>): Promise<Place[]> {
    const absent: Place[] = [];
    await forEachAtOnce(places, async (place) => {
      const found = await info(place.oid);
      if (found === undefined) absent.push(place);
      else await this.#inspectBlob(place, found, false);
    });
    return absent;
  }

  /** Blobs of which we cannot say that trusted history holds them: the upstream must at least have them. */
  async #fetchForeign(places: readonly Place[]): Promise<void> {
    if (places.length > this.#limits.maxForeignObjects) {
      throw overLimit('introduced objects that the push does not bring', this.#limits.maxForeignObjects);
    }
    for (const batch of growingBatches(places)) {
      this.#source.countFetch();
      const lacking = await this.#request.ensureObjects(batch.map((place) => place.oid));
      const missing = batch.find((place) => lacking.has(place.oid));
      if (missing !== undefined) throw missingObject(missing.oid, 'a blob that neither the push nor the upstream has');
    }
    await this.#readForeign(places, (oid) => this.#source.info(oid));
    for (const { oid, commit, path } of places) {
      this.#findings.add({
        rule: 'unreferenced-upstream-object',
        severity: 'medium',
        text: `names object ${oid}, which the push did not bring and no known tree of the upstream holds`,
        ...(commit && { commit }),
        path,
      });
    }
  }

  /** Whether a sent blob's content says something that its size does not. */
  #mustRead({ size }: ObjectInfo): boolean {
    return size < LFS_POINTER_BYTES || (this.#request.wantBinary && size <= MAX_PROBED_BYTES);
  }

  #checkBlob({ oid }: Place, { type, size }: ObjectInfo, sent: boolean): void {
    if (type !== 'blob') throw wrongType(oid, 'blob', type);
    if (sent && size > this.#limits.maxObjectBytes) throw overLimit(`bytes in ${oid}`, this.#limits.maxObjectBytes);
  }

  async #inspectBlob(place: Place, info: ObjectInfo, sent: boolean): Promise<void> {
    this.#checkBlob(place, info, sent);
    const { oid, commit, path } = place;
    const { size } = info;
    const isSmall = sent && size < LFS_POINTER_BYTES; // whatever its mode here: elsewhere it may be a file
    const isProbed = this.#request.wantBinary && size <= MAX_PROBED_BYTES;
    if (!isSmall && !isProbed) {
      this.#facts.set(oid, { size });
      return;
    }
    const content = await this.#source.readBlob(oid, size);
    if (content === undefined) throw missingObject(oid, 'it was here a moment ago');
    this.#facts.set(oid, isProbed ? { size, binary: content.subarray(0, BINARY_PROBE).includes(0) } : { size });
    const pointer = isSmall ? lfsPointer(content) : undefined;
    if (pointer === undefined) return;
    this.#findings.add({
      rule: 'lfs-pointer',
      severity: 'low',
      text: `not inspected: LFS object ${pointer}`,
      ...(commit && { commit }),
      path,
    });
  }
}

// Names already reported are remembered only up to here; past it a finding may be counted twice.
const MAX_NOTES = 10_000;

/** One first, then more: a batch the upstream must refuse costs it (and us) a search for the culprit. */
function growingBatches<T>(items: readonly T[]): (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let at = 0, size = 1; at < items.length; size = Math.min(512, size * 4)) {
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Added names that fold to the name of another entry, each with that other name. */
function foldedTwins(content: Buffer, added: readonly string[], format: ObjectFormat): [string, string][] {
  const wanted = new Set(added.map(foldName));
  const lengths = new Set(Array.from(wanted, (folded) => folded.length));
  const first = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const cursor = new TreeCursor(content, format); !cursor.done; cursor.next()) {
    // A plain name folds to one of its own length: most entries of a large directory need no string.
    if (isPlainName(cursor) && !lengths.has(cursor.nameEnd - cursor.nameStart)) continue;
    const name = cursor.name();
    const folded = foldName(name);
    if (!wanted.has(folded)) continue;
    const before = first.get(folded);
    const group = groups.get(folded);
    if (group !== undefined) group.push(name);
    else if (before !== undefined) groups.set(folded, [before, name]);
    else first.set(folded, name);
  }
  if (groups.size === 0) return [];
  const twins: [string, string][] = [];
  for (const name of added) {
    const names = groups.get(foldName(name));
    if (names !== undefined) twins.push([name, names.find((other) => other !== name) ?? name]);
  }
  return twins;
}

function isPlainName(cursor: TreeCursor): boolean {
  const { content, nameStart, nameEnd } = cursor;
  for (let at = nameStart; at < nameEnd; at++) {
    const byte = content[at] as number;
    if (byte <= 0x20 || byte >= 0x7f || byte === 0x3a || byte === 0x5c) return false;
  }
  return content[nameEnd - 1] !== 0x2e;
}

/** `sha256:… (n bytes)` of a git-lfs pointer, a sloppy one included. */
function lfsPointer(content: Buffer): string | undefined {
  const text = content.toString('latin1');
  if (!/^version https?:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\//.test(text)) return undefined;
  const oid = /\noid sha256:([0-9a-f]{64})/i.exec(text)?.[1];
  const size = /\nsize ([0-9]{1,19})/.exec(text)?.[1];
  return oid === undefined ? 'with no readable id' : `sha256:${oid}${size === undefined ? '' : ` (${size} bytes)`}`;
}
