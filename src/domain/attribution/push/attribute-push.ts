// Who or what wrote the lines of a push: everything that speaks for anybody, put together. Reads objects and what we have
// recorded, and asks nobody else.
import { isZeroOid, type ObjectFormat, type Oid } from '../../../protocol/oid.ts';
import type { AttributionStore, ObjectReader, SessionStore, SignatureVerifier } from '../../ports.ts';
import type { PrincipalKind } from '../../principal.ts';
import type { Finding } from '../../push/finding.ts';
import { FindingList } from '../../push/finding-list.ts';
import type { CommitFacts, UpdateFacts } from '../../push/inputs.ts';
import type { AddedFile } from '../added-file.ts';
import { RULE_SET } from '../agents/all.ts';
import { enrolledAgent } from '../agents/enrolled.ts';
import type { CommitAttribution, PushAttribution } from '../attribution.ts';
import { type CarriedRow, rowKeys } from '../carry/carried-row.ts';
import { carryOver } from '../carry/carry-over.ts';
import { remember } from '../carry/remember.ts';
import type { CommitOfPush } from '../combine/combine-commit.ts';
import { combinePush } from '../combine/combine-push.ts';
import { contradictions } from '../combine/contradictions.ts';
import { sensitivePathFindings } from '../combine/sensitive-paths.ts';
import type { Evidence } from '../evidence.ts';
import { lineHash } from '../lines/line-hash.ts';
import { normaliseLine } from '../lines/normalise.ts';
import { textOf, wantedHashes } from '../matching/index-hashes.ts';
import { recordedEvidence } from '../matching/recorded-evidence.ts';
import { noteEvidence } from '../notes/check-note.ts';
import { commitOfNotePath } from '../notes/notes-tree.ts';
import { readBranch } from '../readers/branch-name.ts';
import type { SignatureVerdict } from '../readers/commit-signature.ts';
import { commitKind } from '../readers/commit-to-read.ts';
import { agentSignOffs } from '../readers/message.ts';
import { readPrincipal } from '../readers/pushing-principal.ts';
import { readCommit } from '../readers/read-commit.ts';
import { readSessionClaim } from '../readers/session-claim.ts';
import { hookEvidence } from '../sessions/commit-evidence.ts';
import { joinAttributions } from './join-attributions.ts';
import { isNotesRef, type Note, type NotePlace, notesBrought, readNotes } from './notes-of-push.ts';
import { type FilesRead, readFiles } from './read-files.ts';

export interface PushToAttribute {
  readonly objectFormat: ObjectFormat;
  readonly principal: { readonly name: string; readonly kind: PrincipalKind; readonly sponsor?: string };
  readonly updates: readonly UpdateFacts[];
  readonly commits: readonly CommitFacts[];
  /** When the push began to arrive; milliseconds. */
  readonly receivedAt: number;
  /** The session that the pusher says it comes from. */
  readonly session?: string;
}

export interface AttributionSources {
  /** Quarantine and mirror together. */
  readonly reader: ObjectReader;
  /** Makes earlier versions readable; answers those the upstream lacks. Absent: only what is here is looked at. */
  readonly ensureObjects?: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
  readonly signatures: SignatureVerifier;
  readonly sessions: Pick<SessionStore, 'commitRecords' | 'hasOutput' | 'outputsWith' | 'find'>;
  /** Of the repository of the push. */
  readonly remembered: (wanted: Parameters<AttributionStore['remembered']>[1]) => Promise<readonly CarriedRow[]>;
  readonly notesAbout: (commits: readonly Oid[]) => Promise<readonly NotePlace[]>;
  readonly signal: AbortSignal;
}

export interface AttributedPush {
  readonly attribution: PushAttribution;
  readonly findings: readonly Finding[];
  /** What to remember, so that its lines are known again. */
  readonly rows: readonly CarriedRow[];
  readonly notes: readonly NotePlace[];
  /** Files that could not be compared because an earlier version is not here: asking the upstream may help. */
  readonly missing: number;
}

/** Output is compared for this long after it was received: code that is older is in the tree, or was never pushed. */
export const OUTPUT_WINDOW_MS = 30 * 24 * 3_600_000;

/** Rejects when objects or records cannot be read: nobody knows then, which is never the same as nobody. */
export async function attributePush(push: PushToAttribute, sources: AttributionSources): Promise<AttributedPush> {
  return new PushAttributor(push, sources).run();
}

