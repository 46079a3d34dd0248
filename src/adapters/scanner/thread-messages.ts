// What the pool and its threads say to each other. A thread has one job at a time.

import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type {
  EarlyScans,
  ObjectPlace,
  ObjectScan,
  ScannedObject,
  WantedObject,
} from '../../domain/secrets/secret-scanner.ts';
import type { FileScan, FileToScan } from './scan-files.ts';
import type { PackToScan } from './scan-pack.ts';

export type Job =
  | { readonly kind: 'objects'; readonly objects: readonly ScannedObject[] }
  | { readonly kind: 'files'; readonly files: readonly FileToScan[] }
  | { readonly kind: 'pack'; readonly pack: PackToScan }
  | { readonly kind: 'repository'; readonly place: ObjectPlace; readonly wanted?: readonly WantedObject[] };

export interface ToThread {
  readonly job: Job;
  /** Of a SharedPurse: all jobs of a call pay from it. */
  readonly purse: SharedArrayBuffer;
  /** What the agent holds by now. */
  readonly held: HeldDigests | undefined;
}

/** An object of a repository that has something to tell; `index`: place in `wanted`. */
export interface ToldObject {
  readonly oid: string;
  readonly index: number;
  readonly scan: ObjectScan;
}

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'objects'; readonly scans: readonly ObjectScan[] }
  | { readonly kind: 'files'; readonly scans: readonly FileScan[] }
  | { readonly kind: 'pack'; readonly seen: EarlyScans }
  /** Since the last message. */
  | {
      readonly kind: 'progress';
      readonly told: readonly ToldObject[];
      readonly objects: number;
      readonly bytes: number;
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };
