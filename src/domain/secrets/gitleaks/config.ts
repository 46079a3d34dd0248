// What a `.gitleaks.toml` says, compiled. Rules of ours are no part of it: `useDefault` asks for them, and `overlays` say
// what the file changes about them.
import type { LinearRegex } from '../../regex/linear-regex.ts';

export interface GitleaksConfig {
  readonly title: string;
  readonly description: string;
  readonly rules: readonly GitleaksRule[];
  /** For every rule. */
  readonly allowlists: readonly Allowlist[];
  /** `[extend] useDefault`: the rules of the scanner itself count as well, but for the disabled ones. */
  readonly useDefault: boolean;
  /** Rule ids; only with useDefault. */
  readonly disabledDefaultRules: readonly string[];
  /** Only with useDefault. */
  readonly overlays: readonly RuleOverlay[];
}

export interface GitleaksRule {
  readonly id: string;
  readonly description: string;
  /** Undefined: the path alone makes the finding. */
  readonly regex: LinearRegex | undefined;
  readonly path: LinearRegex | undefined;
  /** The group that is the secret, from 1; 0: the first one that is not empty, else the whole match. */
  readonly secretGroup: number;
  /** A secret with at most so many bits a character is no finding; 0: every one is. */
  readonly entropy: number;
  /** In lower case. The rule runs on texts that hold one of them; with none, on every text. */
  readonly keywords: readonly string[];
  readonly tags: readonly string[];
  /** Counts only as a part of other rules. */
  readonly skipReport: boolean;
  readonly allowlists: readonly Allowlist[];
  readonly required: readonly RequiredRule[];
}

/** A finding of another rule that must be near: within so many lines, columns or both; with neither, anywhere. */
export interface RequiredRule {
  readonly id: string;
  readonly withinLines: number | undefined;
  readonly withinColumns: number | undefined;
}

/** What a file says about a rule that it does not define: one of the scanner's own. */
export interface RuleOverlay {
  readonly id: string;
  readonly description: string | undefined;
  readonly entropy: number | undefined;
  readonly tags: readonly string[];
  readonly allowlists: readonly Allowlist[];
}

export type RegexTarget = 'secret' | 'match' | 'line';

/** `or`: any check that holds allows; `and`: all that are given. At least one is given. */
export interface Allowlist {
  readonly description: string;
  readonly condition: 'or' | 'and';
  /** In lower case. */
  readonly commits: ReadonlySet<string>;
  readonly paths: readonly LinearRegex[];
  readonly regexes: readonly LinearRegex[];
  readonly regexTarget: RegexTarget;
  /** In lower case; looked for in the secret. */
  readonly stopwords: readonly string[];
}

/** A fault of a file. An error keeps the file from being used; a warning says what has no effect. */
export interface ConfigProblem {
  readonly level: 'error' | 'warning';
  /** From 1, where it is known. */
  readonly line?: number;
  /** The rule's id, or its number (`#3`) when it has none. */
  readonly rule?: string;
  readonly message: string;
  readonly hint: string;
}
