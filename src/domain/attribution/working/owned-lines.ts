// Who wrote the lines of a file that is being worked on. Of a text only a hash a line is kept, of what a formatter leaves
// alone: so nothing of its content lies about, and a line that was indented or quoted anew stays its owner's.
import { hash } from 'node:crypto';
import { diffLines } from '../lines/line-diff.ts';
import { isInformative, normaliseLine } from '../lines/normalise.ts';
import { slideGroups } from '../lines/slide.ts';
import { lineAt, type TextLines, textLines } from '../lines/text-lines.ts';

export const LINE_HASH_BYTES = 8;

/** A text that is known by its hashes; `undefined`: nobody knows who wrote the line. */
export interface OwnedLines<Owner> {
  /** LINE_HASH_BYTES a line. */
  readonly hashes: Buffer;
  readonly owners: readonly (Owner | undefined)[];
}

/** A text at hand. */
export interface HashedText {
  readonly text: TextLines;
  readonly hashes: Buffer;
}

/** Lines that are gone, for finding them again where they were moved to; each is given away once. */
export type MovedFrom<Owner> = Map<string, (Owner | undefined)[]>;

const QUOTES = /['`]/g;
const BLANKS = / /g;

export function hashedText(content: Buffer): HashedText {
  const text = textLines(content);
  const hashes = Buffer.allocUnsafe(text.count * LINE_HASH_BYTES);
  for (let at = 0; at < text.count; at++) {
    const loose = normaliseLine(lineAt(text, at)).replace(BLANKS, '').replace(QUOTES, '"');
    hashes.write(hash('sha256', loose), at * LINE_HASH_BYTES, LINE_HASH_BYTES, 'hex');
  }
  return { text, hashes };
}

export function ownedBy<Owner>({ text, hashes }: HashedText, owner: Owner | undefined): OwnedLines<Owner> {
  return { hashes, owners: new Array<Owner | undefined>(text.count).fill(owner) };
}

export const NO_LINES: OwnedLines<never> = { hashes: Buffer.alloc(0), owners: [] };

/** The lines of `before` that are not in `after`: found again elsewhere, they were moved. */
export function removedLines<Owner>(
  before: OwnedLines<Owner>,
  after: Pick<HashedText, 'hashes'>,
  into: MovedFrom<Owner> = new Map(),
): MovedFrom<Owner> {
  const { before: gone } = diffLines(asText(before.hashes), asText(after.hashes));
  for (let at = 0; at < gone.length; at++) {
    if (gone[at] === 0) continue;
    const key = hashAt(before.hashes, at);
    const owners = into.get(key);
    if (owners === undefined) into.set(key, [before.owners[at]]);
    else owners.push(before.owners[at]);
  }
  return into;
}

export interface Followed<Owner> {
  readonly lines: OwnedLines<Owner>;
  /** 1 for each line that is new: neither kept nor moved. */
  readonly isNew: Uint8Array;
}

/**
 * Follows the owners from one version to the next: kept and moved lines keep theirs, new ones are `writer`'s. `moved`: what
 * is gone from all files that changed at the same time; default: from this one.
 */
export function followLines<Owner>(
  before: OwnedLines<Owner>,
  after: HashedText,
  writer: Owner | undefined,
  moved: MovedFrom<Owner> = removedLines(before, after),
): Followed<Owner> {
  const changes = diffLines(asText(before.hashes), asText(after.hashes));
  const isNew = changes.after;
  // Shown where git would show them: hashes have no indentation to see where a group belongs.
  slideGroups(after.text, isNew, changes.before);
  const owners = new Array<Owner | undefined>(after.text.count).fill(undefined);
  let kept = changes.before.indexOf(0);
  for (let at = isNew.indexOf(0); at >= 0; at = isNew.indexOf(0, at + 1)) {
    owners[at] = before.owners[kept];
    kept = changes.before.indexOf(0, kept + 1);
  }
  for (let from = isNew.indexOf(1); from >= 0; ) {
    let to = from;
    while (to < isNew.length && isNew[to] === 1) to++;
    giveGroup(after, { from, to }, { owners, isNew, moved, writer });
    from = isNew.indexOf(1, to);
  }
  return { lines: { hashes: after.hashes, owners }, isNew };
}

interface Given<Owner> {
  readonly owners: (Owner | undefined)[];
  readonly isNew: Uint8Array;
  readonly moved: MovedFrom<Owner>;
  readonly writer: Owner | undefined;
}

/** What says nothing by itself (a bracket, a blank line) was moved when the line before it was. */
function giveGroup<Owner>(after: HashedText, { from, to }: { from: number; to: number }, given: Given<Owner>): void {
  let isInside = false;
  for (let at = from; at < to; at++) {
    const speaks = isInformative(normaliseLine(lineAt(after.text, at)));
    const places: (Owner | undefined)[] | undefined =
      speaks || isInside ? given.moved.get(hashAt(after.hashes, at)) : undefined;
    isInside = places !== undefined && places.length > 0;
    given.owners[at] = isInside ? places?.shift() : given.writer;
    if (isInside) given.isNew[at] = 0;
  }
}

function hashAt(hashes: Buffer, at: number): string {
  return hashes.toString('latin1', at * LINE_HASH_BYTES, (at + 1) * LINE_HASH_BYTES);
}

function asText(bytes: Buffer): TextLines {
  const count = bytes.length / LINE_HASH_BYTES;
  return { bytes, count, starts: Uint32Array.from({ length: count + 1 }, (_, at) => at * LINE_HASH_BYTES) };
}
