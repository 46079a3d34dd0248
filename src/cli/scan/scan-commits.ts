// What the commits of a range introduce: each blob once, under the commit and path where it first appeared, the messages,
// and the names of new files. What a blob has from the one it replaces was introduced by somebody else.
import { openCatFile } from '../../adapters/git/cat-file.ts';
import { type RangeChange, RevisionError, rangeChanges } from '../../adapters/git/range-changes.ts';
import type {
  ObjectPlace,
  ObjectScan,
  SecretFinding,
  SecretScanner,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';
import { UsageError } from '../terminal.ts';
import { CommitTexts } from './commit-texts.ts';
import { type Name, scanNames, shownPath } from './names.ts';
import type { ScanRun } from './run.ts';
import { scanWanted } from './scan-wanted.ts';

/** Commits and blobs that are looked into together: bounds what is in memory, and what order must wait for. */
const CHUNK = 4000;

type Blob = Extract<RangeChange, { kind: 'blob' }>;

export async function scanCommits(
  scanner: SecretScanner,
  place: ObjectPlace,
  revisions: readonly string[],
  run: ScanRun,
): Promise<void> {
  const reader = openCatFile(place);
  const visit = new Visit(scanner, place, run, new CommitTexts(reader));
  try {
    for await (const change of rangeChanges(place, revisions)) await visit.take(change);
    await visit.flush();
  } catch (error) {
    if (error instanceof RevisionError) throw new UsageError(`--rev-range: ${error.message}`);
    throw error;
  } finally {
    reader.close();
  }
}

class Visit {
  readonly #scanner: SecretScanner;
  readonly #place: ObjectPlace;
  readonly #run: ScanRun;
  readonly #commits: CommitTexts;
  /** Blobs of all chunks, 20 or 32 characters each. */
  readonly #seen = new Set<string>();
  #chunk: RangeChange[] = [];

  constructor(scanner: SecretScanner, place: ObjectPlace, run: ScanRun, commits: CommitTexts) {
    this.#scanner = scanner;
    this.#place = place;
    this.#run = run;
    this.#commits = commits;
  }

  async take(change: RangeChange): Promise<void> {
    if (change.kind === 'blob') {
      const key = Buffer.from(change.oid, 'hex').toString('latin1');
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    this.#chunk.push(change);
    if (this.#chunk.length >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = [];
    if (chunk.length === 0) return;
    const scans = await this.#scan(chunk.map(wantedOf));
    // Messages first: where one holds a secret, nothing of it is told with other findings either.
    for (const [index, scan] of scans) await this.#tellCommit(chunk[index], scan);
    const blobs = chunk.filter((change) => change.kind === 'blob');
    const names = await scanNames(
      this.#scanner,
      blobs.map(({ path }) => path),
    );
    const nameOf = new Map(blobs.map((blob, at) => [blob, names[at] as Name]));
    const earlier = await this.#earlier(chunk, scans);
    for (const [index, change] of chunk.entries()) {
      if (change.kind === 'blob') await this.#tellBlob(change, nameOf.get(change) as Name, scans.get(index), earlier);
    }
  }

  async #scan(wanted: readonly WantedObject[]): Promise<Map<number, ObjectScan>> {
    const [before, bytesBefore] = [this.#run.done, this.#run.bytes];
    return scanWanted(this.#scanner, this.#place, wanted, (objects, bytes) =>
      this.#run.advance(before + objects - this.#run.done, bytesBefore + bytes - this.#run.bytes),
    );
  }

  async #tellCommit(change: RangeChange | undefined, scan: ObjectScan): Promise<void> {
    if (change?.kind !== 'commit') return;
    const { commit } = change;
    for (const found of scan.findings) {
      const { finding, file } = await this.#commits.inMessage(commit, found);
      this.#run.add(finding, file, await this.#commits.factsOf(commit));
    }
    for (const thing of scan.notInspected) this.#run.miss(thing, 'commit message');
  }

  async #tellBlob(blob: Blob, name: Name, scan: ObjectScan | undefined, earlier: Earlier): Promise<void> {
    const { path, commit } = blob;
    const inName = blob.replaces.length > 0 ? [] : name.findings;
    if (scan === undefined && inName.length === 0) return;
    const facts = await this.#commits.factsOf(commit);
    for (const finding of inName)
      this.#run.add({ ...finding, line: 0, column: 0, endLine: 0, endColumn: 0 }, name.shown, facts);
    const findings = scan === undefined ? [] : earlier.without(blob, scan.findings);
    for (const finding of findings) this.#run.add(finding, shownPath(finding, path, name.shown), facts);
    for (const thing of scan?.notInspected ?? []) this.#run.miss(thing, shownPath(thing, path, name.shown));
  }

  /** Of the blobs that were replaced by those with findings. */
  async #earlier(chunk: readonly RangeChange[], scans: ReadonlyMap<number, ObjectScan>): Promise<Earlier> {
    const wanted = chunk.flatMap((change, index) => {
      const hasFindings = change.kind === 'blob' && (scans.get(index)?.findings.length ?? 0) > 0;
      return hasFindings ? change.replaces.map((oid) => ({ oid, path: change.path, commit: change.commit })) : [];
    });
    const earlier = await scanWanted(this.#scanner, this.#place, wanted, () => {});
    return new Earlier(wanted, earlier);
  }
}

function wantedOf(change: RangeChange): WantedObject {
  if (change.kind === 'commit') return { oid: change.commit, commit: change.commit };
  return { oid: change.oid, path: change.path, commit: change.commit };
}

class Earlier {
  readonly #findings = new Map<string, readonly SecretFinding[]>();

  constructor(wanted: readonly WantedObject[], scans: ReadonlyMap<number, ObjectScan>) {
    for (const [index, { findings }] of scans) {
      const { oid, path } = wanted[index] as WantedObject;
      this.#findings.set(`${oid} ${path}`, findings);
    }
  }

  /** Those that there were not as often in any of the blobs that this one replaces. */
  without({ replaces, path }: Blob, findings: readonly SecretFinding[]): readonly SecretFinding[] {
    const before = replaces.map((oid) => countsOf(this.#findings.get(`${oid} ${path}`) ?? []));
    return findings.filter((finding) => {
      const key = keyOf(finding);
      const wasThere = before.filter((counts) => (counts.get(key) ?? 0) > 0);
      for (const counts of wasThere) counts.set(key, (counts.get(key) ?? 0) - 1);
      return wasThere.length === 0;
    });
  }
}

function countsOf(findings: readonly SecretFinding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
  return counts;
}

function keyOf({ rule, fingerprint }: SecretFinding): string {
  return `${rule} ${fingerprint}`;
}
