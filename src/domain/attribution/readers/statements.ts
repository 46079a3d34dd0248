// The lines of a commit message that may declare something, in the sense of who wrote the message. Trailers are really
// found everywhere: in the middle after a squash, behind a literal `\n` of a careless shell, beside a drawn line. What is
// quoted is not the writer's: code blocks, indented lines, and what merges and reverts repeat of other commits.
import { type CommitKind, MAX_MESSAGE } from './commit-to-read.ts';

export interface Statement {
  readonly text: string;
  /** Not where or how git reads a trailer. */
  readonly isMalformed: boolean;
}

/** Characters of a line that is read; a longer one declares nothing. */
const MAX_LINE = 1000;

const FENCE = /^ {0,3}(?:```|~~~)/;
const QUOTED = /^(?: {4}|\t| {1,3}\t)/;
const TRAILER_LINE = /^[A-Za-z][A-Za-z0-9-]{0,60}: \S/;
const CHERRY_PICKED = /^\(cherry picked from commit [0-9a-f]{7,64}\)$/;
const CONTINUATION = /^[ \t]+\S/;

/** The first line. */
export function subjectOf(message: string): string {
  const end = message.indexOf('\n');
  return (end === -1 ? message : message.slice(0, end)).slice(0, MAX_LINE).trimEnd();
}

/** All that may be a trailer, a footer or a link. Of a longer message the end is read: trailers are there. */
export function statementsOf(message: string, kind: CommitKind): readonly Statement[] {
  const lines = message.slice(-MAX_MESSAGE).trimEnd().split('\n').map(withoutReturn);
  const last = lastParagraph(lines);
  if (kind === 'merge' || kind === 'revert') return ownTrailers(lines, last);
  const fenced = fencedLines(lines);
  return lines.flatMap((line, at) => {
    if (fenced.has(at) || (kind === 'ordinary' && QUOTED.test(line))) return [];
    return piecesOf(line, at, at < last);
  });
}

/** The last paragraph, when it is made of trailers and nothing else. */
function ownTrailers(lines: readonly string[], last: number): readonly Statement[] {
  const own = last === 0 ? [] : lines.slice(last);
  const isBlock = own.every(
    (line, at) => TRAILER_LINE.test(line) || CHERRY_PICKED.test(line) || (at > 0 && CONTINUATION.test(line)),
  );
  if (!isBlock) return [];
  return own.filter((line) => line.length <= MAX_LINE).map((text) => ({ text, isMalformed: false }));
}

/** A literal `\n` ends a line for people, though not for git. The subject declares nothing, what is behind it may. */
function piecesOf(line: string, at: number, isEarly: boolean): readonly Statement[] {
  const pieces = line.includes('\\n') ? line.split('\\n') : [line];
  const statements: Statement[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.length > MAX_LINE || (at === 0 && index === 0)) continue;
    const trimmed = piece.trim();
    const text = withoutDrawnLine(trimmed);
    if (text === '') continue;
    statements.push({ text, isMalformed: isEarly || index > 0 || text.length < trimmed.length });
  }
  return statements;
}

function withoutDrawnLine(text: string): string {
  const from = text.startsWith('│') ? 1 : 0;
  const to = text.endsWith('│') ? text.length - 1 : text.length;
  return text.slice(from, to).trim();
}

/** Where the last paragraph begins. */
function lastParagraph(lines: readonly string[]): number {
  for (let at = lines.length - 1; at >= 0; at--) if ((lines[at] as string).trim() === '') return at + 1;
  return 0;
}

/** Lines of code blocks. One that is never closed is none: it would swallow the trailers. */
function fencedLines(lines: readonly string[]): ReadonlySet<number> {
  const fences = lines.flatMap((line, at) => (FENCE.test(line) ? [at] : []));
  const inside = new Set<number>();
  for (let pair = 0; pair + 1 < fences.length; pair += 2) {
    for (let at = fences[pair] as number; at <= (fences[pair + 1] as number); at++) inside.add(at);
  }
  return inside;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
