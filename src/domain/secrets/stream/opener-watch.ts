// Texts after which a value is only known as a secret by what comes later: from such a text on, a stream is held until
// that came, or until it would be too late for any rule.

interface Opener {
  readonly text: RegExp;
  readonly until?: RegExp;
  /** Bytes held at most. */
  readonly most: number;
}

const OPENERS: readonly Opener[] = [
  // A password with blanks in it; its host may stand behind it.
  { text: /\b(?:password|pwd) ?=/gi, until: /["'`<>\r\n\\]/g, most: 1024 },
  // The command that takes what is said as a password stands behind a bar.
  { text: /\becho /g, until: /\n/g, most: 384 },
  // The key type of a JSON Web Key may be its last member.
  { text: /"[dk]"\s{0,8}:/g, until: /\}/g, most: 4608 },
  // A Terraform state names its sensitive attributes behind them, and says behind a value that it is sensitive.
  { text: /"attributes"\s{0,8}:/g, most: 6144 },
  { text: /"value"\s{0,8}:/g, until: /\}/g, most: 3072 },
  // The user of a kubeconfig may come before its clusters.
  { text: /\buser:[ \t]{0,8}\r?\n/g, until: /\bclusters:|\bcontexts:|current-context:|kind: Config/g, most: 4608 },
  { text: /PuTTY-User-Key-File-/g, until: /Private-MAC/g, most: 8704 },
  // Key stores; what follows says whether it is one.
  { text: /\xfe\xed\xfe\xed|\xce\xce\xce\xce/g, most: 128 },
];
/** The longest text that opens or ends a hold, and its beginning may have come before. */
const MAX_TEXT = 40;

export class OpenerWatch {
  /** Where each opener stands that is not over, in order. */
  readonly #starts: number[][] = OPENERS.map(() => []);
  #length = 0;

  /** Takes the last `added` characters of `text` (one a byte), which holds some of what came before as well. */
  add(text: string, added: number): void {
    this.#length += added;
    const offset = this.#length - text.length;
    const from = Math.max(0, text.length - added - MAX_TEXT);
    OPENERS.forEach((opener, i) => {
      const starts = this.#starts[i] as number[];
      const last = starts.at(-1) ?? -1;
      eachMatch(opener.text, text, from, (index) => {
        if (offset + index > last) starts.push(offset + index);
      });
      if (starts.length > 0) this.#close(opener, starts, text, from, offset);
    });
  }

  /** The first position that must stay; Infinity if nothing is open. */
  frontier(): number {
    return Math.min(...this.#starts.map((starts) => starts[0] ?? Number.POSITIVE_INFINITY));
  }

  #close({ text: opens, until, most }: Opener, starts: number[], text: string, from: number, offset: number): void {
    const expired = starts.findIndex((start) => start + most > this.#length);
    starts.splice(0, expired < 0 ? starts.length : expired);
    if (until === undefined || starts.length === 0) return;
    eachMatch(until, text, from, (index) => {
      const open = starts.findIndex((start) => start - offset >= index || endOf(opens, text, start - offset) > index);
      starts.splice(0, open < 0 ? starts.length : open);
    });
  }
}

/** Where the opener that begins at `index` ends; 0 when it lies before `text`. */
function endOf(opens: RegExp, text: string, index: number): number {
  if (index < 0) return 0;
  opens.lastIndex = index;
  return opens.test(text) ? opens.lastIndex : 0;
}

function eachMatch(pattern: RegExp, text: string, from: number, visit: (index: number) => void): void {
  pattern.lastIndex = from;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) visit(found.index);
}
