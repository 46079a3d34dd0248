import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CommitAttribution, OwnedRange } from '../../../../src/domain/attribution/attribution.ts';
import type { Evidence, LineRange } from '../../../../src/domain/attribution/evidence.ts';
import { toAgentTrace } from '../../../../src/domain/attribution/export/agent-trace-export.ts';
import { preAuthEncoding, signStatement } from '../../../../src/domain/attribution/export/dsse-envelope.ts';
import { toGitAiNote } from '../../../../src/domain/attribution/export/git-ai-export.ts';
import { AI_AUTHORSHIP_TYPE, toInTotoStatement } from '../../../../src/domain/attribution/export/in-toto-statement.ts';
import { parseAgentTrace, serialiseAgentTrace } from '../../../../src/domain/attribution/notes/agent-trace.ts';
import { noteEvidence } from '../../../../src/domain/attribution/notes/check-note.ts';
import { parseGitAiNote, serialiseGitAiNote } from '../../../../src/domain/attribution/notes/git-ai-note.ts';
import { type AttributedCommit, arbitraryCommit, EVIDENCE, evidenceItem, OID } from './arbitrary-attribution.ts';

const AT = Date.UTC(2026, 7, 31);

describe('a commit exported as a git-ai note', () => {
  it('is read back as the same lines of the same people and coding agents', () => {
    fc.assert(
      fc.property(arbitraryCommit(), ({ commit, evidence, files }) => {
        const bytes = serialiseGitAiNote(toGitAiNote(commit, evidence));
        const back = noteEvidence({ ref: 'refs/notes/ai', commit: OID, bytes, files });
        assert.deepEqual(back.findings, []);
        assert.deepEqual(spokenLines(back.evidence), ownLines(commit, evidence, ['ai', 'human-attested'], whoInNote));
        assert.ok(back.evidence.every(({ tier }) => tier === 'E3'));
      }),
    );
  });

  it('obeys the grammar of git-ai, line by line', () => {
    fc.assert(
      fc.property(arbitraryCommit(), ({ commit, evidence }) => {
        const text = serialiseGitAiNote(toGitAiNote(commit, evidence, { writer: 'sallyport 0.1.0' })).toString(
          'latin1',
        );
        const divider = /^---$/m.exec(text)?.index ?? Number.NaN;
        const range = String.raw`[1-9]\d*(?:-[1-9]\d*)?`;
        const entry = String.raw`  (?:s_[0-9a-f]{14}::t_[0-9a-f]{14}|h_[0-9a-f]{14}) ${range}(?:,${range})*\n`;
        const path = String.raw`(?:"[^\n]*"|[^\s"][^\s]*)\n`;
        assert.match(text.slice(0, divider), new RegExp(`^(?:${path}(?:${entry})+)*$`));
        assert.equal(JSON.parse(text.slice(divider + 4)).base_commit_sha, OID);
      }),
    );
  });

  it('has nothing for lines that are declared, disputed, mixed or unknown', () => {
    const ranges = (['declared', 'disputed', 'mixed', 'unknown'] as const).map((state, at) =>
      owned(state, at + 1, [1, 3]),
    );
    assert.deepEqual(toGitAiNote(commitOf(ranges), EVIDENCE).files, []);
  });

  it('names the strongest that speaks of a line', () => {
    const evidence = [
      evidenceItem({ by: 'ai', codingAgent: 'cursor' }, 'E3'),
      evidenceItem({ by: 'ai', codingAgent: 'claude-code', session: 's' }, 'E4'),
      evidenceItem({ by: 'ai', codingAgent: 'devin' }, 'E5', 'commit'),
    ];
    const note = toGitAiNote(commitOf([owned('ai', 1, [0, 1, 2])]), evidence);
    assert.deepEqual(
      [...note.sessions.values()].map(({ tool, id }) => [tool, id]),
      [['claude', 's']],
    );
  });

  it('is the same bytes every time', () => {
    const [one] = fc.sample(arbitraryCommit(), { seed: 7, numRuns: 1 }) as [AttributedCommit];
    const write = () => serialiseGitAiNote(toGitAiNote(one.commit, one.evidence));
    assert.ok(write().equals(write()));
    assert.equal(parseGitAiNote(write()).outcome, 'parsed');
  });
});

