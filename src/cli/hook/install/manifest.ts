// What was in a file before we wrote into it, so that it can be given back byte for byte as long as nobody else wrote there.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readObject, remove, writeWhole } from '../state/disk.ts';

interface Written {
  /** Hex SHA-256 of what we wrote. */
  readonly digest: string;
  /** Base64; null: there was no file. */
  readonly original: string | null;
}

export class Manifest {
  readonly #file: string;
  readonly #written: Map<string, Written>;

  constructor(file: string) {
    this.#file = file;
    this.#written = new Map(Object.entries(readObject(file) ?? {}) as [string, Written][]);
  }

  /** Writes `text`; the first original is the one that counts. */
  write(file: string, text: string, mode?: number): void {
    const now = bytesOf(file);
    const known = this.#written.get(file);
    const isOurs = now !== undefined && known?.digest === digestOf(now);
    const original = isOurs ? known.original : (now?.toString('base64') ?? null);
    // First what was there: a crash between the two leaves nothing that could not be given back.
    this.#written.set(file, { digest: digestOf(Buffer.from(text)), original });
    this.#save();
    replace(file, Buffer.from(text), mode);
  }

  /** True when the file was given back as it was; false when somebody changed it since. */
  restore(file: string): boolean {
    const known = this.#written.get(file);
    const now = bytesOf(file);
    if (known === undefined || now === undefined || digestOf(now) !== known.digest) return false;
    if (known.original === null) rmSync(file);
    else replace(file, Buffer.from(known.original, 'base64'));
    this.forget(file);
    return true;
  }

  forget(file: string): void {
    if (this.#written.delete(file)) this.#save();
  }

  #save(): void {
    if (this.#written.size === 0) remove(this.#file);
    else writeWhole(this.#file, JSON.stringify(Object.fromEntries(this.#written)));
  }
}

/** As a whole or not at all; the mode stays. */
export function replace(file: string, bytes: Buffer, mode?: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const kept = mode ?? statSync(file, { throwIfNoEntry: false })?.mode;
  const unfinished = `${file}.sallyport-new`;
  writeFileSync(unfinished, bytes);
  if (kept !== undefined) chmodSync(unfinished, kept & 0o777);
  renameSync(unfinished, file);
}

export function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
