// The contract of a rule: what it is called, which literals lead to it, and what it sees there. A rule reports ranges of
// bytes; it knows nothing of masking, policy, files or other rules.
import type { Severity } from '../push/finding.ts';
import type { Reading } from './reading.ts';
import type { Shape } from './shape.ts';

/**
 * How sure a match is: `certain` (checksum or structure verified), `high` (a prefix that nobody else uses), `medium`
 * (the name beside it says so), `low` (looks random, nothing more; never more than severity low).
 */
export type Certainty = 'certain' | 'high' | 'medium' | 'low';

/** A literal that every match of a rule has in it, or just before it. */
export interface Anchor {
  /** Three ASCII characters or more. */
  readonly text: string;
  /** Found in any case: for names, not for prefixes. */
  readonly fold?: boolean;
  /** Only where no word byte stands before it. */
  readonly boundary?: boolean;
}

/** What a rule saw: the range of the secret itself, without quotes, name or separator. */
export interface Candidate {
  readonly start: number;
  readonly end: number;
  readonly certainty: Certainty;
  /** Where the random part begins, after any prefix; placeholders are looked for from here. Default `start`. */
  readonly body?: number;
  /** Default: the rule's own severity. */
  readonly severity?: Severity;
}

export interface RuleText {
  /** kebab-case and stable for ever: exceptions and policies name it. */
  readonly id: string;
  readonly vendor: string;
  /** What was found, such as `GitHub personal access token`. */
  readonly title: string;
  readonly severity: Severity;
  /** The vendor's page about this credential. */
  readonly url: string;
  /** What to do when it leaked, one sentence. */
  readonly remedy: string;
  /**
   * Pieces (twelve characters or more) of values that the vendor prints for everybody. A value that holds one is no secret,
   * whichever rule sees it.
   */
  readonly published?: readonly string[];
}

export interface SecretRule extends RuleText {
  readonly anchors: readonly Anchor[];
  /** Also look once at the first byte of every object, anchor or not: for files known by `reading.path`. */
  readonly atStart?: boolean;
  /**
   * Looks at one place where an anchor was found (`start` to `end` in `bytes`). Reads only between `reading.from` and
   * `reading.to`, at most 4 KiB either way, and in time linear in that.
   */
  readonly check: (
    bytes: Uint8Array,
    start: number,
    end: number,
    reading: Reading,
  ) => Candidate | readonly Candidate[] | undefined;
  /** The shape as data, where a builder made the rule: tests generate values from it. */
  readonly shape?: Shape;
  /** Keep matches that look like placeholders: for kinds whose body is not random text. */
  readonly keepsPlaceholders?: boolean;
}

export interface Match {
  readonly rule: SecretRule;
  readonly start: number;
  readonly end: number;
  /** Where the random part begins: what stands before it is public. */
  readonly body: number;
  readonly certainty: Certainty;
  readonly severity: Severity;
}
