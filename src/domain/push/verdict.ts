// What a push gets: a value with its reasons. The same value is told to the pusher, shown to reviewers and stored.

export type Outcome = 'forward' | 'hold' | 'refuse';

export interface Reason {
  /** Name of the policy rule, or of a built-in default (`default: …`). */
  readonly rule: string;
  /** `flag` forwards, but is noted. */
  readonly outcome: 'flag' | 'hold' | 'refuse';
  /** One line that says what matched. */
  readonly text: string;
  /** The paths that made the rule match (at most MAX_REASON_PATHS), when paths did. */
  readonly paths?: readonly string[];
  /** Indexes into the push's findings, when findings did. */
  readonly findings?: readonly number[];
  /** What to do next, for a refused developer. */
  readonly hint?: string;
  /** More of that, line by line, before the hint. */
  readonly mend?: readonly string[];
  /** Of a hold that was a refusal until its pusher said why: what approving it grants. */
  readonly exceptions?: ExceptionRequest;
}

/** Findings that are to count no longer, in this repository, for some time. */
export interface ExceptionRequest {
  /** Who is asked. */
  readonly group: string;
  /** Indexes into the push's findings. */
  readonly findings: readonly number[];
  /** Milliseconds from the release on. */
  readonly lifetime: number;
}

/** Who may fill a slot: any member of our group, or one person by name or address. */
export type Approver = { readonly group: string } | { readonly user: string };

export interface Requirement {
  /** The group that approves; with `anyOf`, how that set of owners is shown (`sre or @bob`). */
  readonly group: string;
  readonly count: number;
  /** Filled when read from a store: how many of `count` are given. */
  readonly given: number;
  /** Rules that ask for it. */
  readonly rules: readonly string[];
  /** When present, these may fill the slots, instead of the members of `group`. */
  readonly anyOf?: readonly Approver[];
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  /** Empty unless held. */
  readonly requirements: readonly Requirement[];
  /** How long a hold waits, in milliseconds. */
  readonly expiresAfter?: number;
  /** It would have been held. */
  readonly breakGlass?: true;
}

export const MAX_REASON_PATHS = 50;
