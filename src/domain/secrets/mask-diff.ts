// Masks a unified diff. Its first column hides lines from the rules (a line does not begin with its name any more, a key is
// not base64 any more), so that each side of a hunk is looked at without it, as the file it shows a part of.
import type { Hidden, Masker } from './mask-text.ts';

const FILE = /^\+\+\+ b\/(.*)$/;
const OLD_FILE = /^--- a\/(.*)$/;
const HUNK = '@@ ';

interface Line {
  readonly mark: string;
  readonly bytes: Buffer;
  /** Stretches of `bytes`. */
  hidden: Hidden[];
}

/** The diff with the secrets of both sides masked; every line keeps its place. Text that is no hunk is masked as it is. */
export function maskDiff(diff: string, masker: Masker): string {
  const out: string[] = [];
  let hunk: Line[] | undefined;
  let path = '';
  const end = (): void => {
    if (hunk !== undefined) out.push(...maskedHunk(hunk, path, masker));
    hunk = undefined;
  };
  for (const text of diff.split('\n')) {
    if (hunk !== undefined && (text === '' || ' +-\\'.includes(text[0] as string))) {
      hunk.push({ mark: text.slice(0, 1), bytes: Buffer.from(text.slice(1)), hidden: [] });
      continue;
    }
    end();
    path = (FILE.exec(text) ?? OLD_FILE.exec(text))?.[1] ?? path;
    out.push(masker.text(text));
    if (text.startsWith(HUNK)) hunk = [];
  }
  end();
  return out.join('\n');
}

function maskedHunk(lines: readonly Line[], path: string, masker: Masker): string[] {
  for (const side of ['+', '-']) {
    hide(
      lines.filter(({ mark }) => mark === ' ' || mark === side),
      path,
      masker,
    );
  }
  return lines.map((line) => (line.hidden.length === 0 ? line.mark + line.bytes.toString() : maskedLine(line)));
}

/** Gives each line its part of what is hidden in all of them together. */
function hide(lines: readonly Line[], path: string, masker: Masker): void {
  const text = Buffer.concat(lines.flatMap(({ bytes }) => [bytes, NEWLINE]));
  let next = 0;
  const all = masker.hidden(text, true, path);
  let from = 0;
  for (const line of lines) {
    const to = from + line.bytes.length;
    while (next < all.length && (all[next] as Hidden).end <= from) next++;
    for (let at = next; at < all.length && (all[at] as Hidden).start < to; at++) {
      const { start, end, shown } = all[at] as Hidden;
      const isFirst = start >= from;
      line.hidden.push({
        start: Math.max(0, start - from),
        end: Math.min(to, end) - from,
        shown: isFirst ? shown : '…',
      });
    }
    from = to + 1;
  }
}

const NEWLINE = Buffer.from('\n');

/** A line of both sides may have been masked for either. */
function maskedLine({ mark, bytes, hidden }: Line): string {
  let masked = mark;
  let done = 0;
  for (const { start, end, shown } of hidden.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (end <= done) continue;
    masked += start >= done ? bytes.toString('utf8', done, start) + shown : '';
    done = end;
  }
  return masked + bytes.toString('utf8', done);
}
