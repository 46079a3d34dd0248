// A finding as the report formats take it. Every text here is masked already, messages and names too: the formats add
// nothing and hide nothing.
import type { Severity } from '../../push/finding.ts';

export interface ReportFinding {
  readonly rule: string;
  readonly description?: string;
  readonly severity: Severity;
  readonly masked: string;
  /** From the root of what was scanned, with `/`; a member of an archive as `archive!member`. */
  readonly file: string;
  /** From 1; 0 when the finding has no place in the file. */
  readonly line: number;
  readonly column: number;
  /** Of the last character; the same as line and column unless given. */
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly symlink?: string;
  readonly commit?: string;
  readonly author?: string;
  readonly email?: string;
  /** ISO 8601. */
  readonly date?: string;
  readonly message?: string;
  readonly tags?: readonly string[];
  /** Bits a character. */
  readonly entropy?: number;
  /** Stays the same when lines move; not the value, and nothing the value could be found from. */
  readonly fingerprint?: string;
}

/** A rule as SARIF lists it. */
export interface ReportRule {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  /** The vendor's page. */
  readonly helpUrl?: string;
}
