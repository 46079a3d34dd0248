// What the rules of a `.gitleaks.toml` find. Places only, in bytes of the text: whoever reports them masks them.
import type { Span } from '../../regex/linear-regex.ts';
import type { GitleaksRule } from './config.ts';

export interface Place {
  /** From 1; 0 when the path alone made the finding. */
  readonly startLine: number;
  readonly endLine: number;
  /** From 1, in bytes; the end column is that of the last byte. */
  readonly startColumn: number;
  readonly endColumn: number;
}

export interface GitleaksMatch extends Place {
  readonly rule: GitleaksRule;
  readonly match: Span;
  /** Within the match; empty when the group that the rule names took no part. */
  readonly secret: Span;
  /** The whole lines that the match touches. */
  readonly lines: Span;
  /** Of the secret, in bits. */
  readonly entropy: number;
  /** The findings of other rules that this one needed. */
  readonly required: readonly RequiredMatch[];
}

export interface RequiredMatch extends Place {
  readonly rule: string;
  readonly secret: Span;
}
