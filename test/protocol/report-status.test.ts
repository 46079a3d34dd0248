import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Capabilities } from '../../src/protocol/capabilities.ts';
import { formatReceivePackRequest } from '../../src/protocol/receive-pack.ts';
import {
  formatReport,
  MAX_REASON_LENGTH,
  parseReport,
  type Report,
  ReportDecoder,
  reasonLine,
} from '../../src/protocol/report-status.ts';
import { SidebandDecoder } from '../../src/protocol/sideband.ts';
import { accepted, decodeEveryWay, outcome, refusedAs, wire } from './feeding.ts';
import { RealGit } from './real-git.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);

function decode(chunks: readonly Buffer[]): Report {
  const decoder = new ReportDecoder();
  for (const chunk of chunks) decoder.write(chunk);
  return decoder.finish();
}

for (const [title, bytes, report] of [
  [
    'an ok',
    wire('unpack ok\n', 'ok refs/heads/a\n', '0000'),
    { unpack: 'ok', refs: [{ refName: 'refs/heads/a', ok: true }] },
  ],
  [
    'ng with a reason',
    wire('unpack ok\n', 'ng refs/heads/a non-fast-forward update\n', '0000'),
    { unpack: 'ok', refs: [{ refName: 'refs/heads/a', ok: false, reason: 'non-fast-forward update' }] },
  ],
  [
    'ng without a reason',
    wire('unpack ok', 'ng refs/heads/a', '0000'),
    { unpack: 'ok', refs: [{ refName: 'refs/heads/a', ok: false, reason: 'failed' }] },
  ],
  [
    'a pack that was not unpacked',
    wire('unpack index-pack abnormal exit\n', 'ng refs/heads/a unpacker error\n', '0000'),
    { unpack: 'index-pack abnormal exit', refs: [{ refName: 'refs/heads/a', ok: false, reason: 'unpacker error' }] },
  ],
  [
    'v2 options, of the ok before them',
    wire(
      'unpack ok\n',
      'ok refs/for/main\n',
      'option refname refs/changes/1\n',
      `option old-oid ${A}\n`,
      `option new-oid ${B}\n`,
      'option forced-update\n',
      'ok refs/heads/b\n',
      'option something-new x\n',
      '0000',
    ),
    {
      unpack: 'ok',
      refs: [
        {
          refName: 'refs/for/main',
          ok: true,
          options: { refname: 'refs/changes/1', oldOid: A, newOid: B, forcedUpdate: true },
        },
        { refName: 'refs/heads/b', ok: true, options: {} },
      ],
    },
  ],
  [
    'options after an ng, which mean nothing',
    wire('unpack ok\n', 'ng refs/heads/a no\n', 'option refname x\n', '0000'),
    { unpack: 'ok', refs: [{ refName: 'refs/heads/a', ok: false, reason: 'no' }] },
  ],
  ['no refs', wire('unpack ok\n', '0000'), { unpack: 'ok', refs: [] }],
] as const) {
  test(`decoded: ${title}`, () => assert.deepEqual(accepted(decodeEveryWay(bytes, decode)), report));
}

for (const [title, bytes, code] of [
  ['no unpack line', wire('ok refs/heads/a\n', '0000'), 'bad-line'],
  ['only a flush', wire('0000'), 'bad-line'],
  ['unpack without a word', wire('unpack\n', '0000'), 'bad-line'],
  ['an unknown line', wire('unpack ok\n', 'maybe refs/heads/a\n', '0000'), 'bad-line'],
  ['unpack twice', wire('unpack ok\n', 'unpack ok\n', '0000'), 'bad-line'],
  ['ok without a ref', wire('unpack ok\n', 'ok\n', '0000'), 'bad-line'],
  ['ok of an empty ref', wire('unpack ok\n', 'ok \n', '0000'), 'bad-line'],
  ['an option before any ref', wire('unpack ok\n', 'option refname x\n', '0000'), 'bad-line'],
  ['a NUL', wire('unpack ok\n', 'ok refs/heads/a\0b\n', '0000'), 'bad-line'],
  ['a line feed inside a line', wire('unpack ok\n', 'ng refs/heads/a b\nok refs/heads/c\n', '0000'), 'bad-line'],
  ['no flush: half a report answers for no ref', wire('unpack ok\n', 'ok refs/heads/a\n'), 'truncated'],
  ['nothing', Buffer.alloc(0), 'truncated'],
  ['bytes after the flush', wire('unpack ok\n', '0000', Buffer.from('x')), 'trailing-bytes'],
  ['delim', wire('unpack ok\n', '0001'), 'unexpected-packet'],
  ['ERR', wire('ERR internal error\n'), 'upstream-err'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, decode)), code));
}

