// How much work a push is, before anything of it is read.
import type { UpdateFacts } from '../../push/inputs.ts';
import { isTellingRef } from '../notes/other-notes.ts';
import type { PushToAttribute } from './attribute-push.ts';

/** What takes some ten milliseconds at most. More is for a process of its own, which takes longer than that to start. */
const SMALL = { bytes: 512 * 1024, changes: 1_000, commits: 200 };

/** Whether it is more than the thread that serves everybody may be kept with. */
export function isLargePush({ commits, updates }: Pick<PushToAttribute, 'commits' | 'updates'>): boolean {
  if (commits.length > SMALL.commits) return true;
  let [bytes, changes] = [0, 0];
  for (const list of [...commits.map((commit) => commit.changes), ...updates.filter(isOfNotes).map(({ net }) => net)]) {
    changes += list.length;
    if (changes > SMALL.changes) return true;
    for (const { size = 0 } of list) bytes += size;
  }
  return bytes > SMALL.bytes;
}

function isOfNotes({ refName }: UpdateFacts): boolean {
  return isTellingRef(refName);
}

/** Of what is read besides the push: notes that came before, output that was recorded. */
export const SMALL_BESIDE = { noteBytes: 512 * 1024, outputLines: 5_000 };

/** There is more to compare a push with than it looked. */
export class MoreThanSmallError extends Error {}
