// Real functions, cut from the sources of the packages that are installed: some stand for what a coding agent wrote, some
// for what people did.
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface Cut {
  /** Package it is of. */
  readonly from: string;
  readonly lines: readonly string[];
}

/** One directory of each: some packages hold every source twice or more. */
const OWN = [
  'fastify/lib',
  'ssh2/lib',
  'ajv/dist',
  'pino/lib',
  'find-my-way',
  'avvio',
  'light-my-request',
  'commander/lib',
  'kysely/dist/esm',
  'yaml/dist',
];
const FOREIGN = [
  'zod/v4/core',
  'fast-check/lib/fast-check.js',
  'isomorphic-git/index.cjs',
  'prom-client/lib',
  'semver',
  'tweetnacl',
  'pako/lib',
  'smol-toml/dist',
  'fast-uri',
  'undici-types',
  'fast-json-stringify',
  'sonic-boom',
  'thread-stream',
];

const MIN_LINES = 5;
const MAX_LINES = 60;
const MAX_WIDTH = 160;
const SOURCE = /\.(?:js|mjs|cjs|ts)$/;
const HEAD =
  /^(\s*)(?:export |default |module\.exports = |exports\.\w+ = )*(?:async )?(?:static )?(?:function\b|class \w|(?:const|let|var) \w+ = (?:async )?(?:function\b|\()|(?:get |set )?#?\w+ ?\([^;]*\) ?\{$|\w+\.(?:prototype\.)?\w+ = (?:async )?function\b)/;

/** Functions of one set of packages; those of `foreign` are of no package of `own`. */
export function functionsOf(modules: string, which: 'own' | 'foreign'): readonly Cut[] {
  const seen = new Set<string>();
  return (which === 'own' ? OWN : FOREIGN).flatMap((place) =>
    sourcesIn(join(modules, place)).flatMap((file) =>
      cutAll(readFileSync(file, 'utf8').split(/\r?\n/))
        .filter((lines) => isNew(lines, seen))
        .map((lines) => ({ from: place.split('/')[0] as string, lines })),
    ),
  );
}

function sourcesIn(path: string): string[] {
  if (SOURCE.test(path)) return [path];
  return readdirSync(realpathSync(path), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        SOURCE.test(name) &&
        !/(?:^|\/)(?:node_modules|test|tests|benchmark|examples?)\/|\.min\.|\.d\.[mc]?ts$/.test(name),
    )
    .toSorted()
    .map((name) => join(path, name));
}

/** From a line that begins a function to the bracket in its column. */
function cutAll(lines: readonly string[]): readonly string[][] {
  const cuts: string[][] = [];
  for (let at = 0; at < lines.length; at++) {
    const indent = HEAD.exec(lines[at] as string)?.[1];
    if (indent === undefined) continue;
    const end = lines.findIndex(
      (line, i) =>
        i > at && i < at + MAX_LINES && /^\}[;,)]*$/.test(line.slice(indent.length)) && line.startsWith(indent),
    );
    if (end < at + MIN_LINES - 1) continue;
    const cut = lines.slice(at, end + 1);
    if (cut.every((line) => line.length <= MAX_WIDTH)) {
      cuts.push(cut);
      at = end;
    }
  }
  return cuts;
}

/** The same function in two packages is no function of either. */
function isNew(lines: readonly string[], seen: Set<string>): boolean {
  const text = lines.map((line) => line.trim()).join('\n');
  if (seen.has(text)) return false;
  seen.add(text);
  return true;
}
