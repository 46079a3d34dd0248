// How the recorder keeps things: small files that are replaced as a whole, so that a crash leaves the old or the new one,
// readable by their owner alone.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function writeWhole(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}.new`;
  writeFileSync(unfinished, content, { mode: 0o600 });
  renameSync(unfinished, file);
}

export function readWhole(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** What is there, damaged or not there at all: undefined unless it is an object. */
export function readObject(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function remove(file: string): void {
  rmSync(file, { force: true });
}

/** Names of finished files. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.endsWith('.new'));
  } catch {
    return [];
  }
}

/** Keeps the `most` files that were written last; answers how many it took away. */
export function keepNewest(directory: string, most: number): number {
  const names = namesIn(directory);
  if (names.length <= most) return 0;
  const aged = names.map((name) => ({
    name,
    at: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  const old = aged.toSorted((a, b) => b.at - a.at).slice(most);
  for (const { name } of old) remove(join(directory, name));
  return old.length;
}
