// A real repository whose commits are read as the engine gets them. Names, dates and configuration are fixed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import type { CommitOfPush } from '../../../../src/domain/attribution/combine/combine-commit.ts';
import { addedLines } from '../../../../src/domain/attribution/lines/added-lines.ts';
import { isGeneratedFile } from '../../../../src/domain/attribution/lines/generated-file.ts';

const WHO = { NAME: 'somebody', EMAIL: 'somebody@example.com', DATE: '2026-01-01T00:00:00Z' };
const ENV = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(WHO).map(([key, value]) => [`GIT_${role}_${key}`, value])),
);

export interface NewWork {
  readonly commits: readonly CommitOfPush[];
  readonly files: readonly AddedFile[];
}

export class HistoryLab {
  readonly #dir = mkdtempSync(join(tmpdir(), 'history-lab-'));
  readonly #pushed = new Set<string>();
  readonly #trees = new Map<string, ReadonlyMap<string, string>>();
  readonly #env = { ...ENV, PATH: process.env['PATH'], HOME: this.#dir, GIT_CONFIG_NOSYSTEM: '1', GIT_EDITOR: 'true' };

  constructor() {
    this.git('init', '-q', '-b', 'main');
    for (const [key, value] of [
      ['gc.auto', '0'],
      ['core.autocrlf', 'false'],
      ['advice.detachedHead', 'false'],
    ] as const) {
      this.git('config', key, value);
    }
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, {
      cwd: this.#dir,
      env: this.#env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** Whether it worked. */
  tries(...args: readonly string[]): boolean {
    return spawnSync('git', args, { cwd: this.#dir, env: this.#env, stdio: 'ignore' }).status === 0;
  }

  paths(): string[] {
    return this.git('ls-files').split('\n').filter(Boolean);
  }

  read(path: string): string[] {
    const text = readFileSync(join(this.#dir, path), 'utf8');
    return text.split('\n').slice(0, -1);
  }

  write(path: string, lines: readonly string[]): void {
    writeFileSync(join(this.#dir, path), lines.map((line) => `${line}\n`).join(''));
  }

  move(path: string, to: string): void {
    mkdirSync(dirname(join(this.#dir, to)), { recursive: true });
    this.git('mv', '-f', path, to);
  }

  commit(message: string): void {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', message);
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true });
  }

  /** Commits of all branches that were not given before, oldest first. */
  newWork(): NewWork {
    const listed = this.git('rev-list', '--reverse', '--topo-order', '--parents', '--branches')
      .split('\n')
      .filter(Boolean);
    const lines = listed.map((line) => line.split(' ')).filter(([oid]) => !this.#pushed.has(oid as string));
    const found = lines.map(([oid = '', ...parents]) => ({ oid, parents }));
    const blobs = this.#blobs(found.flatMap(({ oid, parents }) => [oid, ...parents]));
    for (const { oid } of found) this.#pushed.add(oid);
    return {
      commits: found.map(({ oid, parents }) => ({ oid, kind: parents.length > 1 ? 'merge' : 'ordinary' })),
      files: found.flatMap(({ oid, parents }) => this.#files(oid, parents, blobs)),
    };
  }

  #files(commit: string, parents: readonly string[], blobs: ReadonlyMap<string, Buffer>): AddedFile[] {
    const [first, ...others] = parents.map((parent) => this.#tree(parent));
    return [...this.#tree(commit)].flatMap(([path, blob]) => {
      if ([first, ...others].some((tree) => tree?.get(path) === blob)) return [];
      const before = blobs.get(first?.get(path) ?? '');
      const after = blobs.get(blob) as Buffer;
      const { ranges, ...rest } = addedLines({
        before,
        parents: others.flatMap((tree) => blobs.get(tree.get(path) ?? '') ?? []),
        after,
      });
      return [{ commit, path, blob, added: ranges, isGenerated: isGeneratedFile(path, after), ...rest }];
    });
  }

  #tree(commit: string): ReadonlyMap<string, string> {
    const known = this.#trees.get(commit);
    if (known !== undefined) return known;
    const lines = this.git('ls-tree', '-r', commit).split('\n').filter(Boolean);
    const tree = new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2] as string]));
    this.#trees.set(commit, tree);
    return tree;
  }

  #blobs(commits: readonly string[]): ReadonlyMap<string, Buffer> {
    const oids = [...new Set(commits.flatMap((commit) => [...this.#tree(commit).values()]))];
    const { stdout } = spawnSync('git', ['cat-file', '--batch'], {
      cwd: this.#dir,
      env: this.#env,
      input: oids.join('\n'),
    });
    const blobs = new Map<string, Buffer>();
    for (let at = 0; at < stdout.length; ) {
      const head = stdout.indexOf('\n', at);
      const [oid = '', , size] = stdout.toString('latin1', at, head).split(' ');
      blobs.set(oid, stdout.subarray(head + 1, head + 1 + Number(size)));
      at = head + 2 + Number(size);
    }
    return blobs;
  }
}
