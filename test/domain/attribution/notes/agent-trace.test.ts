import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type AgentTraceRecord,
  CONTRIBUTORS,
  parseAgentTrace,
  serialiseAgentTrace,
  type TraceContributor,
  VCS_TYPES,
} from '../../../../src/domain/attribution/notes/agent-trace.ts';

const RECORD = {
  version: '0.1.0',
  id: '550e8400-e29b-41d4-a716-446655440000',
  timestamp: '2026-01-23T14:30:00Z',
  vcs: { type: 'git', revision: 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0' },
  tool: { name: 'cursor', version: '2.4.0' },
  files: [
    {
      path: 'src/utils/parser.ts',
      conversations: [
        {
          url: 'https://api.example.com/v1/conversations/12345',
          contributor: { type: 'ai', model_id: 'anthropic/claude-opus-4-5-20251101' },
          ranges: [
            { start_line: 42, end_line: 67, content_hash: 'murmur3:9f2e8a1b' },
            { start_line: 70, end_line: 70, contributor: { type: 'mixed' } },
          ],
          related: [{ type: 'session', url: 'https://api.example.com/v1/sessions/67890' }],
        },
      ],
    },
  ],
  metadata: { confidence: 0.95, prompt: 'dropped' },
};

function parsed(value: unknown): readonly AgentTraceRecord[] {
  const result = parseAgentTrace(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  if (result.outcome === 'refused') assert.fail(result.text);
  return result.records;
}

function changed(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(RECORD) as unknown as Record<string | number, unknown>;
  const parent = path.slice(0, -1).reduce((at, name) => at[name] as Record<string | number, unknown>, copy);
  parent[path.at(-1) as string] = value;
  return copy;
}

describe('an Agent Trace record', () => {
  it('is read, without its metadata', () => {
    const [record] = parsed(RECORD);
    assert.deepEqual(record, {
      version: '0.1.0',
      id: RECORD.id,
      timestamp: RECORD.timestamp,
      vcs: RECORD.vcs,
      tool: RECORD.tool,
      files: [
        {
          path: 'src/utils/parser.ts',
          conversations: [
            {
              url: 'https://api.example.com/v1/conversations/12345',
              contributor: { type: 'ai', modelId: 'anthropic/claude-opus-4-5-20251101' },
              ranges: [
                { startLine: 42, endLine: 67, contentHash: 'murmur3:9f2e8a1b' },
                { startLine: 70, endLine: 70, contributor: { type: 'mixed' } },
              ],
              related: [{ type: 'session', url: 'https://api.example.com/v1/sessions/67890' }],
            },
          ],
        },
      ],
    });
  });

  it('may be one of a list, or of lines', () => {
    const line = JSON.stringify(RECORD);
    assert.equal(parsed(`[${line},${line}]`).length, 2);
    assert.equal(parsed(`${line}\n\n${line}\r\n${line}`).length, 3);
    assert.equal(parsed(JSON.stringify(RECORD, null, 2)).length, 1);
  });

  it('needs no more than the document says', () => {
    const { version, id, timestamp } = RECORD;
    assert.deepEqual(parsed({ version, id, timestamp, files: [] }), [{ version, id, timestamp, files: [] }]);
  });

  const conversation = ['files', 0, 'conversations', 0] as const;
  const range = [...conversation, 'ranges', 0] as const;
  for (const [what, value] of [
    ['no version', changed(['version'], undefined)],
    ['a version in words', changed(['version'], 'one')],
    ['no id', changed(['id'], undefined)],
    ['a time that is none', changed(['timestamp'], 'yesterday')],
    ['files that are no list', changed(['files'], { length: 1 })],
    ['a file without a path', changed(['files', 0, 'path'], '')],
    ['no conversations', changed(['files', 0, 'conversations'], undefined)],
    ['no ranges', changed([...conversation, 'ranges'], null)],
    ['another contributor', changed([...conversation, 'contributor'], { type: 'robot' })],
    [
      'a model id of 251 characters',
      changed([...conversation, 'contributor'], { type: 'ai', model_id: 'x'.repeat(251) }),
    ],
    ['line 0', changed([...range, 'start_line'], 0)],
    ['a fraction of a line', changed([...range, 'start_line'], 1.5)],
    ['a line in words', changed([...range, 'end_line'], '67')],
    ['an end before the start', changed([...range, 'end_line'], 41)],
    ['an endless line number', JSON.stringify(RECORD).replace('67', '1e999')],
    ['another version control system', changed(['vcs', 'type'], 'cvs')],
    ['nothing in it', ''],
    ['a number', '7'],
    ['half a line', `${JSON.stringify(RECORD)}\n{"version":`],
  ] as const) {
    it(`with ${what} is malformed`, () => {
      const result = parseAgentTrace(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
      assert.equal(result.outcome === 'refused' ? result.rule : `parsed ${JSON.stringify(result)}`, 'note-malformed');
    });
  }

  for (const [what, value] of [
    ['deeper JSON than is read', changed(['metadata'], JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`))],
    ['ranges without end', changed([...conversation, 'ranges'], Array(60_000).fill({ start_line: 1, end_line: 1 }))],
    ['files without end', changed(['files'], Array(20_001).fill({ path: 'a', conversations: [] }))],
    ['a path of 4097 bytes', changed(['files', 0, 'path'], 'x'.repeat(4097))],
  ] as const) {
    it(`with ${what} is too large`, () => {
      const result = parseAgentTrace(Buffer.from(JSON.stringify(value)));
      assert.equal(result.outcome === 'refused' && result.rule, 'note-too-large');
    });
  }

  it('survives being written and read, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRecord(), { minLength: 1, maxLength: 3 }), (records) => {
        const bytes = Buffer.concat(records.flatMap((record) => [serialiseAgentTrace(record), Buffer.from('\n')]));
        assert.deepEqual(parsed(bytes.toString()), records);
      }),
    );
  });

  it('never makes the reader throw, whatever JSON it is', () => {
    const spoilt = fc.tuple(arbitraryRecord(), fc.nat(), fc.json()).map(([record, at, json]) => {
      const text = serialiseAgentTrace(record).toString();
      return text.slice(0, at % text.length) + json + text.slice(at % text.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.json(), spoilt), (text) => {
        assert.ok(['parsed', 'refused'].includes(parseAgentTrace(Buffer.from(text)).outcome));
      }),
      { numRuns: 500 },
    );
  });
});

function arbitraryRecord(): fc.Arbitrary<AgentTraceRecord> {
  const noNullPrototype = true;
  const contributor: fc.Arbitrary<TraceContributor> = fc.record(
    { type: fc.constantFrom(...CONTRIBUTORS), modelId: fc.string({ maxLength: 250 }) },
    { requiredKeys: ['type'], noNullPrototype },
  );
  const lines = fc.tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.nat(2 ** 31 - 1));
  const range = fc
    .tuple(lines, fc.record({ contentHash: fc.string(), contributor }, { requiredKeys: [], noNullPrototype }))
    .map(([[startLine, more], rest]) => ({ startLine, endLine: startLine + more, ...rest }));
  const conversation = fc.record(
    {
      url: fc.string(),
      contributor,
      ranges: fc.array(range, { maxLength: 3 }),
      related: fc.array(fc.record({ type: fc.string(), url: fc.string() }, { noNullPrototype }), { maxLength: 2 }),
    },
    { requiredKeys: ['ranges'], noNullPrototype },
  );
  const file = fc.record(
    { path: fc.string({ unit: 'grapheme', minLength: 1 }), conversations: fc.array(conversation, { maxLength: 3 }) },
    { noNullPrototype },
  );
  const vcs = fc.record(
    { type: fc.constantFrom(...VCS_TYPES), revision: fc.string({ minLength: 1, maxLength: 80 }) },
    { noNullPrototype },
  );
  return fc.record(
    {
      version: fc.constantFrom('0.1.0', '1.0'),
      id: fc.uuid(),
      timestamp: fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
        .map((at) => at.toISOString()),
      vcs,
      tool: fc.record({ name: fc.string(), version: fc.string() }, { requiredKeys: [], noNullPrototype }),
      files: fc.array(file, { maxLength: 3 }),
    },
    { requiredKeys: ['version', 'id', 'timestamp', 'files'], noNullPrototype },
  );
}
