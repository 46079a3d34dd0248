// Speed of the secret scanner over real text, by hand: node bench/secrets.ts [--findings] [DIRECTORY...]
// Prints MB/s of finding anchors alone and of all stages; with --findings also what was found, masked.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildAutomaton } from '../src/domain/secrets/automaton.ts';
import { ALL_RULES } from '../src/domain/secrets/rules/all.ts';
import { createScanner, type Scanner } from '../src/domain/secrets/scan.ts';
import { anchorScanner } from '../src/domain/secrets/wasm/scanner.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = /\.(?:js|mjs|cjs|ts|mts|cts|json|md)$/;
const MAX_BYTES = 120_000_000;
const BATCH = 1_048_576;
const ROUNDS = 3;

interface Text {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The text files below a directory, in a fixed order, up to 120 MB. */
function textsIn(directory: string): Text[] {
  const texts: Text[] = [];
  let size = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(directory, name);
    if (!SOURCE.test(name) || !statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    if (size + bytes.length > MAX_BYTES) continue;
    size += bytes.length;
    texts.push({ path: name, bytes });
  }
  return texts;
}

/** Objects together up to 1 MiB, as an inspection hands them over. */
function batches(texts: readonly Text[]): Uint8Array[][] {
  const all: Uint8Array[][] = [[]];
  let size = 0;
  for (const { bytes } of texts) {
    if (size > BATCH) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(bytes);
    size += bytes.length;
  }
  return all;
}

/** The best of a few rounds, in MB/s. */
function speed(size: number, round: () => void): string {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    round();
    return performance.now() - start;
  });
  return `${Math.round(size / 1000 / Math.min(...times))} MB/s`;
}

function measure(name: string, texts: readonly Text[], scanner: Scanner): void {
  const size = texts.reduce((sum, text) => sum + text.bytes.length, 0);
  const groups = batches(texts);
  const find = anchorScanner(buildAutomaton(ALL_RULES.flatMap((rule) => rule.anchors)));
  let anchors = 0;
  const core = speed(size, () => {
    for (const group of groups)
      find(group, () => {
        anchors++;
      });
  });
  const all = speed(size, () => {
    for (const group of groups) scanner.scanMany(group);
  });
  const per = Math.round(size / (anchors / ROUNDS));
  console.log(
    `${name}: ${(size / 1e6).toFixed(1)} MB, ${texts.length} files: anchors ${core} (one in ${per} bytes), all stages ${all}`,
  );
}

function listFindings(texts: readonly Text[], scanner: Scanner): void {
  for (const { path, bytes } of texts) {
    for (const match of scanner.scan(bytes)) {
      const line = Buffer.from(bytes.subarray(0, match.start)).toString('latin1').split('\n').length;
      const value = Buffer.from(bytes.subarray(match.start, Math.min(match.end, match.start + 6))).toString('latin1');
      console.log(
        `  ${match.severity} ${match.certainty} ${match.rule.id} ${path}:${line} ${JSON.stringify(value)}… ${match.end - match.start}`,
      );
    }
  }
}

const args = process.argv.slice(2);
const start = performance.now();
const scanner = createScanner(ALL_RULES);
console.log(`${ALL_RULES.length} rules, ready in ${(performance.now() - start).toFixed(1)} ms`);
const directories = args.filter((one) => !one.startsWith('--'));
for (const directory of directories.length > 0 ? directories : [join(ROOT, 'src'), join(ROOT, 'node_modules')]) {
  const texts = textsIn(resolve(directory));
  measure(directory, texts, scanner);
  if (args.includes('--findings')) listFindings(texts, scanner);
}