describe('a commit exported as Agent Trace records', () => {
  it('is read back as the same lines, vouched for by the hashes of their text', () => {
    fc.assert(
      fc.property(arbitraryCommit(), ({ commit, evidence, files }) => {
        const records = toAgentTrace(commit, evidence, { at: AT, files });
        const bytes = Buffer.concat(records.flatMap((record) => [serialiseAgentTrace(record), Buffer.from('\n')]));
        if (records.length === 0) return;
        const back = noteEvidence({ ref: 'refs/notes/agent-trace', commit: OID, bytes, files });
        assert.deepEqual(back.findings, []);
        const states = ['ai', 'human-attested', 'mixed'] as const;
        assert.deepEqual(spokenLines(back.evidence, whoInTrace), ownLines(commit, evidence, states, whoInTrace));
        assert.ok(back.evidence.every(({ tier }) => tier === 'E3'));
        const hashes = records.flatMap((record) =>
          record.files.flatMap((file) =>
            file.conversations.flatMap(({ ranges }) => ranges.map((range) => range.contentHash)),
          ),
        );
        assert.ok(hashes.every((hash) => /^murmur3:[0-9a-f]{8}$/.test(hash ?? '')));
      }),
    );
  });

  it('has a record for each coding agent, with an id that follows from it', () => {
    const ranges = [owned('ai', 1, [1]), owned('ai', 2, [3]), owned('human-attested', 3, [7]), owned('ai', 4, [1])];
    const records = toAgentTrace(commitOf(ranges), EVIDENCE, { at: AT });
    assert.deepEqual(
      records.map(({ tool }) => tool?.name),
      ['claude-code', 'openai-codex', undefined],
    );
    assert.equal(new Set(records.map(({ id }) => id)).size, 3);
    for (const { id } of records)
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(records, toAgentTrace(commitOf(ranges), EVIDENCE, { at: AT }));
    assert.equal(parseAgentTrace(serialiseAgentTrace(records[0] as never)).outcome, 'parsed');
  });
});

