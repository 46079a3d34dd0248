// Something a scanner or the inspection saw. Findings never carry a secret: `masked` is already masked.
import type { Oid } from '../../protocol/oid.ts';

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

export interface Finding {
  /** Stable rule id, such as `hidden-object`, `lfs-pointer`, `odd-path`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly text: string;
  readonly commit?: Oid;
  readonly path?: string;
  readonly line?: number;
  /** In bytes, from 1. */
  readonly column?: number;
  readonly masked?: string;
  /** Keyed, hex: tells the same secret again without holding it. Only secrets have one. */
  readonly fingerprint?: string;
  /** Id of the granted exception that covers it: it is shown, and counts for nothing. */
  readonly exception?: number;
  /** The inline comment that claims it is no secret. */
  readonly allowed?: string;
}
