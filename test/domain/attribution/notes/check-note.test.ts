import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import type { Evidence } from '../../../../src/domain/attribution/evidence.ts';
import { type NoteToCheck, noteEvidence } from '../../../../src/domain/attribution/notes/check-note.ts';
import { contentHash } from '../../../../src/domain/attribution/notes/content-hash.ts';
import { serialiseGitAiNote } from '../../../../src/domain/attribution/notes/git-ai-note.ts';
import { humanKey, sessionKey } from '../../../../src/domain/attribution/notes/note-key.ts';
import { isTellingRef } from '../../../../src/domain/attribution/notes/other-notes.ts';
import { arbitraryNote } from './arbitrary-note.ts';

const COMMIT = '7734793b756b3921c88db5375a8c156e9532447b';
const OTHER = '0000000000000000000000000000000000000001';
const CLAUDE = sessionKey('claude', 'c-1');
const CODEX = sessionKey('codex', 'x-1');
const ANN = 'Ann <ann@example.com>';

/** Lines 1–10 and 21–30 of 40 were added. */
const FILE = file('src/a.ts', [range(1, 10), range(21, 30)], 40);

describe('a git-ai note that fits its commit', () => {
  it('is a consistent record of who wrote which lines', () => {
    const attestations = `src/a.ts\n  ${CLAUDE}::t_00000000000000 1-4,9\n  ${humanKey(ANN)} 21-30\n`;
    const { evidence, findings } = check(attestations);
    assert.deepEqual(findings, []);
    assert.deepEqual(evidence.map(shown), [
      'E3 consistent line ai claude-code 1-4,9-9',
      'E3 consistent line human Ann <ann@example.com> 21-30',
    ]);
    const [first] = evidence;
    assert.deepEqual(first?.claim, {
      by: 'ai',
      codingAgent: 'claude-code',
      model: 'claude-opus-4-6',
      session: 'c-1',
      human: 'ann@example.com',
    });
    assert.deepEqual(first?.target, {
      commit: COMMIT,
      path: 'src/a.ts',
      blob: FILE.blob,
      ranges: [range(1, 4), range(9, 9)],
    });
    assert.equal(first?.kind, 'git-ai-note');
    assert.equal(first?.source.field, 'refs/notes/ai');
    assert.equal(first?.source.raw, `${CLAUDE}::t_00000000000000 1-4,9`);
    assert.equal(first?.source.rawSha256, createHash('sha256').update(gitAi(attestations)).digest('hex'));
  });

  it('has one item for a session and a file, whatever its checkpoints', () => {
    const { evidence } = check(
      `src/a.ts\n  ${CLAUDE}::t_00000000000000 1\n  ${CLAUDE}::t_00000000000001 2,5\n  ${CLAUDE} 3\n`,
    );
    assert.deepEqual(evidence.map(shown), ['E3 consistent line ai claude-code 1-3,5-5']);
  });

  it('of entries that overlap believes the later, as git-ai does', () => {
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 1-10\n  ${CODEX} 4-6\n`);
    assert.deepEqual(findings, []);
    assert.deepEqual(evidence.map(shown), [
      'E3 consistent line ai claude-code 1-3,7-10',
      'E3 consistent line ai openai-codex 4-6',
    ]);
  });

  it('keeps the lines of an entry without a record, of an unknown agent, unless somebody else has them', () => {
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 1-2\n  s_ffffffffffffff 2-5\n`);
    assert.deepEqual(findings, []);
    assert.deepEqual(evidence.map(shown), [
      'E3 consistent line ai unknown-ai 3-5',
      'E3 consistent line ai claude-code 1-2',
    ]);
  });

  it('attests nothing for a person without a name, or under a word that says nothing known', () => {
    const { evidence, findings } = check('src/a.ts\n  h_ffffffffffffff 1\n  human 2\n  __proto__ 3\n  constructor 4\n');
    assert.deepEqual([evidence, findings], [[], []]);
  });

  it('names a tool that we do not know beside the unknown agent', () => {
    const key = sessionKey('mock_ai', 'm');
    const { evidence } = check(`src/a.ts\n  ${key} 1\n`, {
      sessions: { [key]: { agent_id: { tool: 'mock_ai', id: 'm', model: 'unknown' } } },
    });
    assert.deepEqual(evidence[0]?.claim, { by: 'ai', codingAgent: 'unknown-ai', tool: 'mock_ai', session: 'm' });
  });

  it('with legacy prompts has the prompt’s digest, and nothing else of the conversation', () => {
    const canary = ['canary', 'prompt'].join(' ');
    const key = createHash('sha256').update('cursor:p-1').digest('hex').slice(0, 16);
    const messages = [
      { type: 'user', text: canary },
      { type: 'assistant', text: canary },
    ];
    const prompt = { agent_id: { tool: 'cursor', id: 'p-1', model: 'gpt-5' }, messages, overriden_lines: 3 };
    for (const name of [key, key.slice(0, 7)]) {
      const { evidence, findings } = check(`src/a.ts\n  ${name} 1-2\n`, { prompts: { [name]: prompt } });
      assert.deepEqual(findings, []);
      assert.deepEqual(evidence.map(shown), ['E3 consistent line ai cursor 1-2']);
      assert.equal(evidence[0]?.claim.promptDigest, createHash('sha256').update(canary).digest('hex'));
      assert.ok(!JSON.stringify(evidence).includes(canary));
    }
  });

  it('whose prompts are named by their conversation, as the first versions did, is consistent as well', () => {
    const id = '94341aa7-fe48-4948-ab50-4fa9abb78651';
    const prompts = { [id]: { agent_id: { tool: 'cursor', id, model: 'm' } } };
    assert.deepEqual(check(`src/a.ts\n  ${id} 1\n`, { prompts }).evidence.map(shown), [
      'E3 consistent line ai cursor 1-1',
    ]);
  });

  it('without an attestation part says nothing', () => {
    assert.deepEqual(check(''), { evidence: [], findings: [] });
  });
});

