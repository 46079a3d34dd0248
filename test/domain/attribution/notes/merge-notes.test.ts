import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GIT_AI_SCHEMA, type GitAiNote, type NoteFile } from '../../../../src/domain/attribution/notes/git-ai-note.ts';
import { mergeNotes } from '../../../../src/domain/attribution/notes/merge-notes.ts';

const note = (...files: NoteFile[]): GitAiNote => ({
  ...{ files, schemaVersion: GIT_AI_SCHEMA, baseCommit: 'c'.repeat(40) },
  ...{ prompts: new Map(), sessions: new Map(), humans: new Map() },
});
const file = (path: string, ...entries: [key: string, ...ranges: [number, number][]][]): NoteFile => ({
  path,
  entries: entries.map(([key, ...ranges]) => ({ key, ranges: ranges.map(([start, end]) => ({ start, end })) })),
});

test('what the first note speaks of stays its own; the rest is added', () => {
  const merged = mergeNotes(
    note(file('a', ['s_1', [3, 5]], ['s_2', [8, 8]])),
    note(file('a', ['s_3', [1, 9]], ['s_1', [4, 10]]), file('b', ['s_3', [1, 1]])),
  );
  assert.deepEqual(merged.files, [
    file('a', ['s_1', [3, 7], [9, 10]], ['s_2', [8, 8]], ['s_3', [1, 2], [6, 7], [9, 9]]),
    file('b', ['s_3', [1, 1]]),
  ]);
});

test('a note with itself is the same note', () => {
  const one = note(file('a', ['s_1', [1, 2], [7, 7]]));
  assert.deepEqual(mergeNotes(one, one), one);
});
