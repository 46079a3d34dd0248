// Two notes about one commit, made by two recorders: what the first says stays, the second adds what it alone knows.

import { joinRanges, without } from '../lines/line-ranges.ts';
import type { GitAiNote, NoteEntry, NoteFile } from './git-ai-note.ts';

/** Lines that `first` speaks of keep what it says of them. */
export function mergeNotes(first: GitAiNote, second: GitAiNote): GitAiNote {
  const others = new Map(second.files.map((file) => [file.path, file]));
  const merged = first.files.map((file) => {
    const other = others.get(file.path);
    others.delete(file.path);
    return other === undefined ? file : mergeFile(file, other);
  });
  return {
    ...first,
    files: [...merged, ...others.values()],
    prompts: new Map([...second.prompts, ...first.prompts]),
    sessions: new Map([...second.sessions, ...first.sessions]),
    humans: new Map([...second.humans, ...first.humans]),
  };
}

function mergeFile(first: NoteFile, second: NoteFile): NoteFile {
  const taken = joinRanges(first.entries.flatMap(({ ranges }) => ranges));
  const entries = new Map<string, NoteEntry>(first.entries.map((entry) => [entry.key, entry]));
  const repeated = first.entries.length !== entries.size;
  const added = second.entries.map(({ key, ranges }) => ({ key, ranges: without(ranges, taken) }));
  const fresh = added.filter(({ ranges }) => ranges.length > 0);
  // Of an entry that stands twice the order matters, so nothing is joined there.
  if (repeated) return { path: first.path, entries: [...first.entries, ...fresh] };
  for (const { key, ranges } of fresh) {
    entries.set(key, { key, ranges: joinRanges([...(entries.get(key)?.ranges ?? []), ...ranges]) });
  }
  return { path: first.path, entries: [...entries.values()] };
}