describe('a git-ai note that does not fit its commit', () => {
  it('is a hint about the lines inside, with a finding, when a range was not added', () => {
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 8-12\n  ${humanKey(ANN)} 21\n`);
    assert.deepEqual(evidence.map(shown), [
      'E1 contradicted line ai claude-code 8-10',
      'E1 contradicted line human Ann <ann@example.com> 21-21',
    ]);
    assert.deepEqual(findings, [
      {
        rule: 'note-inconsistent',
        severity: 'low',
        commit: COMMIT,
        path: 'src/a.ts',
        text: 'the note in refs/notes/ai claims 2 lines (of 6) that this commit did not add',
      },
    ]);
  });

  it('keeps what it says of files that do fit', () => {
    const files = [FILE, file('src/b.ts', [range(1, 2)], 2)];
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 15\nsrc/b.ts\n  ${CLAUDE} 1-2\n`, {}, { files });
    assert.deepEqual(evidence.map(shown), ['E3 consistent line ai claude-code 1-2']);
    assert.deepEqual(
      findings.map(({ rule, path }) => [rule, path]),
      [['note-inconsistent', 'src/a.ts']],
    );
  });

  it('has a finding for lines beyond the end of the file', () => {
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 25-4294967295\n`);
    assert.deepEqual(evidence.map(shown), ['E1 contradicted line ai claude-code 25-30']);
    assert.match(findings[0]?.text ?? '', /beyond the 40 that the file has/);
  });

  it('has one finding for all files that the commit does not touch, and no evidence of them', () => {
    const block = (path: string) => `${path}\n  ${CLAUDE} 1\n`;
    const totalLinesOf = (path: string) => (path === 'old.ts' ? 7 : undefined);
    const { evidence, findings } = check(['old.ts', '../a', 'gone'].map(block).join(''), {}, { totalLinesOf });
    assert.deepEqual(evidence, []);
    assert.deepEqual(
      findings.map(({ text }) => text),
      [
        'the note in refs/notes/ai claims lines of 3 files that this commit adds no lines to; 2 of them it does not have',
      ],
    );
  });

  it('is misplaced when it was written for another commit', () => {
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 1,15\ngone\n  ${CLAUDE} 1\n`, {
      base_commit_sha: OTHER,
    });
    assert.deepEqual(evidence.map(shown), ['E1 contradicted line ai claude-code 1-1']);
    assert.deepEqual(
      findings.map(({ rule, severity }) => `${rule} ${severity}`),
      ['note-misplaced medium'],
    );
  });

  it('does not take the files of other commits for its own', () => {
    const { evidence } = check(`src/a.ts\n  ${CLAUDE} 1\n`, {}, { files: [{ ...FILE, commit: OTHER }] });
    assert.deepEqual(evidence, []);
  });

  for (const [what, key, records] of [
    ['session', CLAUDE, { sessions: { [CLAUDE]: { agent_id: { tool: 'codex', id: 'c-1', model: 'm' } } } }],
    ['name', humanKey(ANN), { humans: { [humanKey(ANN)]: { author: 'Eve <eve@example.com>' } } }],
    [
      'prompt',
      'abcd1234abcd1234',
      { prompts: { abcd1234abcd1234: { agent_id: { tool: 'codex', id: 'c', model: 'm' } } } },
    ],
  ] as const) {
    it(`contradicts itself when a record has another ${what} than its key`, () => {
      const { evidence, findings } = check(`src/a.ts\n  ${key} 1\n`, records);
      assert.match(evidence.map(shown).join(), /^E1 contradicted/);
      assert.match(
        findings.map(({ rule, text }) => `${rule} ${text}`).join(),
        /^note-inconsistent .* contradicts itself/,
      );
    });
  }

  it('has a bounded number of findings', () => {
    const files = Array.from({ length: 500 }, (_, at) => file(`f${at}`, [range(1, 1)], 9));
    const { findings } = check(files.map(({ path }) => `${path}\n  ${CLAUDE} 2\n`).join(''), {}, { files });
    assert.equal(findings.length, 11);
    assert.match(findings.at(-1)?.text ?? '', /490 more files/);
  });

  it('that cannot be read is there all the same, as somebody’s unread provenance', () => {
    const bytes = Buffer.from('no note');
    const { evidence, findings } = noteEvidence({ ref: 'refs/notes/ai', commit: COMMIT, bytes, files: [FILE] });
    assert.deepEqual(
      findings.map(({ rule, severity }) => `${rule} ${severity}`),
      ['note-malformed low'],
    );
    assert.deepEqual(evidence.map(shown), ['E1 unverifiable commit automation - -']);
    assert.equal(evidence[0]?.isMalformed, true);
    assert.ok(!JSON.stringify([evidence, findings]).includes('no note'));
  });

  it('of more than 8 MiB is not read', () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024 + 1);
    const { findings } = noteEvidence({ ref: 'refs/notes/ai', commit: COMMIT, bytes, files: [FILE] });
    assert.deepEqual(
      findings.map(({ rule, severity }) => `${rule} ${severity}`),
      ['note-too-large medium'],
    );
  });

  it('of more than 1 MiB without its conversations is read, with a finding', () => {
    const sessions = {
      [CLAUDE]: { agent_id: { tool: 'claude', id: 'c-1', model: 'm' }, human_author: 'x'.repeat(1_100_000) },
    };
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 1\n`, { sessions });
    assert.equal(evidence.length, 1);
    assert.deepEqual(
      findings.map(({ rule, severity }) => `${rule} ${severity}`),
      ['note-too-large low'],
    );
    assert.ok((evidence[0]?.claim.human ?? '').length <= 200);
  });

  it('of 3 MB that are conversations has no such finding', () => {
    const messages = [{ type: 'user', text: 'x'.repeat(3_000_000) }];
    const sessions = { [CLAUDE]: { agent_id: { tool: 'claude', id: 'c-1', model: 'm' }, messages } };
    const { evidence, findings } = check(`src/a.ts\n  ${CLAUDE} 1\n`, { sessions });
    assert.deepEqual([evidence.length, findings], [1, []]);
  });

  it('of 3 MB with 50 files of hostile names and 10,000 ranges is answered at once, to the line', () => {
    const names = [
      '..',
      '../../etc/passwd',
      '"',
      'a"b',
      '\u202egnp.ts',
      'a\x1b[31m',
      'a\tb',
      '---',
      '__proto__',
      'x'.repeat(4094),
    ];
    const paths = Array.from({ length: 50 }, (_, at) => `${names[at % 10]}${at < 10 ? '' : at}`);
    const ranges = Array.from({ length: 200 }, (_, at) => range(at * 3 + 1, at * 3 + 2));
    const files = paths.map((path) => file(path, ranges, 600));
    const written = ranges.map(({ start, end }) => `${start}-${end}`).join(',');
    const messages = [{ type: 'user', text: 'x'.repeat(3_000_000) }];
    const sessions = { [CLAUDE]: { agent_id: { tool: 'claude', id: 'c-1', model: 'm' }, messages } };
    const started = performance.now();
    const attestations = paths.map((path) => `"${path}"\n  ${CLAUDE} ${written}\n`).join('');
    const { evidence, findings } = check(attestations, { sessions }, { files });
    assert.ok(performance.now() - started < 2000);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      evidence.map(({ tier, target }) => [tier, target.path]),
      paths.map((path) => ['E3', path]),
    );
    assert.ok(evidence.every(({ target }) => target.ranges?.length === 200));
  });

  it('with more statements than anybody makes is cut off, with a finding', () => {
    const entries = Array.from({ length: 6000 }, (_, at) => `  s_${at.toString(16).padStart(14, '0')} ${at + 1}\n`);
    const { evidence, findings } = check(
      `src/a.ts\n${entries.join('')}`,
      {},
      { files: [file('src/a.ts', [range(1, 6000)], 6000)] },
    );
    assert.equal(evidence.length, 5000);
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['note-too-large'],
    );
  });
});

describe('an Agent Trace note', () => {
  const text = (start: number, end: number) => FILE.lines.slice(start - 1, end);

  it('that names its commit is a consistent record', () => {
    const { evidence, findings } = checkTrace([{ start_line: 1, end_line: 4 }]);
    assert.deepEqual(findings, []);
    assert.deepEqual(evidence.map(shown), ['E3 consistent line ai cursor 1-4']);
    assert.deepEqual(evidence[0]?.claim, {
      by: 'ai',
      codingAgent: 'cursor',
      toolVersion: '2.4.0',
      model: 'anthropic/claude-opus-4-5',
      session: 'https://example.com/c/1',
    });
  });

  it('is not vouched for by hashes of some of its lines', () => {
    const hashed = { start_line: 1, end_line: 2, content_hash: contentHash(text(1, 2)) };
    for (const ranges of [
      [hashed, { start_line: 3, end_line: 4 }],
      [hashed, hashed, { start_line: 3, end_line: 4 }],
    ]) {
      assert.deepEqual(checkTrace(ranges, { vcs: undefined }).evidence.map(shown), [
        'E1 unverifiable line ai cursor 1-4',
      ]);
    }
  });

  it('may have a contributor of its own for a range', () => {
    const { evidence } = checkTrace([
      { start_line: 1, end_line: 1 },
      { start_line: 2, end_line: 2, contributor: { type: 'human' } },
      { start_line: 3, end_line: 3, contributor: { type: 'mixed', model_id: 'openai/gpt-5' } },
      { start_line: 4, end_line: 4, contributor: { type: 'unknown' } },
    ]);
    assert.deepEqual(evidence.map(shown), [
      'E3 consistent line ai cursor 1-1',
      'E3 consistent line human - 2-2',
      'E3 consistent line mixed cursor 3-3',
    ]);
  });

  it('is worth more for a hash that is equal, and contradicted by one that is not', () => {
    const right = { start_line: 1, end_line: 4, content_hash: contentHash(text(1, 4)) };
    const wrong = { start_line: 5, end_line: 6, content_hash: contentHash(text(1, 4)) };
    assert.deepEqual(checkTrace([right]).evidence.map(shown), ['E3 consistent line ai cursor 1-4']);
    const { evidence, findings } = checkTrace([right, wrong]);
    assert.deepEqual(evidence.map(shown), ['E1 contradicted line ai cursor 1-6']);
    assert.match(findings[0]?.text ?? '', /another hash/);
  });

  it('with a hash that nobody can check is a hint', () => {
    const { evidence, findings } = checkTrace([{ start_line: 1, end_line: 4, content_hash: 'xyz:1' }]);
    assert.deepEqual([evidence.map(shown), findings], [['E1 unverifiable line ai cursor 1-4'], []]);
  });

  it('that names no commit is a hint, unless the text itself is hashed', () => {
    const hash = contentHash(text(1, 4));
    for (const vcs of [undefined, { type: 'jj', revision: 'kkmpptxz' }]) {
      assert.deepEqual(checkTrace([{ start_line: 1, end_line: 4 }], { vcs }).evidence.map(shown), [
        'E1 unverifiable line ai cursor 1-4',
      ]);
      assert.deepEqual(checkTrace([{ start_line: 1, end_line: 4, content_hash: hash }], { vcs }).evidence.map(shown), [
        'E3 consistent line ai cursor 1-4',
      ]);
    }
  });

  it('that names another commit is misplaced', () => {
    const { evidence, findings } = checkTrace([{ start_line: 1, end_line: 4 }], {
      vcs: { type: 'git', revision: OTHER },
    });
    assert.deepEqual(evidence.map(shown), ['E1 contradicted line ai cursor 1-4']);
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['note-misplaced'],
    );
  });

  it('does not keep what may open a conversation', () => {
    const url = 'https://user:pass@example.com/c/1?key=k#f';
    assert.equal(
      checkTrace([{ start_line: 1, end_line: 1 }], {}, url).evidence[0]?.claim.session,
      'https://example.com/c/1',
    );
  });

  it('whose ranges name the same megabytes without end costs bounded work', () => {
    const lines = Array.from({ length: 50_000 }, () => Buffer.alloc(200, 'x'));
    const big = { ...file('src/a.ts', [range(1, 50_000)], 50_000), lines };
    const ranges = Array.from({ length: 20_000 }, () => ({
      start_line: 1,
      end_line: 50_000,
      content_hash: 'murmur3:00000000',
    }));
    const started = performance.now();
    const { evidence } = checkTrace(ranges, {}, undefined, big);
    assert.ok(performance.now() - started < 3000);
    assert.deepEqual(
      evidence.map(({ tier }) => tier),
      ['E1'],
    );
  });

  function checkTrace(ranges: readonly object[], more: object = {}, url = 'https://example.com/c/1', of = FILE) {
    const record = {
      version: '0.1.0',
      id: '550e8400-e29b-41d4-a716-446655440000',
      timestamp: '2026-01-23T14:30:00Z',
      vcs: { type: 'git', revision: COMMIT },
      tool: { name: 'cursor', version: '2.4.0' },
      files: [
        {
          path: 'src/a.ts',
          conversations: [{ url, contributor: { type: 'ai', model_id: 'anthropic/claude-opus-4-5' }, ranges }],
        },
      ],
      ...more,
    };
    const bytes = Buffer.from(JSON.stringify(record));
    return noteEvidence({ ref: 'refs/notes/agent-trace', commit: COMMIT, bytes, files: [of] });
  }
});

describe('other notes', () => {
  it('of srctrace are read, as hints: they name no commit', () => {
    const note = {
      v: 1,
      f: {
        'src/a.ts': [
          { s: 'agent|cursor(gpt-5)', l: [1, '5-9'] },
          { s: 'human|Ann', l: [2] },
          { s: '?', l: [3] },
        ],
      },
    };
    const { evidence, findings } = checkOther('refs/notes/srctrace/attribution', JSON.stringify(note));
    assert.deepEqual(findings, []);
    assert.deepEqual(evidence.map(shown), [
      'E1 unverifiable line ai cursor 1-1,5-9',
      'E1 unverifiable line human Ann 2-2',
    ]);
  });

  for (const text of [
    '',
    '{}',
    '{"v":1,"f":{"a":7}}',
    '{"v":1,"f":{"a":[{"s":"agent|x","l":["0"]}]}}',
    '{"v":1,"f":{"a":[{"s":"agent|x"}]}}',
  ]) {
    it(`of srctrace that are malformed are so: ${text}`, () => {
      const { evidence, findings } = checkOther('refs/notes/srctrace/attribution', text);
      assert.deepEqual(evidence.map(shown), ['E1 unverifiable commit automation - -']);
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        ['note-malformed'],
      );
    });
  }

  it('are kept by digest, and claim that nobody wrote anything', () => {
    const bytes = Buffer.from('{"agent":"claude"}');
    const { evidence, findings } = checkOther('refs/notes/whogitit', bytes.toString());
    assert.deepEqual(findings, []);
    assert.equal(evidence.length, 1);
    const [item] = evidence;
    assert.deepEqual(item?.claim, { by: 'automation' });
    assert.equal(item?.scope, 'commit');
    assert.equal(item?.tier, 'E1');
    assert.equal(item?.target.ranges, undefined);
    assert.equal(item?.source.rawSha256, createHash('sha256').update(bytes).digest('hex'));
  });

  for (const [ref, isTelling] of [
    ['refs/notes/ai', true],
    ['refs/notes/x-ai', true],
    ['refs/notes/AI/x', true],
    ['refs/notes/my-agents', true],
    ['refs/notes/agent-trace/outcomes', true],
    ['refs/notes/attestations', true],
    ['refs/notes/main', false],
    ['refs/notes/email', false],
    ['refs/notes/commits', false],
    ['refs/heads/ai', false],
  ] as const) {
    it(`are looked for in ${ref}: ${isTelling}`, () => {
      assert.equal(isTellingRef(ref), isTelling);
      if (!isTelling) assert.deepEqual(checkOther(ref, 'x'), { evidence: [], findings: [] });
    });
  }

  function checkOther(ref: string, text: string) {
    return noteEvidence({ ref, commit: COMMIT, bytes: Buffer.from(text), files: [FILE] });
  }
});

describe('any note', () => {
  it('is never more than a hint about lines that were not added, and no evidence leaves them', () => {
    fc.assert(
      fc.property(arbitraryNote(), fc.boolean(), (note, isHere) => {
        const bytes = serialiseGitAiNote(isHere ? { ...note, baseCommit: COMMIT } : note);
        const files = note.files.map(({ path }) => file(path, [range(1, 20), range(41, 60)], 80));
        const { evidence } = noteEvidence({ ref: 'refs/notes/ai', commit: COMMIT, bytes, files });
        for (const { tier, target, scope } of evidence) {
          assert.ok(tier === 'E1' || (tier === 'E3' && isHere));
          assert.equal(scope, 'line');
          for (const { start, end } of target.ranges ?? [])
            assert.ok((start >= 1 && end <= 20) || (start >= 41 && end <= 60));
        }
      }),
    );
  });

  it('of any bytes under any ref is answered, not thrown', () => {
    const ref = fc.constantFrom(
      'refs/notes/ai',
      'refs/notes/agent-trace',
      'refs/notes/srctrace/attribution',
      'refs/notes/attest',
    );
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(`---\n${json}`)),
      fc.json().map((json) => Buffer.from(json)),
    );
    fc.assert(
      fc.property(ref, bytes, (name, content) => {
        noteEvidence({ ref: name, commit: COMMIT, bytes: Buffer.from(content), files: [FILE] });
      }),
      { numRuns: 500 },
    );
  });
});

function check(attestations: string, json: object = {}, more: Partial<NoteToCheck> = {}) {
  return noteEvidence({
    ref: 'refs/notes/ai',
    commit: COMMIT,
    bytes: gitAi(attestations, json),
    files: [FILE],
    ...more,
  });
}

function gitAi(attestations: string, json: object = {}): Buffer {
  const metadata = {
    schema_version: 'authorship/3.0.0',
    base_commit_sha: COMMIT,
    prompts: {},
    sessions: {
      [CLAUDE]: { agent_id: { tool: 'claude', id: 'c-1', model: 'claude-opus-4-6' }, human_author: 'ann@example.com' },
      [CODEX]: { agent_id: { tool: 'codex', id: 'x-1', model: 'gpt-5.5' } },
    },
    humans: { [humanKey(ANN)]: { author: ANN } },
    ...json,
  };
  return Buffer.from(`${attestations}---\n${JSON.stringify(metadata, null, 2)}`);
}

function range(start: number, end: number) {
  return { start, end };
}

function file(path: string, added: AddedFile['added'], totalLines: number): AddedFile {
  const lines = added.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, at) => Buffer.from(`const line${start + at} = ${start + at};`)),
  );
  return { commit: COMMIT, path, blob: 'b'.repeat(40), totalLines, added, lines, isGenerated: false };
}

function shown({ tier, verifier, scope, claim, target }: Evidence): string {
  const who = claim.by === 'human' ? claim.human : claim.codingAgent;
  const ranges = target.ranges?.map(({ start, end }) => `${start}-${end}`).join(',');
  return `${tier} ${verifier} ${scope} ${claim.by} ${who ?? '-'} ${ranges ?? '-'}`;
}
