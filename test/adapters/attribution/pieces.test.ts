// Question and answer of the process that attributes large pushes: in pieces, and the same when they are put together.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import {
  AnswerCollector,
  type AnswerPiece,
  answerEnd,
  answerPieces,
} from '../../../src/adapters/attribution/answer-pieces.ts';
import { packFiles, unpackFiles } from '../../../src/adapters/attribution/packed-files.ts';
import {
  QuestionCollector,
  type QuestionPiece,
  questionPieces,
} from '../../../src/adapters/attribution/question-pieces.ts';
import type { CommitAttribution, FileAttribution } from '../../../src/domain/attribution/attribution.ts';
import type { AttributedPush, PushToAttribute } from '../../../src/domain/attribution/push/attribute-push.ts';
import type { Change, CommitFacts, UpdateFacts } from '../../../src/domain/push/inputs.ts';
import { arbitraryCommit, EVIDENCE } from '../../domain/attribution/export/arbitrary-attribution.ts';
import { oid } from '../../domain/attribution/sample.ts';

const ABOUT = { objectFormat: 'sha1', principal: { name: 'alice', kind: 'human' }, receivedAt: 1 } as const;

const change = (path: string, newOid = oid(path)): Change => ({
  path,
  status: 'added',
  oldMode: '000000',
  newMode: '100644',
  oldOid: '0'.repeat(40),
  newOid,
  size: 10,
});

const changes = (count: number, name: string) => Array.from({ length: count }, (_, at) => change(`${name}/${at}`));

const commit = (name: string, changed: readonly Change[]): CommitFacts => ({
  oid: oid(name),
  parents: [],
  tree: oid(`tree ${name}`),
  author: { name: 'Ann', email: 'ann@example.com' },
  committer: { name: 'Ann', email: 'ann@example.com' },
  coAuthors: [],
  message: `${name} caf\udce9\n`,
  signed: false,
  changes: changed,
});

const update = (refName: string, net: readonly Change[]): UpdateFacts => ({
  refName,
  oldOid: '0'.repeat(40),
  newOid: oid(refName),
  kind: 'create',
  net,
  commits: [0],
  tags: [],
});

/** As it arrives in another process. */
const copied = <T>(value: T): T => deserialize(serialize(value)) as T;

function asked(push: Pick<PushToAttribute, 'commits' | 'updates'>) {
  const collector = new QuestionCollector();
  let [whole, most] = [undefined as ReturnType<typeof collector.add>, 0];
  for (const piece of questionPieces(push)) {
    most = Math.max(most, sizeOf(piece));
    whole = collector.add(copied(piece));
  }
  return { whole, most };
}

function sizeOf(piece: QuestionPiece): number {
  if (piece.kind === 'commits') return piece.commits.reduce((sum, { changes }) => sum + changes.length, 0);
  return 'changes' in piece ? piece.changes.length : 0;
}

describe('a question in pieces', () => {
  test('is the same when it is whole, without what nobody asks of', () => {
    const sizes = [0, 1, 3_999, 4_000, 4_001, 0, 9_000, 2];
    const commits = sizes.map((size, at) => commit(`commit ${at}`, changes(size, `${at}`)));
    const notes = update('refs/notes/ai', changes(8_500, 'notes'));
    const { whole, most } = asked({ commits, updates: [update('refs/heads/main', changes(3, 'net')), notes] });
    assert.deepEqual(whole, { commits, updates: [update('refs/heads/main', []), notes] });
    assert.ok(most <= 4_000, `${most} in one piece`);
  });

  test('of very many small commits is many pieces', () => {
    const commits = Array.from({ length: 1_700 }, (_, at) => commit(`commit ${at}`, []));
    const pieces = [...questionPieces({ commits, updates: [] })];
    assert.equal(pieces.length, 5);
    assert.deepEqual(asked({ commits, updates: [] }).whole?.commits, commits);
  });
});

