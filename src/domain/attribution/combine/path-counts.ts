// How many lines of each path a push adds in each state: for rules about paths that a machine, or nobody knows who, wrote in.
import { addCounts, type LineCounts, NO_LINES, type PushAttribution } from '../attribution.ts';

/** Over all commits; generated files too, because a lock file is a path to protect. */
export function countsByPath({ commits }: PushAttribution): ReadonlyMap<string, LineCounts> {
  const counts = new Map<string, LineCounts>();
  for (const { files } of commits) {
    for (const { path, lines } of files) counts.set(path, addCounts(counts.get(path) ?? NO_LINES, lines));
  }
  return counts;
}
