// Notes as git-ai could write them, with the names that are hardest to write.
import fc from 'fast-check';
import type { LineRange } from '../../../../src/domain/attribution/evidence.ts';
import type { NotePrompt, NoteSession } from '../../../../src/domain/attribution/notes/git-ai-legacy.ts';
import type { GitAiNote, NoteFile } from '../../../../src/domain/attribution/notes/git-ai-note.ts';

const HEX = '0123456789abcdef';

export function hex(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...HEX), minLength: length, maxLength: length });
}

/** Paths that the format can hold: no line feed, not empty. */
export function arbitraryPath(): fc.Arbitrary<string> {
  const hard = [
    '---',
    '"',
    '""',
    ' ',
    '  a',
    '..',
    '../../etc/passwd',
    'a\tb',
    'a\r',
    '\u202egnp.ts',
    '\0',
    'x'.repeat(4096),
  ];
  const unit = fc.oneof(
    fc.constantFrom(...('ab/.-" \t\r\\{[\u202e\ud83d\ude00é\udcff'.match(/./gu) ?? [])),
    fc.constant('s'),
  );
  return fc.oneof(fc.constantFrom(...hard), fc.string({ unit, minLength: 1, maxLength: 30 }));
}

/** Ascending and apart. */
export function arbitraryRanges(): fc.Arbitrary<readonly LineRange[]> {
  const step = fc.record(
    { gap: fc.integer({ min: 1, max: 50 }), length: fc.integer({ min: 1, max: 50 }) },
    { noNullPrototype: true },
  );
  return fc.array(step, { minLength: 1, maxLength: 12 }).map((steps) => {
    const ranges: LineRange[] = [];
    let at = 0;
    for (const { gap, length } of steps) {
      const start = at + gap + (ranges.length === 0 ? 0 : 1);
      at = start + length - 1;
      ranges.push({ start, end: at });
    }
    return ranges;
  });
}

export function arbitraryNote(): fc.Arbitrary<GitAiNote> {
  return fc.record(
    {
      files: fc.array(arbitraryFile(), { maxLength: 6 }),
      schemaVersion: fc.constant('authorship/3.0.0'),
      baseCommit: hex(40),
      gitAiVersion: fc.string(),
      prompts: records(fc.oneof(hex(16), hex(7)), arbitraryPrompt()),
      sessions: records(sessionName(), arbitrarySession()),
      humans: records(
        hex(14).map((digits) => `h_${digits}`),
        fc.string(),
      ),
    },
    { requiredKeys: ['files', 'schemaVersion', 'baseCommit', 'prompts', 'sessions', 'humans'], noNullPrototype: true },
  );
}

function arbitraryFile(): fc.Arbitrary<NoteFile> {
  const entry = fc.record({ key: arbitraryKey(), ranges: arbitraryRanges() }, { noNullPrototype: true });
  return fc.record(
    { path: arbitraryPath(), entries: fc.array(entry, { minLength: 1, maxLength: 4 }) },
    { noNullPrototype: true },
  );
}

function arbitraryKey(): fc.Arbitrary<string> {
  const checkpoint = fc.tuple(sessionName(), hex(14)).map(([session, digits]) => `${session}::t_${digits}`);
  const human = hex(14).map((digits) => `h_${digits}`);
  return fc.oneof(checkpoint, sessionName(), human, hex(16), hex(7), fc.constantFrom('human', 'ai_agent', '__proto__'));
}

function sessionName(): fc.Arbitrary<string> {
  return hex(14).map((digits) => `s_${digits}`);
}

function arbitrarySession(): fc.Arbitrary<NoteSession> {
  return fc.record(
    {
      tool: fc.oneof(fc.constantFrom('claude', 'codex', 'mock_ai', ''), fc.string()),
      id: fc.string({ unit: 'grapheme' }),
      model: fc.string(),
      humanAuthor: fc.string(),
      customAttributes: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    },
    { requiredKeys: ['tool', 'id', 'model'], noNullPrototype: true },
  );
}

function arbitraryPrompt(): fc.Arbitrary<NotePrompt> {
  return fc
    .tuple(
      arbitrarySession(),
      fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      fc.option(fc.webUrl(), { nil: undefined }),
    )
    .map(([session, counts, messagesUrl]) => ({
      ...session,
      ...(messagesUrl === undefined ? {} : { messagesUrl }),
      totalAdditions: counts[0] as number,
      totalDeletions: counts[1] as number,
      acceptedLines: counts[2] as number,
      overriddenLines: counts[3] as number,
    }));
}

function records<T>(name: fc.Arbitrary<string>, record: fc.Arbitrary<T>): fc.Arbitrary<ReadonlyMap<string, T>> {
  return fc.array(fc.tuple(name, record), { maxLength: 3 }).map((pairs) => new Map(pairs));
}
