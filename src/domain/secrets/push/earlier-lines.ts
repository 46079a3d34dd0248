// Whether the lines of a finding were in the file before. Old versions are read only for blobs with findings, each once,
// and what cannot be read in bounds was not there: then the finding counts.
import type { Oid } from '../../../protocol/oid.ts';
import type { SecretFinding } from '../secret-scanner.ts';
import type { Scanned, SecretSearch } from './search.ts';

const MAX_OLD_BLOBS = 2_000;
const MAX_BYTES = 64 * 1024 * 1024;
const LF = 0x0a;
const CR = 0x0d;

export class EarlierLines {
  readonly #search: SecretSearch;
  readonly #readable = new Set<Oid>();
  /** A blob may stand at many places: it is read once for all of them. */
  #now: { readonly oid: Oid; readonly bytes: Buffer | undefined } | undefined;

  constructor(search: SecretSearch) {
    this.#search = search;
  }

  /** Sees to it that these versions can be read, as far as bounds allow. Rejects when the upstream does not answer. */
  async fetch(olds: ReadonlySet<Oid>): Promise<void> {
    const wanted = [...olds].slice(0, MAX_OLD_BLOBS);
    const { reader, ensureObjects } = this.#search;
    const infos = await Promise.all(wanted.map((oid) => reader.info(oid)));
    const absent = wanted.filter((_, at) => infos[at] === undefined);
    const lacking = absent.length === 0 ? new Set<Oid>() : await ensureObjects(absent);
    for (const oid of wanted) if (!lacking.has(oid)) this.#readable.add(oid);
  }

  /** Those of the findings in a blob whose lines stand in none of `olds`. */
  async newIn(blob: Oid, { scan, path }: Scanned, olds: readonly Oid[]): Promise<readonly SecretFinding[]> {
    let left = scan.findings;
    if (this.#now?.oid !== blob) this.#now = { oid: blob, bytes: await this.#read(blob) };
    const now = this.#now.bytes;
    for (const old of olds) {
      if (left.length === 0) break;
      const before = this.#readable.has(old) ? await this.#read(old) : undefined;
      if (before === undefined) continue;
      const wasThere = await this.#judge(now, before, left, path);
      left = left.filter((finding) => !wasThere.has(finding));
    }
    return left;
  }

  async #judge(
    now: Buffer | undefined,
    before: Buffer,
    findings: readonly SecretFinding[],
    path: string,
  ): Promise<ReadonlySet<SecretFinding>> {
    const known = new Map<string, boolean>();
    const found = new Set<SecretFinding>();
    for (const finding of findings) {
      const { lines } = finding;
      if (lines === undefined || now === undefined) continue;
      const key = `${lines.start}-${lines.end}`;
      const isThere = known.get(key) ?? hasLines(before, now.subarray(lines.start, lines.end));
      known.set(key, isThere);
      if (isThere) found.add(finding);
    }
    const inside = findings.filter(({ lines }) => lines === undefined);
    if (inside.length > 0) for (const finding of await this.#inside(inside, before, path)) found.add(finding);
    return found;
  }

  /** In archives there are no lines to compare: the same value in the same member is the same secret. */
  async #inside(findings: readonly SecretFinding[], before: Buffer, path: string): Promise<readonly SecretFinding[]> {
    const { scanner, signal } = this.#search;
    const [scan] = await scanner.scanObjects([{ bytes: before, path }], signal);
    const keyOf = (finding: SecretFinding) => `${finding.path} ${finding.rule} ${finding.fingerprint}`;
    const old = new Set(scan?.findings.map(keyOf));
    return findings.filter((finding) => old.has(keyOf(finding)));
  }

  async #read(oid: Oid): Promise<Buffer | undefined> {
    const { reader, signal } = this.#search;
    signal.throwIfAborted();
    const info = await reader.info(oid);
    if (info === undefined || info.size > MAX_BYTES) return undefined;
    return (await reader.read(oid, MAX_BYTES))?.content;
  }
}

/** Whether these whole lines stand in `text` one after the other; how the last one ends is not compared. */
export function hasLines(text: Buffer, lines: Buffer): boolean {
  const wanted = lines.at(-1) === CR ? lines.subarray(0, -1) : lines;
  if (wanted.length === 0) return false;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if ((at === 0 || text[at - 1] === LF) && endsLine(text, at + wanted.length)) return true;
  }
  return false;
}

function endsLine(text: Buffer, at: number): boolean {
  return at >= text.length || text[at] === LF || (text[at] === CR && (at + 1 >= text.length || text[at + 1] === LF));
}
