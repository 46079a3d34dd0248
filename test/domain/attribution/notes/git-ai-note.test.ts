import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type GitAiNote,
  parseGitAiNote,
  serialiseGitAiNote,
} from '../../../../src/domain/attribution/notes/git-ai-note.ts';
import { MAX_NOTE_BYTES } from '../../../../src/domain/attribution/notes/note-limits.ts';
import { arbitraryNote } from './arbitrary-note.ts';

const BASE = '7734793b756b3921c88db5375a8c156e9532447b';
const META = `{"schema_version":"authorship/3.0.0","base_commit_sha":"${BASE}","prompts":{}}`;
const SESSION = 's_c9883b05a2487d';

function parsed(text: string | Buffer): GitAiNote {
  const result = parseGitAiNote(Buffer.from(text));
  if (result.outcome === 'refused') assert.fail(result.text);
  return result.note;
}

function refusal(text: string | Buffer): string {
  const result = parseGitAiNote(Buffer.from(text));
  if (result.outcome === 'parsed') assert.fail('was not refused');
  return `${result.rule}: ${result.text}`;
}

describe('a git-ai note', () => {
  it('with every form of key is read and written back', () => {
    const note = parsed(`src/main.rs
  ${SESSION}::t_9f8e7d6c5b4a32 1-10,15-20
  ${SESSION} 25,30-35
  h_31dce776f88375 42-50
"src/my lib.rs"
  abcd1234abcd1234 1-50
  abcd123 51
---
{
  "schema_version": "authorship/3.0.0",
  "git_ai_version": "1.4.5",
  "base_commit_sha": "${BASE}",
  "prompts": { "abcd1234abcd1234": { "agent_id": { "tool": "cursor", "id": "c-1", "model": "gpt-5" },
    "human_author": "Ann <ann@example.com>", "messages_url": "https://example.com/c-1",
    "total_additions": 50, "total_deletions": 1, "accepted_lines": 49, "overriden_lines": 1 } },
  "humans": { "h_31dce776f88375": { "author": "Ann <ann@example.com>" } },
  "sessions": { "${SESSION}": { "agent_id": { "tool": "claude", "id": "s-1", "model": "claude-opus-4-6" },
    "human_author": "ann@example.com", "custom_attributes": { "team": "backend", "n": 3 } } }
}`);
    assert.deepEqual(note, {
      files: [
        {
          path: 'src/main.rs',
          entries: [
            { key: `${SESSION}::t_9f8e7d6c5b4a32`, ranges: [range(1, 10), range(15, 20)] },
            { key: SESSION, ranges: [range(25, 25), range(30, 35)] },
            { key: 'h_31dce776f88375', ranges: [range(42, 50)] },
          ],
        },
        {
          path: 'src/my lib.rs',
          entries: [
            { key: 'abcd1234abcd1234', ranges: [range(1, 50)] },
            { key: 'abcd123', ranges: [range(51, 51)] },
          ],
        },
      ],
      schemaVersion: 'authorship/3.0.0',
      baseCommit: BASE,
      gitAiVersion: '1.4.5',
      prompts: new Map([
        [
          'abcd1234abcd1234',
          {
            tool: 'cursor',
            id: 'c-1',
            model: 'gpt-5',
            humanAuthor: 'Ann <ann@example.com>',
            messagesUrl: 'https://example.com/c-1',
            totalAdditions: 50,
            totalDeletions: 1,
            acceptedLines: 49,
            overriddenLines: 1,
          },
        ],
      ]),
      sessions: new Map([
        [
          SESSION,
          {
            tool: 'claude',
            id: 's-1',
            model: 'claude-opus-4-6',
            humanAuthor: 'ann@example.com',
            customAttributes: new Map([['team', 'backend']]),
          },
        ],
      ]),
      humans: new Map([['h_31dce776f88375', 'Ann <ann@example.com>']]),
    });
    assert.deepEqual(parsed(serialiseGitAiNote(note)), note);
  });

  it('is written as git-ai writes it', () => {
    const note: GitAiNote = {
      files: [
        { path: 'a b.ts', entries: [{ key: `${SESSION}::t_9f8e7d6c5b4a32`, ranges: [range(1, 2), range(9, 9)] }] },
      ],
      schemaVersion: 'authorship/3.0.0',
      baseCommit: BASE,
      prompts: new Map(),
      sessions: new Map([[SESSION, { tool: 'claude', id: 'c', model: 'm' }]]),
      humans: new Map(),
    };
    assert.equal(
      serialiseGitAiNote(note).toString(),
      `"a b.ts"
  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-2,9
---
{
  "schema_version": "authorship/3.0.0",
  "base_commit_sha": "${BASE}",
  "prompts": {},
  "sessions": {
    "s_c9883b05a2487d": {
      "agent_id": {
        "tool": "claude",
        "id": "c",
        "model": "m"
      },
      "human_author": null
    }
  }
}`,
    );
  });

  for (const [what, attestations, files] of [
    ['no attestation part', '', []],
    ['a path without entries', 'a.ts\n', []],
    ['blank lines and CR LF', '\r\na.ts\r\n  abcd123 1\r\n\r\n', [['a.ts', 'abcd123 1-1']]],
    ['blanks at the end of lines', 'a.ts \t\n  abcd123 1 \n', [['a.ts', 'abcd123 1-1']]],
    ['ranges that overlap', 'a.ts\n  abcd123 78-82,78-83,5\n', [['a.ts', 'abcd123 5-5,78-83']]],
    ['ranges in any order that touch', 'a.ts\n  abcd123 7,6,1-5\n', [['a.ts', 'abcd123 1-7']]],
    ['the largest line number', 'a.ts\n  abcd123 4294967295\n', [['a.ts', 'abcd123 4294967295-4294967295']]],
    [
      'a path twice',
      'a\n  abcd123 1\na\n  abcd123 2\n',
      [
        ['a', 'abcd123 1-1'],
        ['a', 'abcd123 2-2'],
      ],
    ],
    ['a path that starts with one blank', ' a\n  abcd123 1\n', [[' a', 'abcd123 1-1']]],
    ['a quoted path that is blank at its ends', '" a "\n  abcd123 1\n', [[' a ', 'abcd123 1-1']]],
    ['a path with a quote in it', 'a"b\n  abcd123 1\n', [['a"b', 'abcd123 1-1']]],
    ['a path that is one quote', '"\n  abcd123 1\n', [['"', 'abcd123 1-1']]],
    ['a path called ---, quoted', '"---"\n  abcd123 1\n', [['---', 'abcd123 1-1']]],
    [
      'a key of another kind',
      'a\n  human 1\n  94341aa7-fe48-4948-aaaa-000000000000 2\n',
      [['a', 'human 1-1', '94341aa7-fe48-4948-aaaa-000000000000 2-2']],
    ],
    [
      'keys that are names of Object',
      'a\n  __proto__ 1\n  constructor 2\n',
      [['a', '__proto__ 1-1', 'constructor 2-2']],
    ],
  ] as const) {
    it(`may have ${what}`, () => {
      assert.deepEqual(shown(parsed(`${attestations}---\n${META}`)), files);
    });
  }

  it('keeps a path that is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('a'), Buffer.from([0xff]), Buffer.from(`\n  abcd123 1\n---\n${META}`)]);
    const note = parsed(bytes);
    assert.equal(note.files[0]?.path, 'a\udcff');
    assert.ok(
      serialiseGitAiNote(note)
        .subarray(0, 3)
        .equals(Buffer.from([0x61, 0xff, 0x0a])),
    );
  });

  for (const [what, attestations] of [
    ['an entry before any path', '  abcd123 1\n'],
    ['an entry without ranges', 'a\n  abcd123\n'],
    ['an entry without a key', 'a\n   1-2\n'],
    ['three blanks before the key', 'a\n   abcd123 1\n'],
    ['two blanks behind the key', 'a\n  abcd123  1\n'],
    ['a blank in the ranges', 'a\n  abcd123 1, 2\n'],
    ['an empty range', 'a\n  abcd123 1,,2\n'],
    ['a comma at the end', 'a\n  abcd123 1,\n'],
    ['line 0', 'a\n  abcd123 0\n'],
    ['a range that starts at line 0', 'a\n  abcd123 0-3\n'],
    ['a range that ends before it starts', 'a\n  abcd123 9-4\n'],
    ['an open range', 'a\n  abcd123 9-\n'],
    ['two dashes', 'a\n  abcd123 1-2-3\n'],
    ['a sign', 'a\n  abcd123 +1\n'],
    ['hex digits', 'a\n  abcd123 0x10\n'],
    ['a line number beyond 32 bits', 'a\n  abcd123 4294967296\n'],
    ['a line number of a hundred digits', `a\n  abcd123 ${'9'.repeat(100)}\n`],
    ['a key that is no word', 'a\n  "x" 1\n'],
    ['a key without end', `a\n  ${'x'.repeat(129)} 1\n`],
  ] as const) {
    it(`with ${what} is malformed`, () => {
      assert.match(refusal(`${attestations}---\n${META}`), /^note-malformed: /);
    });
  }

  for (const [what, text] of [
    ['nothing in it', ''],
    ['no divider', `a\n  abcd123 1\n${META}`],
    ['an indented divider', ` ---\n${META}`],
    ['nothing behind the divider', '---\n'],
    ['an array for JSON', '---\n[]'],
    ['JSON cut short', `---\n${META.slice(0, -1)}`],
    ['a second document', `---\n${META}${META}`],
    ['another schema', `---\n${META.replace('3.0.0', '4.0.0')}`],
    ['no base commit', `---\n{"schema_version":"authorship/3.0.0","prompts":{}}`],
    ['no prompts', `---\n{"schema_version":"authorship/3.0.0","base_commit_sha":"x"}`],
    ['prompts that are a list', `---\n${META.replace('{}', '[]')}`],
  ] as const) {
    it(`with ${what} is malformed`, () => {
      assert.match(refusal(text), /^note-malformed: /);
    });
  }

  it('with JSON that is no UTF-8 is malformed', () => {
    assert.match(refusal(Buffer.from(`---\n${META.replace('prompts', 'prompts\xff')}`, 'latin1')), /not UTF-8/);
  });

  it('says nothing of its content when it is refused', () => {
    const canary = ['canary', 'in', 'the', 'note'].join('-');
    for (const text of [`${canary}\n`, `---\n{"a": ${canary}`, `---\n"${canary}`, `a\n  ${canary}! 1\n---\n${META}`]) {
      assert.doesNotMatch(refusal(text), /canary/);
    }
  });

  it('keeps nothing of a conversation but the digest of its only prompt', () => {
    const canary = ['canary', 'of', 'a', 'secret'].join('-');
    const message = (type: string) => ({ type, text: `${canary} ${type}` });
    const withMessages = (...messages: object[]) =>
      parsed(
        `---\n${JSON.stringify({
          ...JSON.parse(META),
          prompts: { abcd123: { agent_id: { tool: 'claude', id: 'i', model: 'm' }, messages } },
        })}`,
      );
    const one = withMessages(message('user'), message('assistant'));
    assert.match(one.prompts.get('abcd123')?.promptDigest ?? '', /^[0-9a-f]{64}$/);
    const two = withMessages(message('user'), message('assistant'), message('user'));
    assert.equal(two.prompts.get('abcd123')?.promptDigest, undefined);
    for (const note of [one, two]) {
      assert.ok(!serialiseGitAiNote(note).includes(canary));
      assert.ok(!JSON.stringify([...note.prompts]).includes(canary));
    }
  });

  it('leaves out records that nothing can refer to or that name no tool', () => {
    const agent = { agent_id: { tool: 't', id: 'i', model: 'm' } };
    const note = parsed(
      `---\n{"schema_version":"authorship/3.0.0","base_commit_sha":"","prompts":{"no key":${JSON.stringify(agent)},` +
        `"__proto__":${JSON.stringify(agent)},"abcd123":{"agent_id":{"tool":7}},"abcd124":null},` +
        '"sessions":[],"humans":{"h_31dce776f88375":"Ann"}}',
    );
    assert.deepEqual([...note.prompts.keys()], ['__proto__']);
    assert.equal(note.sessions.size, 0);
    assert.equal(note.humans.size, 0);
  });

  it('is written without a file whose name the format cannot hold', () => {
    const note = parsed(`a\n  abcd123 1\n---\n${META}`);
    const files = [{ path: 'a\nb', entries: [{ key: 'abcd123', ranges: [range(1, 1)] }] }, ...note.files];
    assert.deepEqual(parsed(serialiseGitAiNote({ ...note, files })).files, note.files);
  });

  it('survives being written and read, whatever is in it', () => {
    fc.assert(
      fc.property(arbitraryNote(), (note) => {
        assert.deepEqual(parsed(serialiseGitAiNote(note)), note);
      }),
    );
  });
});