function answered(answer: AttributedPush, push: PushToAttribute) {
  const collector = new AnswerCollector(push);
  let most = 0;
  for (const piece of answerPieces(answer, push.commits)) {
    most = Math.max(most, filesIn(piece));
    collector.add(copied(piece));
  }
  return { whole: collector.end(copied(answerEnd(answer))), most };
}

function filesIn(piece: AnswerPiece): number {
  if (piece.kind === 'files') return piece.files.length;
  return piece.kind === 'commits' ? piece.files.reduce((sum, { length }) => sum + length, 0) : 0;
}

function attributed(commits: readonly CommitAttribution[]): AttributedPush {
  const [first] = commits;
  const lines = first?.lines as CommitAttribution['lines'];
  return {
    attribution: {
      version: 1,
      ruleSet: 'rules',
      evidence: EVIDENCE,
      commits,
      lines,
      generated: lines,
      codingAgents: first?.codingAgents ?? [],
      unseen: [{ commit: oid('one'), path: 'caf\udce9', why: 'too large' }],
    },
    findings: [{ rule: 'note-too-large', severity: 'medium', text: 'x', commit: oid('one') }],
    rows: [
      {
        version: 1,
        commit: oid('one'),
        patchId: 'p',
        hashes: Buffer.from('12345678'),
        lines: Buffer.from([1, 2]),
        claims: { evidence: [], owners: [] },
      },
    ],
    notes: [],
    missing: 3,
  };
}

function changesOf(files: readonly FileAttribution[]): readonly Change[] {
  return files.flatMap(({ path, blob }) => [change(`before ${path}`), change(path, blob)]);
}

describe('an answer in pieces', () => {
  test('is the same when it is whole', () => {
    fc.assert(
      fc.property(arbitraryCommit(), (sample) => {
        const facts = { ...commit('one', changesOf(sample.commit.files)), oid: sample.commit.oid };
        const push = { ...ABOUT, commits: [facts], updates: [] };
        const answer = attributed([sample.commit]);
        assert.deepEqual(answered(answer, push).whole, answer);
      }),
    );
  });

  test('of one commit with very many files is many pieces', () => {
    const ranges = [{ start: 1, end: 2, state: 'unknown', evidence: [] }] as const;
    const lines = { ai: 0, 'human-attested': 0, mixed: 0, declared: 0, disputed: 0, unknown: 2 };
    const changed = changes(12_001, 'many');
    const files = changed.map(
      ({ path, newOid }): FileAttribution => ({ path, blob: newOid, column: 'source', lines, ranges }),
    );
    const bare = { kind: 'ordinary', codingAgents: [], evidence: [], lines, generated: lines } as const;
    const commits = [
      { oid: oid('one'), ...bare, files },
      { oid: oid('two'), ...bare, files: files.slice(0, 1) },
    ];
    const facts = [commit('one', changed), commit('two', changed)];
    const answer = attributed(commits);
    const { whole, most } = answered(answer, { ...ABOUT, commits: facts, updates: [] });
    assert.deepEqual(whole, answer);
    assert.ok(most <= 5_001 * 8, `${most} numbers in one piece`);
  });

  test('that breaks off, or is of files that nobody asked of, is no answer', () => {
    const ranges = [{ start: 1, end: 2, state: 'ai', tier: 'E5', evidence: [1, 2] }] as const;
    const lines = { ai: 2, 'human-attested': 0, mixed: 0, declared: 0, disputed: 0, unknown: 0 };
    const file: FileAttribution = { path: 'a', blob: oid('a'), column: 'source', lines, ranges };
    assert.throws(() => packFiles([file], [change('b')]), /does not change/);
    const packed = packFiles([file], [change('a')]);
    assert.deepEqual(unpackFiles(packed, [change('a')]), [file]);
    assert.throws(() => unpackFiles(packed, []), /does not change/);
    for (const end of [1, 2, 3, 5]) {
      assert.throws(() => unpackFiles(packed.subarray(0, end), [change('a')]), /breaks off/);
    }
  });
});
