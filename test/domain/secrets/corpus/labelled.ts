// A file of the corpus, and what is known about it.
import type { Random } from '../support/random.ts';

/** Where a credential stands, or what looks like one. */
export interface Label {
  /** Whose it is. */
  readonly vendor: string;
  readonly kind: string;
  readonly value: string;
  /** Must be found; or may be (ids of pairs); everything else must not. */
  readonly is: 'secret' | 'neutral';
  /** In the file's text, one character a byte. */
  readonly start: number;
  readonly end: number;
}

export interface LabelledFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly labels: readonly Label[];
  /** The labels' places count in other bytes than these (an archive's member, a decoded text). */
  readonly isWrapped: boolean;
}

/** What a file is made of: a name with its value. */
export interface Entry {
  readonly vendor: string;
  readonly kind: string;
  /** In capitals, with underscores. */
  readonly name: string;
  readonly value: string;
  /** `trap`: looks like a secret and is none. */
  readonly is: 'secret' | 'neutral' | 'trap';
}

/** Entries that stand next to each other, such as an id and its secret. */
export type Group = readonly Entry[];

/** Text under way, with the places of what was put into it. */
export class Writer {
  readonly labels: Label[] = [];
  text = '';

  /** Puts `rendered` in; the entry's value is in it as it is, or is marked by where it was told to be. */
  put(rendered: string, entry?: Entry): void {
    const at = entry === undefined ? -1 : rendered.indexOf(entry.value);
    if (entry !== undefined && entry.is !== 'trap') {
      if (at < 0) throw new TypeError(`${entry.kind} is not in ${rendered}`);
      const start = this.text.length + at;
      const { vendor, kind, value, is } = entry;
      this.labels.push({ vendor, kind, value, is, start, end: start + value.length });
    }
    this.text += rendered;
  }

  file(path: string): LabelledFile {
    return { path, bytes: Buffer.from(this.text, 'latin1'), labels: this.labels, isWrapped: false };
  }
}

/** A kind of file: how an entry is written in it, and what else stands there. */
export interface Frame {
  readonly path: string;
  readonly head: string;
  readonly tail: string;
  /** A line (or more) for an entry, chosen among the ways people write it. */
  readonly entry: (entry: Entry, random: Random) => string;
  /** Lines between entries. */
  readonly filler: readonly string[];
}

/** The file with these entries in this frame. */
export function framed(frame: Frame, groups: readonly Group[], random: Random): LabelledFile {
  const writer = new Writer();
  writer.put(frame.head);
  for (const group of groups) {
    for (let lines = 1 + random.next(3); lines > 0; lines--) writer.put(random.pick(frame.filler));
    for (const entry of group) writer.put(frame.entry(entry, random), entry);
  }
  writer.put(random.pick(frame.filler));
  writer.put(frame.tail);
  return writer.file(frame.path);
}

/** `GITHUB_TOKEN` as `githubToken`. */
export function camel(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

export function snake(name: string): string {
  return name.toLowerCase();
}

export function kebab(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

export function dotted(name: string): string {
  return name.toLowerCase().replaceAll('_', '.');
}

export function pascal(name: string): string {
  const text = camel(name);
  return (text[0] ?? '').toUpperCase() + text.slice(1);
}