describe('a hostile git-ai note', () => {
  it('never makes the reader throw, however it was changed', () => {
    fc.assert(
      fc.property(arbitraryNote(), fc.array(mutation(), { minLength: 1, maxLength: 8 }), (note, mutations) => {
        let bytes = serialiseGitAiNote(note);
        for (const mutate of mutations) bytes = mutate(bytes);
        const result = parseGitAiNote(bytes);
        if (result.outcome === 'parsed') parsed(serialiseGitAiNote(result.note));
        else assert.match(result.rule, /^note-(?:malformed|too-large)$/);
      }),
      { numRuns: 500 },
    );
  });

  const MB = 1024 * 1024;
  for (const [what, text, rule] of [
    ['more than is read', `---\n${' '.repeat(MAX_NOTE_BYTES)}`, 'note-too-large'],
    ['8 MB of line feeds', '\n'.repeat(8 * MB), 'note-malformed'],
    ['8 MB without a line feed', 'x'.repeat(8 * MB), 'note-too-large'],
    ['files without end', 'a\n'.repeat(4 * MB), 'note-too-large'],
    ['ranges without end', `a\n  abcd123 ${'1,'.repeat(3 * MB)}1\n`, 'note-too-large'],
    ['entries without end', `a\n${'  a 1\n'.repeat(MB)}`, 'note-too-large'],
    ['ranges without end over many files', 'a\n  a 1,3,5,7,9\n'.repeat(MB / 2), 'note-too-large'],
    ['a path of 4097 bytes', `${'x'.repeat(4097)}\n  a 1\n`, 'note-too-large'],
    ['JSON eight million levels deep', `---\n${'['.repeat(8 * MB - 4)}`, 'note-too-large'],
    ['objects 33 levels deep', `---\n${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'note-too-large'],
    ['values without end', `---\n[${'[],'.repeat(2 * MB)}1]`, 'note-too-large'],
    ['a string that does not end', `---\n{"${'\\"'.repeat(4 * MB - 8)}`, 'note-malformed'],
    ['8 MB of backslashes', `---\n${'\\'.repeat(8 * MB - 4)}`, 'note-malformed'],
  ] as const) {
    it(`of ${what} is refused at once`, () => {
      const bytes = Buffer.from(text);
      // Of this thread alone: others may be at work on the machine.
      const started = process.threadCpuUsage();
      const result = parseGitAiNote(bytes);
      assert.equal(result.outcome === 'refused' && result.rule, rule);
      const { user, system } = process.threadCpuUsage(started);
      assert.ok(user + system < 3_000_000, 'took more than three seconds');
    });
  }

  it('of 3 MB with 50 files and 10,000 ranges is read', () => {
    const block = (file: number) =>
      `src/file-${file}.ts\n${Array.from({ length: 20 }, (_, entry) => `  abcd123 ${tenRanges(entry)}\n`).join('')}`;
    const attestations = Array.from({ length: 50 }, (_, file) => block(file)).join('');
    const messages = Array.from({ length: 3000 }, () => ({ type: 'assistant', text: 'x'.repeat(1000) }));
    const prompts = { abcd123: { agent_id: { tool: 'claude', id: 'i', model: 'm' }, messages } };
    const text = `${attestations}---\n${JSON.stringify({ ...JSON.parse(META), prompts })}`;
    assert.ok(text.length > 3_000_000);
    const note = parsed(text);
    assert.equal(note.files.length, 50);
    const ranges = note.files.flatMap(({ entries }) => entries.flatMap((entry) => entry.ranges));
    assert.equal(ranges.length, 10_000);
  });
});

function range(start: number, end: number) {
  return { start, end };
}

function tenRanges(entry: number): string {
  return Array.from({ length: 10 }, (_, at) => `${entry * 100 + at * 4 + 1}-${entry * 100 + at * 4 + 2}`).join(',');
}

function shown(note: GitAiNote): string[][] {
  return note.files.map(({ path, entries }) => [
    path,
    ...entries.map(({ key, ranges }) => `${key} ${ranges.map(({ start, end }) => `${start}-${end}`).join(',')}`),
  ]);
}

/** What happens to bytes: flipped, cut out, doubled, and pieces of the grammar where they do not belong. */
function mutation(): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const piece = fc.constantFrom(
    '\n',
    '---\n',
    '  ',
    '"',
    ',',
    '-',
    '0',
    '{',
    '[',
    '\\',
    '\r',
    '\0',
    '__proto__',
    '9'.repeat(20),
  );
  return fc
    .tuple(fc.constantFrom('flip', 'cut', 'double', 'insert'), place, place, fc.nat(255), piece)
    .map(([how, one, other, byte, text]) => (bytes) => {
      const from = Math.floor(Math.min(one, other) * bytes.length);
      const to = Math.floor(Math.max(one, other) * bytes.length);
      const [head, middle, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
      if (how === 'cut') return Buffer.concat([head, tail]);
      if (how === 'double') return Buffer.concat([head, middle, middle, tail]);
      if (how === 'insert') return Buffer.concat([head, Buffer.from(text), middle, tail]);
      return Buffer.concat([head, Buffer.from([byte]), bytes.subarray(from + 1)]);
    });
}
