// What one coding agent leaves behind in a commit or a branch name, as dated data: vendors change these strings often.
// The readers give a rule its meaning; patterns are tried on single short lines, begin with `^`, and have no repetition
// inside another, so that no message makes them slow. Their named groups are what is taken from a match: `model`,
// `session`, `version`.
import type { CodingAgentId } from '../evidence.ts';

/** `YYYY-MM-DD`, in UTC. */
export type Day = string;

/**
 * How much a match says: A an author identity of the agent, T a trailer or footer that declares it, L a link to a
 * session that its owner can open, W a weak sign. All of them are as good as who pushes: anyone can write them.
 */
export type Strength = 'A' | 'T' | 'L' | 'W';

export type Role = 'author' | 'committer' | 'co-author';

interface DatedRule {
  /** The agent's id, a slash, and what it reads. */
  readonly id: string;
  readonly strength: Strength;
  /** First and last day on which the agent wrote it; a match on another day is a weak sign. */
  readonly validFrom?: Day;
  readonly validTo?: Day;
  /** Days on which others' work was marked as well. */
  readonly weakFrom?: Day;
  readonly weakTo?: Day;
  /** Says that the agent had part in the commit, not that the commit is its own. */
  readonly isPartial?: true;
}

export interface GithubAccount {
  /** The number in `number+login@users.noreply.github.com`: it stays, logins are renamed and registered anew. */
  readonly id?: number;
  readonly login: string;
}

/** Who a commit names: by address, never by name, since people are called Claude, Devin and Jules. */
export interface IdentityRule extends DatedRule {
  readonly reads: 'identity';
  /** Whole addresses, lower case: at the same domains there are people. */
  readonly emails?: readonly string[];
  readonly github?: readonly GithubAccount[];
  /** Where it counts; everywhere when absent. */
  readonly roles?: readonly Role[];
  /** Tried on the name that stands before the address. */
  readonly name?: readonly RegExp[];
}

/** What is put behind a person's name: the one thing that names are read for. */
export interface NameSuffixRule extends DatedRule {
  readonly reads: 'name-suffix';
  readonly suffix: string;
}

export interface TrailerRule extends DatedRule {
  readonly reads: 'trailer';
  readonly kind: 'trailer' | 'session-link';
  /** Lower case. */
  readonly key: string;
  readonly value: RegExp;
}

/** A line that stands by itself. */
export interface LineRule extends DatedRule {
  readonly reads: 'line';
  readonly kind: 'footer' | 'session-link' | 'message';
  readonly line: RegExp;
  /** The line behind it. */
  readonly next?: RegExp;
  readonly place?: 'subject';
}

/** Without `refs/heads/`. */
export interface BranchRule extends DatedRule {
  readonly reads: 'branch';
  readonly branch: RegExp;
}

export type AgentRule = IdentityRule | NameSuffixRule | TrailerRule | LineRule | BranchRule;

export interface CodingAgent {
  readonly id: CodingAgentId;
  /** For people. */
  readonly name: string;
  /** The day on which its rules were last compared with what it writes. */
  readonly version: Day;
  /** What people call it in `Assisted-by:`, lower case; nobody is called so. */
  readonly names?: readonly string[];
  /** What it is called there too, but people and other things as well: counts before a model (`claude:claude-opus-4`). */
  readonly shortNames?: readonly string[];
  readonly rules: readonly AgentRule[];
}
