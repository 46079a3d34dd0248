// A file of the held-out corpus while it is written: its text with the places of what is, and is not, a secret.
import type { Label, LabelledFile } from '../corpus/labelled.ts';
import type { Kit } from './kit.ts';

/** A file as it might stand in a repository. */
export interface Sample {
  readonly path: string;
  readonly text: (kit: Kit) => string;
}

/** What is said of a value when it is put into a text; `trap`: it looks like a secret and is none. */
export interface Claim {
  readonly vendor: string;
  readonly kind: string;
  readonly is: Label['is'] | 'trap';
}

export interface HeldOutFile extends LabelledFile {
  readonly traps: number;
}

const MARKED = /\u0001(\d+)\u0002([^\u0003]*)\u0003/g;

/** Marks a value in a text, until `fileOf` takes the marks out again. */
export class Marker {
  readonly #claims: Claim[] = [];

  mark(claim: Claim, value: string): string {
    this.#claims.push(claim);
    return `\u0001${this.#claims.length - 1}\u0002${value}\u0003`;
  }

  fileOf(path: string, marked: string): HeldOutFile {
    const labels: Label[] = [];
    let traps = 0;
    let text = '';
    let end = 0;
    for (const found of marked.matchAll(MARKED)) {
      const [all, number, value] = found as unknown as [string, string, string];
      text += marked.slice(end, found.index);
      end = found.index + all.length;
      const claim = this.#claims[Number(number)] as Claim;
      if (claim.is === 'trap') traps++;
      else labels.push(labelled(claim, claim.is, value, Buffer.byteLength(text)));
      text += value;
    }
    return { path, bytes: Buffer.from(text + marked.slice(end)), labels, isWrapped: false, traps };
  }
}

function labelled({ vendor, kind }: Claim, is: Label['is'], value: string, start: number): Label {
  return { vendor, kind, value, is, start, end: start + Buffer.byteLength(value) };
}
