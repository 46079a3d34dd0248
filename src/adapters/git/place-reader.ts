// Objects where a push has them: its own directory before that of the repository.
import { join } from 'node:path';
import type { ObjectPlace } from '../../domain/secrets/secret-scanner.ts';
import { type CatFile, openCatFile } from './cat-file.ts';
import type { GitEnvironment } from './git-process.ts';

export interface ObjectLimits {
  /** Largest object that can be accepted; decides what memory git gets to look at undecided ones. */
  readonly maxObjectBytes: number;
}

/** For the tables of five million objects and git's caches, beside the objects it has in hand. */
const BASE_MEMORY_BYTES = 1 << 30;
/** A delta's base and its result. */
const OBJECTS_IN_HAND = 2;

/** A few bytes can describe objects of any size: git would take all memory of the machine for them (THREATS.md 79). */
export function memoryFor({ maxObjectBytes }: ObjectLimits): number {
  return BASE_MEMORY_BYTES + OBJECTS_IN_HAND * maxObjectBytes;
}

/** While they are undecided: git refuses every ref update there. */
export function environmentOf({ gitDir, objectDirectory }: ObjectPlace): GitEnvironment {
  if (objectDirectory === undefined) return { gitDir };
  return { gitDir, objectDirectory, alternates: [join(gitDir, 'objects')], quarantine: true };
}

export function openPlaceReader(place: ObjectPlace, limits: ObjectLimits): CatFile {
  return openCatFile(environmentOf(place), { memoryBytes: memoryFor(limits) });
}
