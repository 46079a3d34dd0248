// The objects an inspection reads: where they come from, which of the sent ones it has seen, and the bounds on both.
// Marks are kept by position in the pack, not by id: a push of a hundred thousand objects costs a hundred kilobytes.
import { parseCommit } from '../../protocol/object.ts';
import type { Oid } from '../../protocol/oid.ts';
import type { GitObject, ObjectInfo, ObjectReader, ObjectType } from '../ports.ts';
import {
  type InspectLimits,
  type InspectRequest,
  inObject,
  missingObject,
  overLimit,
  type PackView,
  Refusal,
} from './inspection.ts';

// Nearly every commit and tree is smaller. Larger ones are read again, few at a time, so that a pack full of huge
// trees (they compress well) cannot fill the memory.
const SMALL_OBJECT = 256 * 1024;
const LARGE_AT_ONCE = 2;
const TREE_CACHE_BYTES = 8 * 1024 * 1024;
const NOT_GIVEN = 'the upstream has it and did not give it';
const READ_AHEAD_BYTES = 32 * 1024;
const AT_ONCE = 256;
const MANY_OBJECTS = 1_000;

const MARKS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

const TYPES: readonly ObjectType[] = ['commit', 'tree', 'blob', 'tag'];

const EMPTY_PACK: PackView = { count: 0, find: () => -1, oidAt: () => '', isSent: () => false };

export class ObjectSource {
  readonly sent: PackView;
  readonly #request: InspectRequest;
  readonly #limits: InspectLimits;
  readonly #visited: Uint8Array;
  readonly #trees = new Map<Oid, Buffer>();
  readonly #treesUnderWay = new Map<Oid, Promise<Buffer>>();
  readonly #emptyTree: Oid;
  #treeBytes = 0;
  #large = 0;
  #largeWaiting: (() => void)[] = [];
  #fetches = 0;
  #ensuring: { readonly oids: Set<Oid>; readonly lacking: Promise<ReadonlySet<Oid>> } | undefined;
  #textBytes = 0;
  #infos: ((position: number) => ObjectInfo | undefined) | undefined;

  constructor(request: InspectRequest, limits: InspectLimits) {
    this.#request = request;
    this.#limits = limits;
    this.sent = request.sent ?? EMPTY_PACK;
    if (this.sent.count > limits.maxObjects) throw overLimit('objects in the pack', limits.maxObjects);
    this.#visited = new Uint8Array(this.sent.count);
    // git knows the empty tree without having it (object-file.c, cached objects).
    this.#emptyTree = request.objectFormat === 'sha1' ? EMPTY_TREE_SHA1 : EMPTY_TREE_SHA256;
  }

  get reader(): ObjectReader {
    return this.#request.reader;
  }

  /** Position in the pack of an object the client sent, or -1. */
  sentPosition(oid: Oid): number {
    const position = this.sent.find(oid);
    return position >= 0 && this.sent.isSent(position) ? position : -1;
  }

  /** Notes that the inspection has reached an object, as what it is named: true for a sent one, the first time. */
  visit(oid: Oid, type: ObjectType): boolean {
    const position = this.sentPosition(oid);
    if (position < 0) return false;
    const mark = MARKS[type];
    const before = this.#visited[position];
    // One object in two roles: only one of them can be looked at as what it is.
    if (before !== 0 && before !== mark) throw new Refusal('malformed-object', `object ${oid} is named as two types`);
    this.#visited[position] = mark;
    return before === 0;
  }

  isVisited(position: number): boolean {
    return this.#visited[position] !== 0;
  }

  /** As what a sent object was reached; undefined when it was not. */
  visitedAs(position: number): ObjectType | undefined {
    const mark = this.#visited[position];
    return TYPES.find((type) => MARKS[type] === mark);
  }

