// The output of `git cat-file --batch` (git-cat-file, BATCH OUTPUT) as it streams:
//
//   output = *(oid SP type SP size LF content LF / oid SP "missing" LF)
import type { ObjectType } from '../../domain/ports.ts';

export interface BatchSink {
  begin(oid: string, type: ObjectType, size: number): void;
  /** A piece of the content; valid until this returns. */
  content(piece: Buffer): void;
  end(): void;
}

const LF = 0x0a;
const MAX_HEADER = 256;
const HEADER = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d{1,15})$/;

export class BatchOutput {
  readonly #sink: BatchSink;
  #header = '';
  #state: 'header' | 'content' | 'newline' = 'header';
  #left = 0;

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  /** Throws for anything that git does not write, and for objects that are missing. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'content') at += this.#content(chunk.subarray(at, at + this.#left));
      else if (this.#state === 'newline') at += this.#newline(chunk[at]);
      else at += this.#headerPart(chunk.subarray(at));
    }
  }

  /** Throws when the output ends in the middle of an object. */
  finish(): void {
    if (this.#state !== 'header' || this.#header !== '')
      throw new Error('git cat-file ended in the middle of an object');
  }

  #content(piece: Buffer): number {
    this.#sink.content(piece);
    this.#left -= piece.length;
    if (this.#left === 0) this.#endObject();
    return piece.length;
  }

  #endObject(): void {
    this.#state = 'newline';
    this.#sink.end();
  }

  #newline(byte: number | undefined): number {
    if (byte !== LF) throw new Error('git cat-file wrote more than an object has');
    this.#state = 'header';
    return 1;
  }

  #headerPart(rest: Buffer): number {
    const end = rest.indexOf(LF);
    this.#header += rest.toString('latin1', 0, end < 0 ? Math.min(rest.length, MAX_HEADER + 1) : end);
    if (this.#header.length > MAX_HEADER) throw new Error('git cat-file wrote a line that is no header');
    if (end < 0) return rest.length;
    this.#begin(this.#header);
    this.#header = '';
    return end + 1;
  }

  #begin(header: string): void {
    const [, oid, type, size] = HEADER.exec(header) ?? [];
    if (oid === undefined || size === undefined) throw new Error(`git cat-file answered: ${header.slice(0, 100)}`);
    this.#left = Number(size);
    this.#state = 'content';
    this.#sink.begin(oid, type as ObjectType, this.#left);
    if (this.#left === 0) this.#endObject();
  }
}
