// Source trees as negatives: whatever blocks in them is false, unless its reason is known.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_RULES } from '../../src/domain/secrets/rules/all.ts';
import { createObjectScanner } from '../../src/domain/secrets/scan-object.ts';
import { blocks } from '../../test/domain/secrets/corpus/quality.ts';

export interface FoundInTree {
  readonly path: string;
  readonly rule: string;
  readonly line: number;
  readonly masked: string;
}

export interface Tree {
  readonly files: number;
  readonly bytes: number;
  readonly found: readonly FoundInTree[];
}

/** A finding that is right, or that nothing can be done about. */
export interface KnownFinding {
  /** Of the path without the member of an archive. */
  readonly path: RegExp;
  readonly rule: string;
  readonly reason: string;
}

/** Programs and models are no sources. */
const MAX_BYTES = 20_000_000;

/** Every file below the directory. */
export function treeOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
}

export function scanTree(root: string, paths: readonly string[], isAll: boolean): Tree {
  const scanner = createObjectScanner({ rules: ALL_RULES, fingerprintKey: Buffer.alloc(32, 1) });
  const found: FoundInTree[] = [];
  let files = 0;
  let bytes = 0;
  for (const path of paths) {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size > MAX_BYTES) continue;
    files++;
    bytes += stat.size;
    const { findings } = scanner.scan({ bytes: readFileSync(join(root, path)), path });
    found.push(...findings.filter((one) => isAll || blocks(one)));
  }
  return { files, bytes, found };
}

export function isExplained({ path, rule }: FoundInTree, known: readonly KnownFinding[]): boolean {
  return known.some((one) => one.rule === rule && one.path.test(path.split('!', 1)[0] ?? ''));
}
