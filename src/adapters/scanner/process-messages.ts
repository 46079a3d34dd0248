// What the gateway and its scanner process say to each other (adapters/process).
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type {
  ArrivingPack,
  EarlyScans,
  ObjectPlace,
  ObjectScan,
  RepositoryScanned,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';

/** `held`: what the agent holds by now. */
export type ScanTask =
  | {
      readonly kind: 'repository';
      readonly place: ObjectPlace;
      readonly wanted?: readonly WantedObject[];
      readonly held: HeldDigests | undefined;
    }
  | { readonly kind: 'arriving'; readonly pack: ArrivingPack; readonly held: HeldDigests | undefined };

/** Of a pack that arrives. */
export type ToScan =
  | { readonly kind: 'grown'; readonly bytes: number }
  /** `stop`: what is seen so far is enough. */
  | { readonly kind: 'whole' | 'stop' };

export type FromScan =
  | { readonly kind: 'told'; readonly oid: string; readonly scan: ObjectScan; readonly index: number }
  | { readonly kind: 'progress'; readonly objects: number; readonly bytes: number };

export type ScanResult =
  | { readonly kind: 'repository'; readonly total: RepositoryScanned }
  | { readonly kind: 'arriving'; readonly seen: EarlyScans | undefined };
