// Where a note is found in the tree of a notes ref. Git names it after the object it is about and puts it into
// directories of two digits as the tree grows (notes.c, "fan-out"): `abcd…`, `ab/cd…`, `ab/cd/ef…`, and both of two
// depths may be in one tree after a merge. So nobody may count on a depth.
import type { Oid } from '../../../protocol/oid.ts';

const NOTE_PATH = /^(?:[0-9a-f]{2}\/){0,31}[0-9a-f]{2,64}$/;
const FULL = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit that the note at `path` is about; undefined for what is no note to git (a README, another name). */
export function commitOfNotePath(path: string): Oid | undefined {
  if (path.length > 64 + 31 || !NOTE_PATH.test(path)) return undefined;
  const oid = path.replaceAll('/', '');
  return FULL.test(oid) ? oid : undefined;
}