test('a report is bounded', () => {
  const bytes = wire('unpack ok\n', 'ok refs/heads/a\n', '0000');
  const decoder = new ReportDecoder({ maxBytes: bytes.length - 1 });
  assert.equal(refusedAs(outcome(() => decoder.write(bytes))), 'limit-exceeded');
});

test('options are sent only to who asked for v2', () => {
  const report: Report = {
    unpack: 'ok',
    refs: [{ refName: 'refs/heads/a', ok: true, options: { refname: 'refs/heads/b', forcedUpdate: true } }],
  };
  assert.deepEqual(formatReport(report, { v2: false }), wire('unpack ok\n', 'ok refs/heads/a\n', '0000'));
  assert.deepEqual(
    formatReport(report, { v2: true }),
    wire('unpack ok\n', 'ok refs/heads/a\n', 'option refname refs/heads/b\n', 'option forced-update\n', '0000'),
  );
});

for (const [title, reason, shown] of [
  ['escape sequences', 'no\x1b]0;title\x07', 'no\\x1b]0;title\\x07'],
  ['line feeds', 'first\nng refs/heads/b x', 'first ng refs/heads/b x'],
  ['bidi overrides', 'a\u202eb', 'a\\u{202e}b'],
  ['no words', ' \n ', 'failed'],
  ['too many', 'x'.repeat(1000), `${'x'.repeat(MAX_REASON_LENGTH - 1)}…`],
  ['a pair at the cut', `${'x'.repeat(MAX_REASON_LENGTH - 2)}🙂🙂`, `${'x'.repeat(MAX_REASON_LENGTH - 2)}…`],
] as const) {
  test(`a reason is one short line that no terminal obeys: ${title}`, () => {
    assert.equal(reasonLine(reason), shown);
    const bytes = formatReport(
      { unpack: reason, refs: [{ refName: 'refs/heads/a', ok: false, reason }] },
      { v2: true },
    );
    assert.deepEqual(parseReport(bytes), {
      unpack: shown,
      refs: [{ refName: 'refs/heads/a', ok: false, reason: shown }],
    });
  });
}

test('a ref that would read back differently cannot be reported', () => {
  for (const refName of ['', 'a\nb', 'a\0b']) {
    assert.throws(() => formatReport({ unpack: 'ok', refs: [{ refName, ok: true }] }, { v2: false }), TypeError);
  }
});

test('any report reads back as it was written', () => {
  const refName = fc.stringMatching(/^refs\/heads\/[a-zé]{1,10}$/u);
  const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
  const plain = { noNullPrototype: true };
  const options = fc.oneof(
    fc.record({ refname: refName, oldOid: oid }, plain),
    fc.record({ newOid: oid, forcedUpdate: fc.constant<true>(true) }, plain),
  );
  const ref = fc.oneof(
    fc.record({ refName, ok: fc.constant<true>(true) }, plain),
    fc.record({ refName, ok: fc.constant<true>(true), options }, plain),
    fc.record(
      { refName, ok: fc.constant<false>(false), reason: fc.stringMatching(/^[a-z][a-z ]{0,30}[a-z]$/).map(reasonLine) },
      plain,
    ),
  );
  fc.assert(
    fc.property(fc.array(ref), (refs) => {
      const report: Report = { unpack: 'ok', refs };
      assert.deepEqual(parseReport(formatReport(report, { v2: true })), report);
    }),
  );
});

test("real receive-pack's report decodes, bare and in bands, v1 and v2", () => {
  using git = new RealGit();
  git.init('work');
  const one = git.commit('work', 'a', 'one');
  git.bytes(['clone', '-q', '--bare', git.path('work'), git.path('up.git')]);
  for (const [tokens, banded] of [
    [['report-status'], false],
    [['report-status-v2'], false],
    [['report-status-v2', 'side-band-64k'], true],
  ] as const) {
    const request = formatReceivePackRequest({
      commands: [
        { oldOid: A, newOid: ZERO, refName: 'refs/heads/main' },
        { oldOid: one, newOid: ZERO, refName: 'refs/heads/a..b' },
      ],
      capabilities: Capabilities.of(...tokens),
    });
    const answer = git.bytes(['receive-pack', '--stateless-rpc', git.path('up.git')], request);
    let inner = answer;
    if (banded) {
      const decoder = new SidebandDecoder();
      decoder.write(answer);
      const parts: Buffer[] = [];
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        if (event.band === 1) parts.push(event.data);
      }
      decoder.finish();
      inner = Buffer.concat(parts);
    }
    const report = accepted(decodeEveryWay(inner, decode));
    assert.equal(report.unpack, 'ok');
    assert.deepEqual(
      report.refs.map((ref) => [ref.refName, ref.ok]),
      [
        ['refs/heads/main', false],
        ['refs/heads/a..b', false],
      ],
    );
    assert.match(JSON.stringify(report.refs[1]), /funny refname/);
  }
});
