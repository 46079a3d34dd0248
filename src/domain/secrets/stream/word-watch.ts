// Words of a stream that may not go yet: the one that is being written, the last one while its line may still end, and
// those that look like a token while what makes them a secret (an id, the name of a vendor) may still follow.

/** A longer word is no token: only its end is held. */
const MAX_WORD = 8192;
/** How far behind a token rules look for what makes it a secret, and a little more. */
const REACH = 640;
/** Blanks after a value with which its line may still end. */
const MAX_BLANKS = 32;
/** Bytes of a token in a row, a digit and a letter among them. Shorter secrets are known by the name before them. */
const MIN_TOKEN = 12;

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const EQUALS = 0x3d;

const DIGIT = 1;
const LETTER = 2;
const JOINER = 4;
const KIND = new Uint8Array(256);
for (let byte = 0x30; byte <= 0x39; byte++) KIND[byte] = DIGIT;
for (let byte = 0x41; byte <= 0x5a; byte++) KIND[byte] = KIND[byte + 0x20] = LETTER;
for (const one of '+/=_-.~%') KIND[one.charCodeAt(0)] = JOINER;

interface Word {
  readonly start: number;
  readonly end: number;
}

export class WordWatch {
  #length = 0;
  /** Where the word at the end begins; just after the last byte if there is none. */
  #start = 0;
  /** The last finished word, while only blanks have followed it. */
  #last: Word | undefined;
  #suspects: Word[] = [];
  /** Of the token at the end. */
  #run = 0;
  #kinds = 0;
  /** Of the word at the end: a token was in it; a name or a scheme stands in it. */
  #hasToken = false;
  #hasName = false;

  step(byte: number): void {
    if (this.#separates(byte)) this.#end(byte);
    else {
      if (this.#start === this.#length) this.#last = undefined;
      if (byte === COLON || byte === EQUALS) this.#hasName = true;
      this.#weigh(byte);
    }
    this.#length++;
  }

  /** The first position that must stay. */
  frontier(): number {
    const length = this.#length;
    let first = Math.max(this.#start, length - MAX_WORD);
    if (this.#last !== undefined && length - this.#last.end <= MAX_BLANKS) first = Math.min(first, this.#last.start);
    while (this.#suspects.length > 0 && (this.#suspects[0] as Word).end + REACH <= length) this.#suspects.shift();
    return Math.min(first, this.#suspects[0]?.start ?? first);
  }

  /** Writing without blanks (Chinese, for one) must flow; only in a URL or after a name may such a byte be of a secret. */
  #separates(byte: number): boolean {
    return byte <= SPACE || (byte >= 0x80 && !this.#hasName);
  }

  #end(byte: number): void {
    const end = this.#length;
    this.#endRun();
    if (end > this.#start) {
      const word = { start: Math.max(this.#start, end - MAX_WORD), end };
      if (this.#hasToken) this.#suspects.push(word);
      this.#last = word;
    }
    if (byte !== SPACE && byte !== TAB) this.#last = undefined;
    this.#start = end + 1;
    this.#hasToken = false;
    this.#hasName = false;
  }

  #weigh(byte: number): void {
    const kind = KIND[byte] as number;
    if (kind === 0) this.#endRun();
    else {
      this.#run++;
      this.#kinds |= kind;
    }
  }

  #endRun(): void {
    if (this.#run >= MIN_TOKEN && (this.#kinds & 3) === (DIGIT | LETTER)) this.#hasToken = true;
    this.#run = 0;
    this.#kinds = 0;
  }
}
