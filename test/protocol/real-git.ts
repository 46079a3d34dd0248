// Throw-away repositories and the bytes that real git exchanges about them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectFormat } from '../../src/protocol/oid.ts';

export interface Exchange {
  readonly request: Buffer;
  readonly answer: Buffer;
  readonly exitCode: number;
  readonly stderr: string;
}

export class RealGit implements Disposable {
  readonly directory: string;
  readonly #environment: Readonly<Record<string, string>>;
  #exchanges = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'sallyport-protocol-'));
    this.#environment = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.directory,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Alice',
      GIT_AUTHOR_EMAIL: 'alice@example.com',
      GIT_AUTHOR_DATE: '1700000000 +0000',
      GIT_COMMITTER_NAME: 'Alice',
      GIT_COMMITTER_EMAIL: 'alice@example.com',
      GIT_COMMITTER_DATE: '1700000000 +0000',
      LC_ALL: 'C',
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Runs git in the named repository; the exit code must be 0. */
  run(repository: string, ...args: string[]): string {
    return execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'gc.auto=0', ...args], {
      cwd: this.path(repository),
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .toString('utf8')
      .trimEnd();
  }

  /** The bytes of one command's standard output, with input and environment given. */
  bytes(args: readonly string[], input?: Buffer, environment: Readonly<Record<string, string>> = {}): Buffer {
    return execFileSync('git', args, {
      cwd: this.directory,
      env: { ...this.#environment, ...environment },
      input: input ?? Buffer.alloc(0),
      maxBuffer: 1 << 26,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  init(name: string, options: { readonly bare?: boolean; readonly format?: ObjectFormat } = {}): void {
    mkdirSync(this.path(name));
    const format = options.format ?? 'sha1';
    this.run(name, 'init', '-q', `--object-format=${format}`, ...(options.bare === true ? ['--bare'] : []));
    this.run(name, 'config', 'receive.advertisePushOptions', 'true');
    this.run(name, 'config', 'uploadpack.allowFilter', 'true');
  }

  /** One more commit on the current branch; its id. */
  commit(repository: string, file: string, content: string): string {
    writeFileSync(join(this.path(repository), file), content);
    this.run(repository, 'add', file);
    this.run(repository, 'commit', '-q', '-m', `add ${file}`);
    return this.run(repository, 'rev-parse', 'HEAD');
  }

  /** What git push sends and gets, over a pipe as it would be over SSH. */
  push(repository: string, to: string, ...args: string[]): Exchange {
    return this.#exchange(repository, ['push', '--quiet'], '--receive-pack', 'git-receive-pack', to, args);
  }

  fetch(repository: string, from: string, version: 0 | 1 | 2, ...args: string[]): Exchange {
    const command = ['-c', `protocol.version=${version}`, 'fetch', '--quiet'];
    return this.#exchange(repository, command, '--upload-pack', 'git-upload-pack', from, args);
  }

  #exchange(
    repository: string,
    command: readonly string[],
    option: string,
    program: string,
    remote: string,
    args: readonly string[],
  ): Exchange {
    const base = this.path(`exchange-${this.#exchanges++}`);
    const tap = `f() { tee ${base}.request | ${program} "$1" | tee ${base}.answer; }; f`;
    let exitCode = 0;
    let stderr = '';
    try {
      execFileSync(
        'git',
        [
          ...command,
          `${option}=${tap}`,
          ...args.filter((arg) => arg.startsWith('-')),
          this.path(remote),
          ...args.filter((arg) => !arg.startsWith('-')),
        ],
        {
          cwd: this.path(repository),
          env: this.#environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
    } catch (error) {
      const failure = error as { readonly status?: number | null; readonly stderr?: Buffer };
      if (typeof failure.status !== 'number') throw error;
      exitCode = failure.status;
      stderr = failure.stderr?.toString('utf8') ?? '';
    }
    return { request: readFileSync(`${base}.request`), answer: readFileSync(`${base}.answer`), exitCode, stderr };
  }
}
