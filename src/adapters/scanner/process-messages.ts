// What the gateway and its scanner process say to each other (adapters/process).
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type { ObjectPlace, ObjectScan, WantedObject } from '../../domain/secrets/secret-scanner.ts';

export interface ScanTask {
  readonly place: ObjectPlace;
  readonly wanted?: readonly WantedObject[];
  /** What the agent holds by now. */
  readonly held: HeldDigests | undefined;
}

export type FromScan =
  | { readonly kind: 'told'; readonly oid: string; readonly scan: ObjectScan; readonly index: number }
  | { readonly kind: 'progress'; readonly objects: number; readonly bytes: number };