class PushAttributor {
  readonly #push: PushToAttribute;
  readonly #sources: AttributionSources;
  readonly #principals: readonly string[];
  readonly #findings = new FindingList();
  readonly #rows: CarriedRow[] = [];
  #missing = 0;

  constructor(push: PushToAttribute, sources: AttributionSources) {
    this.#push = push;
    this.#sources = sources;
    const { name, sponsor } = push.principal;
    this.#principals = sponsor === undefined ? [name] : [name, sponsor];
  }

  async run(): Promise<AttributedPush> {
    const { updates } = this.#push;
    const brought = notesBrought(updates);
    const commits = commitsWithCode(this.#push);
    const shared = [...(await this.#ofThePush()), ...updates.flatMap((one) => this.#ofTheRef(one))];
    const parts: PushAttribution[] = [];
    for await (const read of readFiles(commits, this.#sources)) {
      this.#missing += read.missing;
      parts.push(await this.#attribute(read, shared, brought));
    }
    if (parts.length === 0) parts.push(this.#combine({ commits: [], files: [], unseen: [] }, shared));
    const attribution = joinAttributions(parts, shared.length);
    return { attribution, findings: this.#findings.list(), rows: this.#rows, notes: brought, missing: this.#missing };
  }

  /** Who pushed it, and the session it is said to come from. */
  async #ofThePush(): Promise<readonly Evidence[]> {
    const { principal, session, receivedAt } = this.#push;
    const agent = enrolledAgent(principal.name);
    const claimed = session === undefined ? [] : [await this.#claimedSession(session)];
    return [...readPrincipal(principal, agent).map((item) => ({ ...item, observedAt: receivedAt })), ...claimed];
  }

  async #claimedSession(session: string): Promise<Evidence> {
    const recorded = await firstOf(this.#principals, (name) => this.#sources.sessions.find(name, session));
    return readSessionClaim(session, recorded, this.#push.receivedAt);
  }

  #ofTheRef({ refName, newOid }: UpdateFacts): readonly Evidence[] {
    return isZeroOid(newOid) ? [] : readBranch(refName, this.#push.receivedAt);
  }

  async #attribute(
    read: FilesRead,
    shared: readonly Evidence[],
    brought: readonly NotePlace[],
  ): Promise<PushAttribution> {
    const { commits, files } = read;
    const [ofCommits, ofNotes, ofRecords, ofOutput, rows] = await Promise.all([
      this.#ofCommits(commits),
      this.#ofNotes(read, brought),
      this.#ofRecords(commits, files),
      this.#ofOutput(read),
      files.length === 0 ? [] : this.#sources.remembered(rowKeys(files)),
    ]);
    const own = [...ofCommits, ...ofNotes, ...ofRecords, ...ofOutput];
    const carried = carryOver({ commits, files, rows, own });
    const attribution = this.#combine(read, [...shared, ...own, ...carried]);
    this.#rows.push(...remember(attribution, files));
    return attribution;
  }

  #combine(read: Pick<FilesRead, 'commits' | 'files' | 'unseen'>, evidence: readonly Evidence[]): PushAttribution {
    const { commits, files, unseen } = read;
    const of = commits.map(toCombine(this.#push));
    const attribution = combinePush({ commits: of, files, evidence, ruleSet: RULE_SET, unseen });
    const signOffs = new Map(commits.map((commit) => [commit.oid, agentSignOffs(commit.message, kindOf(commit))]));
    for (const finding of contradictions({ attribution, signOffs })) this.#findings.add(finding);
    for (const finding of sensitivePathFindings(attribution)) this.#findings.add(finding);
    return attribution;
  }

  async #ofCommits(commits: readonly CommitFacts[]): Promise<readonly Evidence[]> {
    const { receivedAt } = this.#push;
    const verdicts = await Promise.all(commits.map((commit) => this.#signatureOf(commit)));
    return commits.flatMap((commit, at) => {
      const signature = verdicts[at];
      return readCommit({
        oid: commit.oid,
        author: commit.author,
        committer: commit.committer,
        message: commit.message,
        ...(commit.committedAt !== undefined && { committedAt: commit.committedAt }),
        receivedAt,
        parents: commit.parents.length,
        ...(signature !== undefined && { signature }),
      });
    });
  }

  async #signatureOf({ oid, signed }: CommitFacts): Promise<SignatureVerdict | undefined> {
    if (!signed) return undefined;
    const object = await this.#sources.reader.read(oid);
    if (object === undefined) throw new Error(`commit ${oid} cannot be read again`);
    return this.#sources.signatures.verify(object.content, this.#push.objectFormat);
  }

  /** Those that come with the push, and those that were here before. */
  async #ofNotes({ commits, files, unseen }: FilesRead, brought: readonly NotePlace[]): Promise<readonly Evidence[]> {
    const filesOf = Map.groupBy(files, ({ commit }) => commit);
    // Of a commit whose files were not looked at, nobody can say whether a note fits it.
    const isUnseen = new Set(unseen.map(({ commit }) => commit));
    const oids = commits.map(({ oid }) => oid).filter((oid) => filesOf.has(oid) || !isUnseen.has(oid));
    const wanted = new Set(oids);
    const earlier = await this.#sources.notesAbout(oids);
    const places = distinct([...brought.filter(({ about }) => wanted.has(about)), ...earlier]);
    const { notes, findings } = await readNotes(places, this.#sources.reader);
    for (const finding of findings) this.#findings.add(finding);
    return notes.flatMap((note) => this.#ofNote(note, filesOf.get(note.about) ?? []));
  }

  #ofNote({ ref, about, bytes }: Note, files: readonly AddedFile[]): readonly Evidence[] {
    const { receivedAt, principal } = this.#push;
    const { evidence, findings } = noteEvidence({ ref, commit: about, bytes, files });
    for (const finding of findings) this.#findings.add(finding);
    return evidence.map((item) => ({ ...item, observedAt: receivedAt, principal: principal.name }));
  }

  async #ofRecords(commits: readonly CommitFacts[], files: readonly AddedFile[]): Promise<readonly Evidence[]> {
    const oids = commits.map(({ oid }) => oid);
    return hookEvidence(await this.#sources.sessions.commitRecords(this.#principals, oids), files);
  }

  /** What the pusher's coding agents wrote, as far as we saw it before. */
  async #ofOutput({ files, befores }: FilesRead): Promise<readonly Evidence[]> {
    const { sessions } = this.#sources;
    const since = this.#push.receivedAt - OUTPUT_WINDOW_MS;
    if (files.length === 0 || !(await sessions.hasOutput(this.#principals, since))) return [];
    const outputs = await sessions.outputsWith(this.#principals, wantedHashes(files), since);
    if (outputs.length === 0) return [];
    const byPlace = new Map(files.map((file) => [placeOf(file.commit, file.path), file]));
    return recordedEvidence({
      files,
      outputs,
      receivedAt: this.#push.receivedAt,
      parentLines: (commit, path) => hashesOf(befores.get(byPlace.get(placeOf(commit, path)) as AddedFile)),
    });
  }
}

/** Commits that bring nothing but notes have no lines that anybody wrote. */
function commitsWithCode({ updates, commits }: PushToAttribute): readonly CommitFacts[] {
  const ofCode = new Set(updates.filter(({ refName }) => !isNotesRef(refName)).flatMap((update) => update.commits));
  return commits.filter(
    (commit, at) => ofCode.has(at) || commit.changes.some(({ path }) => commitOfNotePath(path) === undefined),
  );
}

function toCombine({ updates, commits }: PushToAttribute): (commit: CommitFacts) => CommitOfPush {
  const refs = new Map<Oid, string[]>();
  for (const { refName, commits: brought } of updates) {
    for (const at of brought) {
      const oid = commits[at]?.oid;
      if (oid !== undefined) refs.set(oid, [...(refs.get(oid) ?? []), refName]);
    }
  }
  return (commit) => ({ oid: commit.oid, kind: kindOf(commit), refNames: refs.get(commit.oid) ?? [] });
}

function kindOf({ message, parents }: CommitFacts): CommitAttribution['kind'] {
  return commitKind({ message, parents: parents.length });
}

function hashesOf(before: Buffer | undefined): ReadonlySet<bigint> {
  if (before === undefined) return new Set();
  return new Set(
    textOf(before)
      .split('\n')
      .map((line) => lineHash(normaliseLine(line))),
  );
}

function distinct(places: readonly NotePlace[]): readonly NotePlace[] {
  return [...new Map(places.map((place) => [`${place.ref} ${place.about} ${place.blob}`, place])).values()];
}

function placeOf(commit: Oid, path: string): string {
  return `${commit} ${path}`;
}

async function firstOf<T, R>(all: readonly T[], look: (one: T) => Promise<R | undefined>): Promise<R | undefined> {
  for (const one of all) {
    const found = await look(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
