// `.gitleaks.toml` with the files it extends, and `.gitleaksignore`, from a disk.
import { open } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { ConfigProblem } from '../../domain/secrets/gitleaks/config.ts';
import { type GitleaksIgnore, parseGitleaksIgnore } from '../../domain/secrets/gitleaks/ignore-file.ts';
import { extendedPath, parseGitleaksConfig } from '../../domain/secrets/gitleaks/parse-config.ts';
import type { GitleaksTexts } from './settings.ts';

export type LoadedGitleaks =
  | { readonly ok: true; readonly texts: GitleaksTexts; readonly warnings: readonly string[] }
  /** Each with file and line. */
  | { readonly ok: false; readonly problems: readonly string[] };

const MAX_BYTES = 16 * 1024 * 1024;
/** As many as may extend each other, and one more for the warning about it. */
const MAX_FILES = 4;

/** Loads and checks a config. A file that cannot be read is a problem like any other. */
export async function loadGitleaks(file: string): Promise<LoadedGitleaks> {
  const extend = new Map<string, string>();
  let text: string;
  try {
    text = await read(file);
    await readExtended(file, text, extend);
  } catch (error) {
    return { ok: false, problems: [String(error instanceof Error ? error.message : error)] };
  }
  const parsed = parseGitleaksConfig(text, { extend });
  const told = (problems: readonly ConfigProblem[]) => problems.map((problem) => formatGitleaksProblem(file, problem));
  if (!parsed.ok) return { ok: false, problems: told(parsed.problems.filter(({ level }) => level === 'error')) };
  return { ok: true, texts: { text, extend }, warnings: told(parsed.warnings) };
}

/** `file:line: rule x: message (hint: …)` */
export function formatGitleaksProblem(file: string, { line, rule, message, hint }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${rule === undefined ? '' : `rule ${rule}: `}${message} (hint: ${hint})`;
}

/** Its warnings, with file and line, are in `warnings`. Throws when it cannot be read. */
export async function loadGitleaksIgnore(
  file: string,
): Promise<{ ignore: GitleaksIgnore; warnings: readonly string[] }> {
  const ignore = parseGitleaksIgnore(await read(file));
  return { ignore, warnings: ignore.warnings.map((problem) => formatGitleaksProblem(file, problem)) };
}

/** Paths are relative to the file that names them. One that cannot be read is left out: the parser tells it. */
async function readExtended(file: string, text: string, extend: Map<string, string>): Promise<void> {
  let [here, named] = [file, extendedPath(text)];
  for (let count = 1; named !== undefined && count < MAX_FILES && !extend.has(named); count++) {
    here = isAbsolute(named) ? named : join(dirname(here), named);
    const next: string | undefined = await read(here).catch(() => undefined);
    if (next === undefined) return;
    extend.set(named, next);
    named = extendedPath(next);
  }
}

async function read(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size <= MAX_BYTES) return await file.readFile('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected error';
    throw new Error(`${path} cannot be read (${code})`, { cause: error });
  }
  throw new Error(`${path} is too large (more than ${MAX_BYTES} bytes)`);
}
