// Reading a TOML table key by key, every fault noted with the rule it belongs to. Keys are read without regard to case,
// as gitleaks reads them.
import { visibleText } from '../../../protocol/bytes.ts';
import type { ConfigProblem } from './config.ts';

/** Where problems go, and what they are about. */
export interface Report {
  readonly problems: ConfigProblem[];
  /** What all patterns of a config together may still take: instructions. */
  readonly budget: { instructions: number };
  readonly rule?: string;
  readonly line?: number;
}

/** Of each level: many warnings must not hide an error, for then the file would be used. */
const MAX_PROBLEMS = 100;
/** About 100 MB. All public rules of gitleaks together take 60,000. */
const MAX_INSTRUCTIONS = 500_000;

export function newReport(problems: ConfigProblem[] = []): Report {
  return { problems, budget: { instructions: MAX_INSTRUCTIONS } };
}

export function problem(report: Report, level: ConfigProblem['level'], message: string, hint: string): undefined {
  const { problems, rule, line } = report;
  if (problems.filter((one) => one.level === level).length >= MAX_PROBLEMS) return undefined;
  problems.push({ level, ...(line !== undefined && { line }), ...(rule !== undefined && { rule }), message, hint });
  return undefined;
}

export class TomlTable {
  readonly report: Report;
  readonly #values = new Map<string, unknown>();
  readonly #name: string;

  /** `name` is how the table is written in the file, such as `[[rules]]`. */
  constructor(value: unknown, name: string, report: Report) {
    this.report = report;
    this.#name = name;
    if (!isTable(value)) problem(report, 'error', `${name} is no table`, `write ${name} on a line of its own`);
    else for (const [key, item] of Object.entries(value)) this.#add(key, item);
  }

  #add(key: string, item: unknown): void {
    const folded = key.toLowerCase();
    if (this.#values.has(folded)) {
      problem(this.report, 'error', `${this.#name} has \`${visibleText(key)}\` in two spellings`, 'keep one of them');
    }
    this.#values.set(folded, item);
  }

  has(key: string): boolean {
    return this.#values.has(key.toLowerCase());
  }

  text(key: string): string | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(key, 'text', 'put it in quotes');
  }

  /** A number from 0 to `most`. */
  number(key: string, most: number, kind: 'whole' | 'any'): number | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= 0 && value <= most && (kind === 'any' || Number.isInteger(value))) {
      return value;
    }
    return this.#wrong(
      key,
      `${kind === 'whole' ? 'a whole' : 'a'} number from 0 to ${most}`,
      'write it without quotes',
    );
  }

  flag(key: string): boolean | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrong(key, 'true or false', 'write it without quotes');
  }

  /** A list of at most `most` texts; empty when it is missing. */
  texts(key: string, most: number): readonly string[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      return this.#wrong(key, 'a list of texts', `write it as ${key} = ["…", "…"]`) ?? [];
    }
    return value.length > most ? (this.#wrong(key, `at most ${most} texts`, 'split the list') ?? []) : value;
  }

  /** The tables under `key`, whether it is one table or a list of them. */
  tables(key: string, most: number): readonly unknown[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.every(isTable) && list.length <= most) return list;
    return this.#wrong(key, `at most ${most} tables`, `write [[${key}]] above each`) ?? [];
  }

  /** Warns of every key that nobody asked for: a mistyped key would be a check that is silently off. */
  done(): void {
    for (const key of this.#values.keys()) {
      const hint = 'look at its spelling; keys of later versions of gitleaks are not known here';
      problem(
        this.report,
        'warning',
        `${this.#name} has the unknown key \`${visibleText(key)}\`: it has no effect`,
        hint,
      );
    }
  }

  #take(key: string): unknown {
    const folded = key.toLowerCase();
    const value = this.#values.get(folded);
    this.#values.delete(folded);
    return value;
  }

  #wrong(key: string, what: string, hint: string): undefined {
    return problem(this.report, 'error', `\`${key}\` of ${this.#name} must be ${what}`, hint);
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
