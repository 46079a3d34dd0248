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
  /** From 1; of the message, where there is no path. */
  readonly line?: number;
  /** In bytes, from 1. */
  readonly column?: number;
  /** Where it stands when that is no file's content. */
  readonly where?: TextPlace;
  readonly masked?: string;
  /** Of a secret: its name that is kept where it must not be itself. */
  readonly fingerprint?: string;
  /** What to do when it leaked: a sentence, with the first place of each secret. */
  readonly remedy?: string;
  /** Id of the granted exception that covers it. */
  readonly exception?: number;
  /** The comment on its line that asks to let it pass. */
  readonly allowed?: string;
}

/** Text of a push that is in no file. */
export type TextPlace = 'commit' | 'tag' | 'file name' | 'ref name' | 'push option' | 'object';

/** Stands for the secrets of a push that were too many to be listed one by one; nothing excepts it. */
export const MORE_SECRETS = 'more-secrets';
/** What could not be looked into. */
export const NOT_INSPECTED = 'not-inspected';

/** Whether a finding is a secret, or stands for some. */
export function isSecret({ fingerprint, rule }: Finding): boolean {
  return fingerprint !== undefined || rule === MORE_SECRETS;
}
