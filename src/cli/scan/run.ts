// One scan on its way from a source to a report: what is found goes through the sieve, what was not read is said.
import type { SecretFinding, UninspectedThing } from '../../domain/secrets/secret-scanner.ts';
import { printError } from '../terminal.ts';
import type { Progress } from './progress.ts';
import type { Report } from './report.ts';
import type { Sieve } from './sieve.ts';

/** What is known of the commit that introduced something. */
export interface CommitFacts {
  readonly commit: string;
  readonly author?: string;
  readonly email?: string;
  readonly date?: string;
  readonly message?: string;
}

const MAX_TOLD = 20;

export class ScanRun {
  bytes = 0;
  done = 0;
  total: number | undefined;
  unreadable = 0;
  #notInspected = 0;
  readonly #report: Report;
  readonly #sieve: Sieve;
  readonly #progress: Progress;

  constructor(report: Report, sieve: Sieve, progress: Progress) {
    this.#report = report;
    this.#sieve = sieve;
    this.#progress = progress;
  }

  get found(): number {
    return this.#report.count;
  }

  /** `file` as it is told; it stands for the finding's own path. */
  add(finding: SecretFinding, file: string, facts?: CommitFacts): void {
    if (!this.#sieve.passes(finding, file, facts?.commit)) return;
    const { rule, title, severity, masked, line, column, endLine, endColumn, entropy, tags } = finding;
    this.#progress.clear();
    this.#report.add({
      ...{ rule, description: title, severity, masked, file, line, column, endLine, endColumn },
      ...(entropy !== undefined && { entropy }),
      ...(tags !== undefined && { tags }),
      ...facts,
    });
  }

  miss({ text }: UninspectedThing, file: string): void {
    this.#notInspected += 1;
    this.#tell(this.#notInspected, `${shortened(file)}: ${text}`);
  }

  cannotRead(file: string, code: string): void {
    this.unreadable += 1;
    this.#tell(this.unreadable, `${shortened(file)}: cannot be read (${code})`);
  }

  advance(objects: number, bytes: number): void {
    this.done += objects;
    this.bytes += bytes;
    this.#progress.update({ done: this.done, total: this.total, bytes: this.bytes, found: this.found });
  }

  end(): void {
    this.#progress.clear();
    this.#report.end();
  }

  #tell(count: number, text: string): void {
    this.#progress.clear();
    if (count <= MAX_TOLD) printError(`sallyport: ${text}`);
    else if (count === MAX_TOLD + 1) printError('sallyport: and more of these');
  }
}

/** Names inside of archives are whatever their maker wrote. */
function shortened(file: string): string {
  return file.length > MAX_NAME ? `${file.slice(0, MAX_NAME)}…` : file;
}

const MAX_NAME = 300;
