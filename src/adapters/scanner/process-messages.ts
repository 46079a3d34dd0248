// What the gateway and its scanner process say to each other, over node's own channel (advanced serialization).
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type {
  ArrivingPack,
  EarlyScans,
  ObjectPlace,
  ObjectScan,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';
import type { ScannerErrorCode } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';

export type ToProcess =
  /** First of all. */
  | { readonly kind: 'settings'; readonly settings: ScannerSettings }
  | {
      readonly kind: 'scan';
      readonly id: number;
      readonly place: ObjectPlace;
      readonly wanted?: readonly WantedObject[];
      /** What the agent holds by now. */
      readonly held: HeldDigests | undefined;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | {
      readonly kind: 'arriving';
      readonly id: number;
      readonly pack: ArrivingPack;
      readonly held: HeldDigests | undefined;
    }
  | { readonly kind: 'grown'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'whole' | 'stop'; readonly id: number };

export type FromProcess =
  | {
      readonly kind: 'told';
      readonly id: number;
      readonly oid: string;
      readonly scan: ObjectScan;
      readonly index: number;
    }
  | { readonly kind: 'progress' | 'done'; readonly id: number; readonly objects: number; readonly bytes: number }
  /** The last word about an arriving pack. */
  | { readonly kind: 'seen'; readonly id: number; readonly seen: EarlyScans | undefined }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ScannerErrorCode; readonly message: string };