  /** Counts what will be kept in memory and stored with the push. */
  keepText(length: number): void {
    this.#textBytes += length;
    if (this.#textBytes > this.#limits.maxTextBytes) {
      throw overLimit('bytes of commits, tags and paths', this.#limits.maxTextBytes);
    }
  }

  /** A commit or tag; undefined when it is not here. */
  async readText(oid: Oid, type: 'commit' | 'tag'): Promise<Buffer | undefined> {
    const object = await this.#read(oid, this.#limits.maxCommitBytes);
    if (object === undefined) return undefined;
    if (object.type !== type) throw wrongType(oid, type, object.type);
    return object.content;
  }

  /** The content of an object that may be a commit; undefined when it is none, or not a small one. */
  async readIfCommit(oid: Oid): Promise<Buffer | undefined> {
    try {
      const object = await this.#request.reader.read(oid, Math.min(READ_AHEAD_BYTES, this.#limits.maxCommitBytes));
      return object?.type === 'commit' ? object.content : undefined;
    } catch (error) {
      if (isTooLarge(error)) return undefined;
      throw error;
    }
  }

  /** A tree, if it is here. */
  async readTreeIfHere(oid: Oid): Promise<Buffer | undefined> {
    if (oid === this.#emptyTree) return Buffer.alloc(0);
    const object = this.#trees.get(oid) ?? (await this.#read(oid, this.#limits.maxTreeBytes));
    if (object === undefined || Buffer.isBuffer(object)) return object;
    return object.type === 'tree' ? object.content : undefined;
  }

  /** A tree, from wherever it can be had. */
  async readTree(oid: Oid): Promise<Buffer> {
    const cached = this.#trees.get(oid);
    if (cached !== undefined) {
      this.#trees.delete(oid);
      this.#trees.set(oid, cached);
      return cached;
    }
    const underWay = this.#treesUnderWay.get(oid);
    if (underWay !== undefined) return underWay;
    const reading = this.#loadTree(oid);
    this.#treesUnderWay.set(oid, reading);
    try {
      const content = await reading;
      this.#cache(oid, content);
      return content;
    } finally {
      this.#treesUnderWay.delete(oid);
    }
  }

  /** The reader's word on an object, where the push did not send it the mirror's. */
  info(oid: Oid): Promise<ObjectInfo | undefined> {
    return this.#request.reader.info(oid);
  }

  /** Learns about all sent objects at once, when there are so many that asking for each would take long. */
  async listSent(): Promise<void> {
    if (this.sent.count >= MANY_OBJECTS && this.sent.infos !== undefined) this.#infos ??= await this.sent.infos();
  }

  /** What is known of a sent object without asking: after listSent(), if it was worth it. */
  sentInfo(oid: Oid): ObjectInfo | undefined {
    if (this.#infos === undefined) return undefined;
    const position = this.sentPosition(oid);
    return position < 0 ? undefined : this.#infos(position);
  }

  /** As info(), of an object that must be there: here, or with the upstream. */
  async infoOf(oid: Oid, needed: string): Promise<ObjectInfo> {
    const info = await this.info(oid);
    if (info !== undefined) return info;
    await this.require([oid], needed);
    const fetched = await this.info(oid);
    if (fetched === undefined) throw missingObject(oid, NOT_GIVEN);
    return fetched;
  }

  /** The root tree of a commit; undefined when either is not here. */
  async rootTreeIfHere(oid: Oid): Promise<Oid | undefined> {
    const content = await this.readText(oid, 'commit');
    if (content === undefined) return undefined;
    const { tree } = inObject(oid, () => parseCommit(content, this.#request.objectFormat));
    return tree === this.#emptyTree || (await this.info(tree)) !== undefined ? tree : undefined;
  }

  /** The root tree of a commit that must be there. */
  async rootTree(oid: Oid): Promise<Oid> {
    let tree = await this.rootTreeIfHere(oid);
    if (tree !== undefined) return tree;
    if ((await this.ensure([oid])).has(oid)) throw missingObject(oid, 'neither the push nor the upstream has it');
    tree = await this.rootTreeIfHere(oid);
    if (tree === undefined) throw missingObject(oid, NOT_GIVEN);
    return tree;
  }

  /** Contents of a blob whose size is known to be small enough. */
  async readBlob(oid: Oid, size: number): Promise<Buffer | undefined> {
    const read = () => this.#request.reader.read(oid, size);
    const object = size <= SMALL_OBJECT ? await read() : await this.#fewAtOnce(read);
    return object?.content;
  }

  /** Makes upstream objects readable; answers those it does not have. Calls under way at once share a request. */
  async ensure(oids: readonly Oid[]): Promise<ReadonlySet<Oid>> {
    if (oids.length === 0) return new Set();
    let batch = this.#ensuring;
    if (batch === undefined) {
      const wanted = new Set<Oid>();
      batch = { oids: wanted, lacking: this.#ensureSoon(wanted) };
      this.#ensuring = batch;
    }
    for (const oid of oids) batch.oids.add(oid);
    const lacking = await batch.lacking;
    return new Set(oids.filter((oid) => lacking.has(oid)));
  }

  /** Sees to it that objects are here; the push is refused when the upstream lacks one. */
  async require(oids: Iterable<Oid>, needed: string): Promise<void> {
    const absent: Oid[] = [];
    await forEachAtOnce(oids, async (oid) => {
      if ((await this.info(oid)) === undefined) absent.push(oid);
    });
    const [lacking] = await this.ensure(absent.toSorted());
    if (lacking !== undefined) throw missingObject(lacking, needed);
  }

  /** Counts a request to the upstream: a push must not be able to make us hammer it. */
  countFetch(): void {
    this.#fetches += 1;
    if (this.#fetches > this.#limits.maxFetches) {
      throw overLimit('requests to the upstream for one push', this.#limits.maxFetches);
    }
  }

  async #ensureSoon(wanted: ReadonlySet<Oid>): Promise<ReadonlySet<Oid>> {
    await this.#lastEnsure; // one at a time: what is asked for meanwhile goes together
    await new Promise<void>((resume) => setImmediate(resume));
    this.#ensuring = undefined;
    this.countFetch();
    const asked = this.#request.ensure([...wanted]);
    this.#lastEnsure = asked.catch(() => undefined);
    return asked;
  }
  #lastEnsure: Promise<unknown> = Promise.resolve();

  async #loadTree(oid: Oid): Promise<Buffer> {
    if (oid === this.#emptyTree) return Buffer.alloc(0);
    let object = await this.#read(oid, this.#limits.maxTreeBytes);
    if (object === undefined) {
      if (this.sentPosition(oid) >= 0) throw missingObject(oid, 'a sent tree cannot be read');
      const lacking = await this.ensure([oid]);
      if (!lacking.has(oid)) object = await this.#read(oid, this.#limits.maxTreeBytes);
    }
    if (object === undefined) throw missingObject(oid, 'a tree that neither the push nor the upstream has');
    if (object.type !== 'tree') throw wrongType(oid, 'tree', object.type);
    return object.content;
  }

  #cache(oid: Oid, content: Buffer): void {
    if (content.length > SMALL_OBJECT) return;
    this.#trees.set(oid, content);
    this.#treeBytes += content.length;
    for (const [oldest, old] of this.#trees) {
      if (this.#treeBytes <= TREE_CACHE_BYTES) break;
      this.#trees.delete(oldest);
      this.#treeBytes -= old.length;
    }
  }

  async #read(oid: Oid, maxBytes: number): Promise<GitObject | undefined> {
    try {
      return await this.#request.reader.read(oid, Math.min(SMALL_OBJECT, maxBytes));
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (maxBytes <= SMALL_OBJECT) throw overLimit(`bytes in object ${oid}`, maxBytes);
    }
    try {
      return await this.#fewAtOnce(() => this.#request.reader.read(oid, maxBytes));
    } catch (error) {
      throw isTooLarge(error) ? overLimit(`bytes in object ${oid}`, maxBytes) : error;
    }
  }

  async #fewAtOnce<T>(work: () => Promise<T>): Promise<T> {
    if (this.#large >= LARGE_AT_ONCE) await new Promise<void>((resume) => this.#largeWaiting.push(resume));
    else this.#large += 1;
    try {
      return await work();
    } finally {
      const next = this.#largeWaiting.shift();
      if (next === undefined) this.#large -= 1;
      else next(); // hands its place on
    }
  }
}

/** Runs `work` for every item, enough of them at once to keep the reader busy. */
export async function forEachAtOnce<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  let batch: Promise<void>[] = [];
  for (const item of items) {
    batch.push(work(item));
    if (batch.length < AT_ONCE) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
}

export function wrongType(oid: Oid, wanted: ObjectType, found: ObjectType): Refusal {
  return new Refusal('malformed-object', `object ${oid} is named as a ${wanted} and is a ${found}`);
}

// The class is the adapter's; its code is what the port promises.
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'object-too-large';
}

const EMPTY_TREE_SHA1 = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const EMPTY_TREE_SHA256 = '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321';
