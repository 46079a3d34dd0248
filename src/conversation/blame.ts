// `push blame`: each line of a file as a push leaves it, with who wrote it as far as is known.
import type { PushAttribution } from '../domain/attribution/attribution.ts';
import { type BlamedLine, type BlamedVersion, blameLines, versionsOf } from '../domain/attribution/push/blame-file.ts';
import type { ObjectReader } from '../domain/ports.ts';
import type { Change, CommitFacts, Inputs } from '../domain/push/inputs.ts';
import type { Push } from '../domain/push/push.ts';
import { isZeroOid, type Oid } from '../protocol/oid.ts';
import type { Gate } from './gate.ts';
import { withObjects } from './push-objects.ts';

export interface BlamedFile {
  readonly refName: string;
  readonly path: string;
  readonly blob: Oid;
  readonly content: Buffer;
  readonly lines: readonly BlamedLine[];
  readonly attribution: PushAttribution;
}

export type BlameAnswer =
  | { readonly outcome: 'blamed'; readonly file: BlamedFile }
  | { readonly outcome: 'unknown'; readonly text: string };

export interface Blame {
  blame(push: Push, path: string, refName?: string): Promise<BlameAnswer>;
}

const MAX_FILE_BYTES = 4 * 1024 * 1024;

export function createBlame(gate: Gate): Blame {
  return {
    async blame(push, path, refName) {
      const inputs = await gate.recordings.loadInputs(push.id);
      const attribution = (await gate.attributions.latest(push.id))?.attribution ?? inputs?.attribution;
      if (inputs === undefined || attribution === undefined) return unknown('nobody has looked at who wrote this push');
      const found = findFile(inputs, attribution, path, refName);
      if (found === undefined) return unknown('the push does not change this file');
      const answer = await withObjects(gate, push, ({ reader }) => readBlame(found, inputs, reader));
      if (answer === undefined) return unknown('the objects of this push are no longer at hand');
      const blob = (found.versions.at(-1) as BlamedVersion).blob;
      return { outcome: 'blamed', file: { refName: found.refName, path, blob, attribution, ...answer } };
    },
  };
}

function unknown(text: string): BlameAnswer {
  return { outcome: 'unknown', text };
}

interface FoundFile {
  readonly refName: string;
  readonly versions: readonly BlamedVersion[];
}

/** In the first ref of the push that changes it, or in the one that is named. */
function findFile(
  inputs: Inputs,
  attribution: PushAttribution,
  path: string,
  refName: string | undefined,
): FoundFile | undefined {
  const commits = new Map(inputs.commits.map((commit) => [commit.oid, commit]));
  const attributions = new Map(attribution.commits.map((commit) => [commit.oid, commit]));
  for (const update of inputs.updates) {
    if ((refName !== undefined && update.refName !== refName) || isZeroOid(update.newOid)) continue;
    const tip = update.commits.map((at) => inputs.commits[at]?.oid).includes(update.newOid)
      ? update.newOid
      : inputs.commits[update.commits.at(-1) ?? -1]?.oid;
    const versions = tip === undefined ? [] : versionsOf(path, tip, commits, attributions);
    if (versions.length > 0) return { refName: update.refName, versions };
  }
  return undefined;
}

async function readBlame(
  { versions }: FoundFile,
  { commits }: Inputs,
  reader: ObjectReader,
): Promise<{ readonly content: Buffer; readonly lines: readonly BlamedLine[] } | undefined> {
  const [oldest] = versions;
  const change = oldest && changeOf(commits, oldest);
  const before = change === undefined || isZeroOid(change.oldOid) ? undefined : await contentOf(change.oldOid, reader);
  const contents = await Promise.all(versions.map(({ blob }) => contentOf(blob, reader)));
  if (contents.includes(undefined)) return undefined;
  const read = versions.map((version, at) => ({ ...version, content: contents[at] as Buffer }));
  return { content: contents.at(-1) as Buffer, lines: blameLines(read, before) };
}

function changeOf(commits: readonly CommitFacts[], { commit, blob }: BlamedVersion): Change | undefined {
  return commits.find(({ oid }) => oid === commit)?.changes.find(({ newOid }) => newOid === blob);
}

async function contentOf(oid: Oid, reader: ObjectReader): Promise<Buffer | undefined> {
  const info = await reader.info(oid);
  if (info === undefined || info.size > MAX_FILE_BYTES) return undefined;
  return (await reader.read(oid, MAX_FILE_BYTES))?.content;
}
