// The secrets that a push introduces, each where it stands: on a line that some new commit adds (also when a later one
// takes it away again), in a message, a name, an option. Not what stood there before, nor a file that only moved.
import type { Oid } from '../../../protocol/oid.ts';
import type { Finding } from '../../push/finding.ts';
import { FindingList } from '../../push/finding-list.ts';
import { firstPaths, type Place, placesOf } from './blob-places.ts';
import { EarlierLines } from './earlier-lines.ts';
import { scanLooseTexts } from './loose-texts.ts';
import type { Scanned, SecretSearch } from './search.ts';
import { missedFinding, secretFinding } from './secret-finding.ts';
import { SecretList } from './secret-list.ts';
import { scanSent, scanUnsent } from './sent-objects.ts';

/** A blob at more places is judged at these; at the others its secrets count. */
const MAX_JUDGED_PLACES = 1_000;

/** Findings with masked values. Rejects when anything could not be scanned, or in time: callers refuse then. */
export async function findSecrets(search: SecretSearch): Promise<readonly Finding[]> {
  return new Finder(search).run();
}

class Finder {
  readonly #search: SecretSearch;
  readonly #earlier: EarlierLines;
  readonly #secrets: SecretList;
  readonly #missed = new FindingList();

  constructor(search: SecretSearch) {
    this.#search = search;
    this.#secrets = new SecretList(search.isIgnored);
    this.#earlier = new EarlierLines(search);
  }

  async run(): Promise<readonly Finding[]> {
    const { inspected } = this.#search;
    const paths = firstPaths(inspected);
    const [sent, unsent, loose] = await Promise.all([
      scanSent(this.#search, paths),
      scanUnsent(unsentOids(this.#search), paths, this.#search),
      scanLooseTexts(this.#search),
    ]);
    for (const finding of loose) this.#secrets.add(finding);
    const found = new Map([...unsent, ...sent]);
    const messages = new Set([...inspected.commits, ...inspected.tags].map(({ oid }) => oid));
    const contents = new Map([...found].filter(([oid]) => !messages.has(oid)));
    for (const [oid, scanned] of found) if (messages.has(oid)) await this.#judgeMessage(oid, scanned);
    if (contents.size > 0) await this.#judgeContents(contents);
    return [...this.#secrets.list(inspected.commits), ...this.#missed.list()];
  }

  /** Commits and tags are new as such. Lines are counted from the message on, as people see it. */
  async #judgeMessage(oid: Oid, { scan }: Scanned): Promise<void> {
    const isTag = this.#search.inspected.tags.some((tag) => tag.oid === oid);
    const where = isTag ? 'tag' : 'commit';
    const object = await this.#search.reader.read(oid);
    if (object === undefined) throw new Error(`object ${oid} cannot be read again`);
    const headerLines = countLines(object.content, object.content.indexOf('\n\n') + 2);
    for (const found of scan.findings) {
      const { line = 0, column = 1, ...finding } = secretFinding(found);
      const position = line > headerLines ? { line: line - headerLines, column } : {};
      this.#secrets.add({ ...finding, commit: oid, where, ...position });
    }
    for (const thing of scan.notInspected) this.#missed.add({ ...missedFinding(thing), commit: oid, where });
  }

  async #judgeContents(contents: ReadonlyMap<Oid, Scanned>): Promise<void> {
    const { inspected } = this.#search;
    const places = placesOf(new Set(contents.keys()), inspected);
    const known = await inspected.introduced.known(maybeKnown(contents, places, this.#search));
    const olds = [...places.values()].flatMap((list) =>
      list.slice(0, MAX_JUDGED_PLACES).flatMap((place) => place.olds),
    );
    await this.#earlier.fetch(new Set(olds));
    for (const [oid, scanned] of contents) {
      const list = places.get(oid);
      // What the base of the push has is no news under any name.
      if (known.has(oid)) continue;
      if (list === undefined) await this.#judgeUnplaced(oid, scanned);
      else await this.#judgeBlob(oid, scanned, list);
    }
  }

  async #judgeBlob(oid: Oid, scanned: Scanned, places: readonly Place[]): Promise<void> {
    const { findings, notInspected } = scanned.scan;
    for (const [at, place] of places.entries()) {
      const isJudged = at < MAX_JUDGED_PLACES && place.olds.length > 0;
      const added = isJudged ? await this.#earlier.newIn(oid, scanned, place.olds) : findings;
      for (const found of added) this.#secrets.add({ ...secretFinding(found), ...spot(found.path, scanned, place) });
      if (at > 0) continue;
      for (const thing of notInspected) {
        this.#missed.add({ ...missedFinding(thing), ...spot(thing.path, scanned, place) });
      }
    }
  }

  /** A sent object that no pushed ref reaches. One that the upstream has all the same brings nothing. */
  async #judgeUnplaced(oid: Oid, { scan }: Scanned): Promise<void> {
    if ((await this.#search.mirror.info(oid)) !== undefined) return;
    for (const found of scan.findings) this.#secrets.add({ ...secretFinding(found), where: 'object' });
    for (const thing of scan.notInspected) this.#missed.add({ ...missedFinding(thing), where: 'object' });
  }
}

/** Blobs with secrets that the base may have: all but those sent for a path that was there, as git sends new ones. */
function maybeKnown(
  contents: ReadonlyMap<Oid, Scanned>,
  places: ReadonlyMap<Oid, readonly Place[]>,
  search: SecretSearch,
): ReadonlySet<Oid> {
  const isAsked = (oid: Oid) => !isSent(oid, search) || (places.get(oid)?.some(({ isNewPath }) => isNewPath) ?? true);
  const asked = [...contents].filter(([oid, { scan }]) => scan.findings.length > 0 && isAsked(oid));
  return new Set(asked.map(([oid]) => oid));
}

function isSent(oid: Oid, { sent }: SecretSearch): boolean {
  const position = sent?.find(oid) ?? -1;
  return position >= 0 && sent?.isSent(position) === true;
}

function unsentOids(search: SecretSearch): readonly Oid[] {
  const { inspected, upstreamTips } = search;
  const texts = [...inspected.commits, ...inspected.tags].map(({ oid }) => oid);
  const isNew = (oid: Oid) => !isSent(oid, search) && !upstreamTips.has(oid);
  return [...new Set([...texts.filter(isNew), ...inspected.introduced.foreign.map(({ oid }) => oid)])];
}

/** This place's path, with the way into an archive that a scan under another path has found. */
function spot(found: string, scanned: Scanned, { commit, path }: Place): Pick<Finding, 'commit' | 'path'> {
  return { ...(commit !== undefined && { commit }), path: path + found.slice(scanned.path.length) };
}

function countLines(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) if (bytes[at] === 0x0a) count += 1;
  return count;
}
