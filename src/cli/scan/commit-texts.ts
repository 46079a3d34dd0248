// What is told about commits: who wrote them, and on which line of the message something was found.
import type { CatFile } from '../../adapters/git/cat-file.ts';
import type { SecretFinding } from '../../domain/secrets/secret-scanner.ts';
import { parseCommit } from '../../protocol/object.ts';
import type { CommitFacts } from './run.ts';

const MAX_KNOWN = 1000;
const LF = 0x0a;

export class CommitTexts {
  readonly #reader: CatFile;
  /** Names, addresses and messages are left out where a secret was found among them. */
  readonly #withSecret = new Set<string>();
  readonly #known = new Map<string, CommitFacts>();

  constructor(reader: CatFile) {
    this.#reader = reader;
  }

  async factsOf(commit: string): Promise<CommitFacts> {
    const known = this.#known.get(commit);
    if (known !== undefined) return known;
    const facts = this.#withSecret.has(commit) ? { commit } : await this.#read(commit);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(commit, facts);
    return facts;
  }

  /** The finding in a commit object, as in its message; what is in its header is told of the header. */
  async inMessage(commit: string, finding: SecretFinding): Promise<{ finding: SecretFinding; file: string }> {
    this.#withSecret.add(commit);
    this.#known.delete(commit);
    const content = (await this.#reader.read(commit))?.content ?? Buffer.alloc(0);
    const header = headerLines(content);
    if (finding.line <= header) return { finding, file: 'commit header' };
    const moved = { line: finding.line - header, endLine: finding.endLine - header };
    return { finding: { ...finding, ...moved }, file: 'commit message' };
  }

  async #read(commit: string): Promise<CommitFacts> {
    const object = await this.#reader.read(commit);
    if (object === undefined) return { commit };
    const { author, message } = parseCommit(object.content, commit.length === 40 ? 'sha1' : 'sha256');
    const date = author.time === undefined ? '' : isoTime(author.time);
    return { commit, author: author.name, email: author.email, date, message: message.trimEnd() };
  }
}

/** Lines up to and with the empty one. */
function headerLines(content: Buffer): number {
  const end = content.indexOf('\n\n');
  let count = 1;
  for (let at = content.indexOf(LF); at >= 0 && at <= end; at = content.indexOf(LF, at + 1)) count += 1;
  return end < 0 ? Number.POSITIVE_INFINITY : count;
}

function isoTime(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString().replace('.000Z', 'Z');
}