describe('a commit exported as an in-toto statement', () => {
  const options = { ruleSet: '2026-08-31+abc', gateway: { name: 'gate.example', version: '0.1.0' }, at: AT };

  it('is about the commit and the blobs it brings', () => {
    const statement = toInTotoStatement(commitOf([owned('ai', 1, [1])]), EVIDENCE, options);
    assert.equal(statement._type, 'https://in-toto.io/Statement/v1');
    assert.equal(statement.predicateType, AI_AUTHORSHIP_TYPE);
    assert.deepEqual(statement.subject, [
      { digest: { gitCommit: OID } },
      { name: 'a.ts', digest: { gitBlob: 'b'.repeat(40) } },
    ]);
    assert.deepEqual(statement.predicate.gateway, options.gateway);
    assert.equal(statement.predicate.ruleSet, options.ruleSet);
    assert.equal(statement.predicate.statedAt, '2026-08-31T00:00:00.000Z');
  });

  it('has the evidence that the commit refers to, and refers to it where it now is', () => {
    fc.assert(
      fc.property(arbitraryCommit(), ({ commit, evidence }) => {
        const { predicate } = toInTotoStatement(commit, evidence, options);
        assert.equal(predicate.evidence.length, EVIDENCE.length - 1);
        const read = JSON.parse(JSON.stringify(predicate)) as typeof predicate;
        for (const [at, file] of read.files.entries()) {
          assert.equal(file.path, commit.files[at]?.path);
          for (const [index, range] of file.ranges.entries()) {
            const original = commit.files[at]?.ranges[index] as OwnedRange;
            assert.deepEqual(
              range.evidence.map((position) => read.evidence[position]?.claim),
              original.evidence.map((position) => evidence[position]?.claim),
            );
          }
        }
        assert.equal(read.evidence[read.codingAgents[0]?.evidence[0] ?? -1]?.claim.codingAgent, 'amp');
      }),
    );
  });

  it('has the digest of what was read, not its words', () => {
    const statement = toInTotoStatement(commitOf([owned('ai', 1, [1])]), EVIDENCE, options);
    assert.ok(!JSON.stringify(statement).includes('"words"'));
    assert.equal(statement.predicate.evidence[0]?.source.digest.sha256, 'c'.repeat(64));
  });

  it('is signed as DSSE, over type and lengths as well', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const statement = toInTotoStatement(commitOf([owned('ai', 1, [1])]), EVIDENCE, options);
    const envelope = await signStatement(statement, async (bytes) => ({
      keyId: 'key-1',
      signature: sign(null, bytes, privateKey),
    }));
    const body = Buffer.from(envelope.payload, 'base64');
    assert.deepEqual(JSON.parse(body.toString()), JSON.parse(JSON.stringify(statement)));
    assert.equal(envelope.payloadType, 'application/vnd.in-toto+json');
    const [signature] = envelope.signatures;
    assert.equal(signature?.keyid, 'key-1');
    const isValid = (bytes: Buffer) =>
      verify(
        null,
        bytes,
        createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
        Buffer.from(signature?.sig ?? '', 'base64'),
      );
    assert.ok(isValid(preAuthEncoding(envelope.payloadType, body)));
    assert.ok(!isValid(body));
    assert.ok(!isValid(preAuthEncoding('text/plain', body)));
  });

  // The example of protocol.md.
  it('is encoded for signing as the document of DSSE says', () => {
    assert.equal(
      preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString(),
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });
});

function owned(state: OwnedRange['state'], line: number, evidence: readonly number[]): OwnedRange {
  return { start: line, end: line, state, tier: 'E3', evidence };
}

function commitOf(ranges: readonly OwnedRange[]): CommitAttribution {
  const lines = { ai: 0, 'human-attested': 0, mixed: 0, declared: 0, disputed: 0, unknown: 0 };
  const file = { path: 'a.ts', blob: 'b'.repeat(40), column: 'source', lines, ranges } as const;
  return { oid: OID, kind: 'ordinary', codingAgents: [], evidence: [1], lines, generated: lines, files: [file] };
}

type Who = (item: Pick<Evidence, 'claim'>) => string;

function whoInNote({ claim: { by, codingAgent, tool, session, human } }: Pick<Evidence, 'claim'>): string {
  return by === 'human' ? `human ${human}` : `ai ${codingAgent} ${tool ?? 'unknown'} ${session ?? 'unknown'}`;
}

/** A record has no names of people, and sessions only where they are URLs. */
function whoInTrace({ claim: { by, codingAgent, tool, session } }: Pick<Evidence, 'claim'>): string {
  const url = session === 'another' ? undefined : session;
  return by === 'human' ? 'human' : `${by} ${codingAgent} ${tool} ${url}`;
}

/** `path line who`, of every line. */
function spokenLines(evidence: readonly Evidence[], who: Who = whoInNote): string[] {
  return evidence
    .flatMap((item) => linesOf(item.target.ranges ?? []).map((line) => `${item.target.path} ${line} ${who(item)}`))
    .sort();
}

function ownLines(
  { files }: CommitAttribution,
  evidence: readonly Evidence[],
  states: readonly OwnedRange['state'][],
  who: Who,
): string[] {
  return files
    .flatMap(({ path, ranges }) =>
      ranges
        .filter(({ state }) => states.includes(state))
        .flatMap((range) => {
          const item = evidence[range.evidence[0] as number] as Evidence;
          return linesOf([range]).map((line) => `${path} ${line} ${who(item)}`);
        }),
    )
    .sort();
}

function linesOf(ranges: readonly LineRange[]): number[] {
  return ranges.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, at) => start + at));
}
