import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Capabilities } from '../../src/protocol/capabilities.ts';
import { MAX_PKT_PAYLOAD } from '../../src/protocol/pkt-line.ts';
import {
  answerFormat,
  expectsPack,
  formatReceivePackRequest,
  MAX_REF_NAME_BYTES,
  parseReceivePackRequest,
  ReceivePackDecoder,
  type ReceivePackRequest,
  type ReceivePackTerms,
} from '../../src/protocol/receive-pack.ts';
import { accepted, decodeEveryWay, outcome, refusedAs, wire } from './feeding.ts';
import { RealGit } from './real-git.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);
const A256 = 'a'.repeat(64);
const ZERO256 = '0'.repeat(64);
const TERMS: ReceivePackTerms = { objectFormat: 'sha1', advertised: { pushOptions: true, atomic: true } };

interface Whole extends ReceivePackRequest {
  readonly rest: string;
}

function decoder(terms: ReceivePackTerms = TERMS) {
  return (chunks: readonly Buffer[]): Whole => {
    const decoder = new ReceivePackDecoder(terms);
    const rest: Buffer[] = [];
    for (const chunk of chunks) {
      if (decoder.result() === undefined) decoder.write(chunk);
      else rest.push(chunk);
    }
    const request = decoder.finish();
    return { ...request, rest: Buffer.concat([decoder.takeRest(), ...rest]).toString('latin1') };
  };
}

function decode(bytes: Buffer, terms: ReceivePackTerms = TERMS): Whole {
  return accepted(decodeEveryWay(bytes, decoder(terms)));
}

function refusal(bytes: Buffer, terms: ReceivePackTerms = TERMS): string {
  return refusedAs(decodeEveryWay(bytes, decoder(terms)));
}

const create = (ref: string, caps = ''): string => `${ZERO} ${A} ${ref}${caps === '' ? '' : `\0${caps}`}`;

test('a request as git writes it: caps after a space, no line feeds, the pack behind', () => {
  const bytes = wire(
    create('refs/heads/a', ' report-status-v2 side-band-64k quiet object-format=sha1 agent=git/2.39.5'),
    `${A} ${B} refs/heads/b`,
    `${A} ${ZERO} refs/heads/c`,
    '0000',
    Buffer.from('PACK\0\0\0\x02'),
  );
  const request = decode(bytes);
  assert.deepEqual(request.commands, [
    { oldOid: ZERO, newOid: A, refName: 'refs/heads/a' },
    { oldOid: A, newOid: B, refName: 'refs/heads/b' },
    { oldOid: A, newOid: ZERO, refName: 'refs/heads/c' },
  ]);
  assert.deepEqual(
    request.capabilities,
    Capabilities.of('report-status-v2', 'side-band-64k', 'quiet', 'object-format=sha1', 'agent=git/2.39.5'),
  );
  assert.equal(request.rest, 'PACK\0\0\0\x02');
  assert.deepEqual(request.headerBytes, bytes.subarray(0, bytes.length - 8));
  assert.equal(expectsPack(request), true);
});

test('line feeds at line ends, and caps directly after the NUL, as JGit and libgit2 write', () => {
  const request = decode(
    wire(`${create('refs/heads/a', 'report-status atomic')}\n`, `${create('refs/heads/b')}\n`, '0000'),
  );
  assert.deepEqual(
    request.commands.map((command) => command.refName),
    ['refs/heads/a', 'refs/heads/b'],
  );
  assert.deepEqual(request.capabilities, Capabilities.of('report-status', 'atomic'));
});

test('no capabilities at all', () => {
  const request = decode(wire(create('refs/heads/a'), '0000'));
  assert.equal(request.capabilities.size, 0);
  assert.deepEqual(answerFormat(request.capabilities), { report: 'none', sideband: undefined });
});

for (const [title, bytes] of [
  ['a lone flush', wire('0000')],
  ['an empty body', Buffer.alloc(0)],
  ['shallow lines and a flush', wire(`shallow ${A}`, '0000')],
] as const) {
  test(`${title} is a request without commands`, () => {
    const request = decode(bytes);
    assert.deepEqual(request.commands, []);
    assert.deepEqual(request.headerBytes, bytes);
    assert.equal(expectsPack(request), false);
  });
}

test('a push that only deletes expects no pack', () => {
  assert.equal(expectsPack(decode(wire(`${A} ${ZERO} refs/heads/a\0report-status`, '0000'))), false);
});

test('a header that the pack has not reached is there already', () => {
  const decoder = new ReceivePackDecoder(TERMS);
  const bytes = wire(create('refs/heads/a', 'report-status'), '0000');
  for (const byte of bytes.subarray(0, -1)) {
    decoder.write(Buffer.from([byte]));
    assert.equal(decoder.result(), undefined);
  }
  decoder.write(bytes.subarray(-1));
  assert.equal(decoder.result()?.commands.length, 1);
  assert.throws(() => decoder.write(Buffer.from('PACK')), TypeError);
});

test('upper-case object ids become lower-case', () => {
  const request = decode(wire(`${A.toUpperCase()} ${B.toUpperCase()} refs/heads/a\0x`, '0000'));
  assert.deepEqual(request.commands, [{ oldOid: A, newOid: B, refName: 'refs/heads/a' }]);
});

test('shallow lines before the commands are kept', () => {
  const request = decode(wire(`shallow ${A}`, `shallow ${B}\n`, create('refs/heads/a', 'x'), '0000'));
  assert.deepEqual(request.shallow, [A, B]);
  assert.equal(request.commands.length, 1);
});

test('push options, their exact bytes in the header', () => {
  const bytes = wire(
    create('refs/heads/a', 'push-options'),
    '0000',
    'ci.skip\n',
    'PACK\0'.slice(0, 4),
    'a=b c',
    '0000',
    Buffer.from('PACKxxxx'),
  );
  const request = decode(bytes);
  assert.deepEqual(request.pushOptions, ['ci.skip', 'PACK', 'a=b c']);
  assert.equal(request.rest, 'PACKxxxx');
  assert.deepEqual(request.headerBytes, bytes.subarray(0, -8));
});

test('an empty section of push options', () => {
  const request = decode(wire(create('refs/heads/a', 'push-options'), '0000', '0000', Buffer.from('PACK')));
  assert.deepEqual(request.pushOptions, []);
  assert.equal(request.rest, 'PACK');
});

test('PACK in a ref name is not the pack', () => {
  const request = decode(wire(create('refs/heads/PACK', 'push-options'), '0000', 'PACK', '0000', Buffer.from('PACK1')));
  assert.equal(request.commands[0]?.refName, 'refs/heads/PACK');
  assert.equal(request.rest, 'PACK1');
});

test('tokens that only resemble a capability are not it', () => {
  const request = decode(wire(create('refs/heads/a', 'xreport-status push-options,quiet atomic-x'), '0000'));
  assert.equal(request.capabilities.has('report-status'), false);
  assert.equal(request.capabilities.has('push-options'), false);
  assert.equal(request.capabilities.has('atomic'), false);
});

test('SHA-256', () => {
  const terms: ReceivePackTerms = { ...TERMS, objectFormat: 'sha256' };
  const request = decode(wire(`${ZERO256} ${A256} refs/heads/a\0object-format=sha256`, '0000'), terms);
  assert.equal(request.objectFormat, 'sha256');
  assert.equal(request.commands[0]?.newOid, A256);
});

const FIRST = create('refs/heads/a', 'report-status');
for (const [title, bytes, code] of [
  // THREATS.md 1 and 4-8; git runs or honours each of these
  [
    'a push certificate',
    wire(`push-cert\0report-status`, 'certificate version 0.1\n', 'push-cert-end\n', '0000'),
    'push-cert',
  ],
  [
    'a push certificate after plain commands',
    wire(FIRST, 'push-cert\0x', create('refs/heads/b'), 'push-cert-end', '0000'),
    'push-cert',
  ],
  [
    'a push certificate before plain commands',
    wire('push-cert\0', create('refs/heads/b'), 'push-cert-end', FIRST, '0000'),
    'push-cert',
  ],
  ['a push-cert nonce among capabilities', wire(create('refs/heads/a', 'push-cert=1-abc'), '0000'), 'push-cert'],
  ['capabilities on the second line', wire(FIRST, create('refs/heads/b', ' push-options'), '0000'), 'bad-line'],
  ['a bare NUL on the second line', wire(FIRST, `${create('refs/heads/b')}\0`, '0000'), 'bad-line'],
  ['a second NUL on the first line', wire(create('refs/heads/a', 'x\0atomic'), '0000'), 'bad-capability'],
  ['a TAB between capabilities', wire(create('refs/heads/a', 'x\tpush-options'), '0000'), 'bad-capability'],
  ['a line feed between capabilities', wire(create('refs/heads/a', 'x\npush-options'), '0000'), 'bad-capability'],
  [
    'a flag with a value, which git takes for the flag',
    wire(create('refs/heads/a', 'push-options=x'), '0000'),
    'bad-capability',
  ],
  ['atomic with a value', wire(create('refs/heads/a', 'atomic=0'), '0000'), 'bad-capability'],
  ['delim in place of the flush', wire(FIRST, '0001', Buffer.from('PACK')), 'unexpected-packet'],
  ['response-end in place of the flush', wire(FIRST, '0002', Buffer.from('PACK')), 'unexpected-packet'],
  ['0003', wire(FIRST, '0003', '0000'), 'bad-pkt-length'],
  ['the empty packet', wire(FIRST, '0004', '0000'), 'bad-pkt-length'],
  ['delim among push options', wire(create('refs/heads/a', 'push-options'), '0000', 'x', '0001'), 'unexpected-packet'],
  [
    'an empty packet among push options',
    wire(create('refs/heads/a', 'push-options'), '0000', '0004', '0000'),
    'bad-pkt-length',
  ],
  [
    'a push option of a line feed',
    wire(create('refs/heads/a', 'push-options'), '0000', '\n', '0000'),
    'bad-push-option',
  ],
  ['a NUL in a push option', wire(create('refs/heads/a', 'push-options'), '0000', 'a\0b', '0000'), 'bad-push-option'],
  [
    'a line feed in a push option',
    wire(create('refs/heads/a', 'push-options'), '0000', 'a\nb', '0000'),
    'bad-push-option',
  ],
  [
    'the section of push options missing',
    wire(create('refs/heads/a', 'push-options'), '0000', Buffer.from('PACK\0\0\0\x02')),
    'bad-pkt-length',
  ],
  ['the same ref twice', wire(FIRST, `${A} ${ZERO} refs/heads/a`, '0000'), 'duplicate-ref'],
  [
    'refs that differ in case',
    wire(create('refs/heads/Main', 'x'), create('refs/heads/main'), '0000'),
    'ref-collision',
  ],
  [
    'refs that differ in Unicode form',
    wire(create('refs/heads/é', 'x'), create('refs/heads/e\u0301'), '0000'),
    'ref-collision',
  ],
  [
    'refs that differ in the Kelvin sign',
    wire(create('refs/heads/k', 'x'), create('refs/heads/\u212a'), '0000'),
    'ref-collision',
  ],
  [
    'refs that fold to the same letters',
    wire(create('refs/heads/ss', 'x'), create('refs/heads/ß'), '0000'),
    'ref-collision',
  ],
  ['a ref below another', wire(create('refs/heads/a', 'x'), create('refs/heads/a/b'), '0000'), 'ref-collision'],
  ['a ref above another', wire(create('refs/heads/a/b/c', 'x'), create('refs/heads/a'), '0000'), 'ref-collision'],
  [
    'a ref below another in other case',
    wire(create('refs/heads/A', 'x'), create('refs/heads/a/b'), '0000'),
    'ref-collision',
  ],
  [
    'a ref below another, siblings between them',
    wire(
      create('refs/heads/a/b', 'x'),
      create('refs/heads/a-b'),
      create('refs/heads/a'),
      create('refs/heads/a b'),
      '0000',
    ),
    'ref-collision',
  ],
  ['shallow after a command', wire(FIRST, `shallow ${B}`, '0000'), 'bad-line'],
  ['shallow with capabilities', wire(`shallow ${B}\0x`, FIRST, '0000'), 'bad-line'],
  ['shallow with a tail', wire(`shallow ${B} x`, FIRST, '0000'), 'bad-oid'],
  // names that no report line can carry
  ['a line feed before the NUL', wire(create('refs/heads/a\n', 'x'), '0000'), 'bad-ref-name'],
  ['two line feeds at the end', wire(FIRST, `${create('refs/heads/b')}\n\n`, '0000'), 'bad-ref-name'],
  ['an empty name', wire(create('', 'x'), '0000'), 'bad-ref-name'],
  // object ids
  ['a short object id', wire(`${A.slice(1)} ${B} refs/heads/a\0x`, '0000'), 'bad-oid'],
  ['a long object id', wire(`${A}0 ${B} refs/heads/a\0x`, '0000'), 'bad-oid'],
  ['an object id that is not hex', wire(`${'g'.repeat(40)} ${B} refs/heads/a\0x`, '0000'), 'bad-oid'],
  ['two spaces', wire(`${A}  ${B} refs/heads/a\0x`, '0000'), 'bad-oid'],
  ['a TAB for a space', wire(`${A}\t${B} refs/heads/a\0x`, '0000'), 'bad-line'],
  ['no name', wire(`${A} ${B}\0x`, '0000'), 'bad-line'],
  ['ids of the other format', wire(`${ZERO256} ${A256} refs/heads/a\0x`, '0000'), 'bad-oid'],
  ['the other object format', wire(create('refs/heads/a', 'object-format=sha256'), '0000'), 'object-format-mismatch'],
  [
    'two object formats',
    wire(create('refs/heads/a', 'object-format=sha1 object-format=sha256'), '0000'),
    'object-format-mismatch',
  ],
  ['an object format without a value', wire(create('refs/heads/a', 'object-format'), '0000'), 'object-format-mismatch'],
  ['an ERR packet', wire('ERR go away', '0000'), 'bad-oid'],
  ['half a request', wire(FIRST), 'truncated'],
  ['half a packet', wire(FIRST).subarray(0, 20), 'truncated'],
  ['half a section of push options', wire(create('refs/heads/a', 'push-options'), '0000', 'x'), 'truncated'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusal(bytes), code));
}

test('a SHA-256 repository takes no push that does not say so', () => {
  const terms: ReceivePackTerms = { ...TERMS, objectFormat: 'sha256' };
  assert.equal(
    refusal(wire(`${ZERO256} ${A256} refs/heads/a\0report-status`, '0000'), terms),
    'object-format-mismatch',
  );
  assert.equal(refusal(wire(FIRST, '0000'), terms), 'object-format-mismatch');
});

test('what was not offered is refused', () => {
  const terms: ReceivePackTerms = { ...TERMS, advertised: { pushOptions: false, atomic: false } };
  assert.equal(refusal(wire(create('refs/heads/a', 'atomic'), '0000'), terms), 'capability-not-offered');
  assert.equal(refusal(wire(create('refs/heads/a', 'push-options'), '0000', '0000'), terms), 'capability-not-offered');
});

test('push options that were not announced are left where the pack should be', () => {
  const request = decode(wire(FIRST, '0000', 'ci.skip', '0000', Buffer.from('PACK')));
  assert.deepEqual(request.pushOptions, []);
  assert.equal(request.rest, '000bci.skip0000PACK');
});

test('neighbours that are no collision are accepted', () => {
  const names = ['refs/heads/a-b', 'refs/heads/a.b', 'refs/heads/ab', 'refs/heads/a!', 'refs/heads/b/a', 'refs/tags/a'];
  const request = decode(wire(create('refs/heads/a', 'x'), ...names.map((name) => create(name)), '0000'));
  assert.equal(request.commands.length, 7);
});

for (const [refName, reason] of [
  ['HEAD', 'does not begin with refs/'],
  ['refs/x', 'has no directory after refs/'],
  ['refs/heads/a b', 'space'],
  ['refs/heads/a..b', 'two dots in a row'],
  ['refs/heads/a.lock', 'component ends with .lock'],
  ['refs/heads/a\r', 'control byte'],
  ['refs/heads/\x1b[31m', 'control byte'],
  ['../../etc/passwd', 'does not begin with refs/'],
] as const) {
  test(`an invalid name does not hide the rest of the push: ${JSON.stringify(refName)}`, () => {
    const request = decode(wire(create('refs/heads/ok', 'x'), create(refName), '0000'));
    assert.equal(request.commands.length, 2);
    assert.equal(request.commands[1]?.refName, refName);
    assert.deepEqual([...request.invalidRefs], [[refName, reason]]);
  });
}

test('names are bytes', () => {
  const request = decode(wire(create('refs/heads/\udcff\udc80é', 'x'), '0000'));
  assert.equal(request.commands[0]?.refName, 'refs/heads/\udcff\udc80é');
  assert.equal(request.invalidRefs.size, 0);
});

test('a name is accepted as long as its report line fits a packet', () => {
  const fits = create(`refs/heads/${'x'.repeat(MAX_REF_NAME_BYTES - 11)}`);
  assert.equal(parseReceivePackRequest(wire(fits, '0000'), TERMS).commands.length, 1);
  const tooLong = create(`refs/heads/${'x'.repeat(MAX_REF_NAME_BYTES - 10)}`);
  assert.equal(refusedAs(outcome(() => parseReceivePackRequest(wire(tooLong, '0000'), TERMS))), 'bad-ref-name');
  assert.ok(MAX_REF_NAME_BYTES < MAX_PKT_PAYLOAD - 4 * 200);
});

test('ref updates, push options and header bytes are bounded', () => {
  const terms = (limits: ReceivePackTerms['limits']): ReceivePackTerms => ({ ...TERMS, ...(limits && { limits }) });
  const bytes = wire(create('refs/heads/a', 'push-options'), create('refs/heads/b'), '0000', 'x', 'y', '0000');
  const limits = { maxRefUpdates: 2, maxHeaderBytes: bytes.length, maxPushOptions: 2 };
  assert.equal(decode(bytes, terms(limits)).commands.length, 2);
  assert.equal(refusal(bytes, terms({ ...limits, maxRefUpdates: 1 })), 'limit-exceeded');
  assert.equal(refusal(bytes, terms({ ...limits, maxPushOptions: 1 })), 'limit-exceeded');
  assert.equal(refusal(bytes, terms({ ...limits, maxHeaderBytes: bytes.length - 1 })), 'limit-exceeded');
});

test('names of thousands of directories are compared in reasonable time', () => {
  const deep = (tail: string): string => `refs/${'a/'.repeat(30_000)}${tail}`;
  const lines = Array.from({ length: 40 }, (_, at) => create(deep(String(at)), at === 0 ? 'x' : ''));
  const start = performance.now();
  const request = parseReceivePackRequest(wire(...lines, '0000'), TERMS);
  assert.equal(request.commands.length, 40);
  assert.ok(performance.now() - start < 5000);
});

test('any request reads back as it was written', () => {
  const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
  const name = fc.stringMatching(/^[a-z0-9é]{1,10}$/u);
  const text = fc.stringMatching(/^[^\0\n\ud800-\udfff]{1,30}$/u);
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 8, selector: (ref) => ref.normalize('NFC').toLowerCase() }),
      fc.array(fc.tuple(oid, oid), { minLength: 8, maxLength: 8 }),
      fc.array(oid, { maxLength: 3 }),
      fc.option(fc.array(text, { maxLength: 4 })),
      (names, oids, shallow, options) => {
        const commands = names.map((ref, at) => ({
          oldOid: oids[at]?.[0] ?? ZERO,
          newOid: oids[at]?.[1] ?? ZERO,
          refName: `refs/heads/${ref}`,
        }));
        const hasOptions = options !== null && commands.length > 0;
        const capabilities = Capabilities.of('report-status', ...(hasOptions ? ['push-options'] : []));
        const bytes = formatReceivePackRequest({
          commands,
          capabilities,
          shallow,
          pushOptions: hasOptions ? options : [],
        });
        const request = parseReceivePackRequest(bytes, TERMS);
        assert.deepEqual(request.commands, commands);
        assert.deepEqual(request.shallow, shallow);
        assert.deepEqual(request.pushOptions, hasOptions ? options : []);
        assert.deepEqual(request.headerBytes, bytes);
        if (commands.length > 0) assert.deepEqual(request.capabilities, capabilities);
      },
    ),
  );
});

test('what would read back differently cannot be written', () => {
  const command = { oldOid: ZERO, newOid: A, refName: 'refs/heads/a' };
  const capabilities = Capabilities.of('push-options');
  for (const request of [
    { commands: [{ ...command, refName: 'a\nb' }], capabilities },
    { commands: [{ ...command, refName: 'a\0b' }], capabilities },
    { commands: [command], capabilities, pushOptions: ['a\nb'] },
    { commands: [command], capabilities, pushOptions: [''] },
    { commands: [command], capabilities: new Capabilities(), pushOptions: ['a'] },
    { commands: [command], capabilities: Capabilities.of('a\0b') },
  ]) {
    assert.throws(() => formatReceivePackRequest(request), TypeError);
  }
});

for (const [tokens, expected] of [
  [['report-status', 'report-status-v2', 'side-band-64k'], { report: 'v2', sideband: 65515 }],
  [['report-status', 'side-band-64k'], { report: 'v1', sideband: 65515 }],
  [['report-status'], { report: 'v1', sideband: undefined }],
  [['side-band-64k'], { report: 'none', sideband: 65515 }],
] as const) {
  test(`the answer to ${tokens.join(' ')}`, () => assert.deepEqual(answerFormat(Capabilities.of(...tokens)), expected));
}

// Real git

test('what real git push sends decodes, and re-encodes to the byte', () => {
  using git = new RealGit();
  for (const format of ['sha1', 'sha256'] as const) {
    const terms: ReceivePackTerms = { ...TERMS, objectFormat: format };
    const upstream = `up-${format}`;
    git.init(upstream, { bare: true, format });
    git.init(format, { format });
    const one = git.commit(format, 'a', 'one');
    git.run(format, 'branch', 'other');
    const zero = '0'.repeat(one.length);
    const pushed = [
      git.push(format, upstream, 'main', '--push-option=ci.skip', '--push-option=a b'),
      git.push(format, upstream, '--atomic', 'main:x', 'other:y', 'other:z'),
      git.push(format, upstream, ':x', ':y'),
      git.push(format, upstream, 'main:main'), // nothing to do: no commands
    ].map((exchange) => ({ exchange, request: decode(exchange.request, terms) }));
    const [created, atomic, deleted] = pushed;
    assert.deepEqual(created?.request.commands, [{ oldOid: zero, newOid: one, refName: 'refs/heads/main' }]);
    assert.deepEqual(created?.request.pushOptions, ['ci.skip', 'a b']);
    assert.equal(created?.request.rest.slice(0, 4), 'PACK');
    assert.equal(atomic?.request.commands.length, 3);
    assert.equal(atomic?.request.capabilities.has('atomic'), true);
    assert.equal(deleted?.request.commands.length, 2);
    assert.equal(deleted?.request.rest, '');
    for (const { request } of pushed) assert.deepEqual(formatReceivePackRequest(request), request.headerBytes);
  }
});

test('a push from a shallow clone carries its shallow lines', () => {
  using git = new RealGit();
  git.init('origin');
  git.commit('origin', 'a', 'one');
  const tip = git.commit('origin', 'b', 'two');
  git.bytes(['clone', '-q', '--depth=1', `file://${git.path('origin')}`, git.path('clone')]);
  git.init('up', { bare: true });
  const request = decode(git.push('clone', 'up', 'HEAD:refs/heads/x').request);
  assert.deepEqual(request.shallow, [tip]);
  assert.equal(request.rest.slice(0, 4), 'PACK');
});

test('real receive-pack executes what we write, and takes our option section', () => {
  using git = new RealGit();
  git.init('work');
  const one = git.commit('work', 'a', 'one');
  git.bytes(['clone', '-q', '--bare', git.path('work'), git.path('up.git')]);
  git.run('up.git', 'config', 'receive.advertisePushOptions', 'true');
  const header = formatReceivePackRequest({
    commands: [{ oldOid: one, newOid: ZERO, refName: 'refs/heads/main' }],
    capabilities: Capabilities.of('report-status', 'push-options', 'object-format=sha1'),
    pushOptions: ['ci.skip'],
  });
  git.run('up.git', 'symbolic-ref', 'HEAD', 'refs/heads/elsewhere');
  const answer = git.bytes(['receive-pack', '--stateless-rpc', git.path('up.git')], header);
  assert.equal(answer.toString(), wire('unpack ok\n', 'ok refs/heads/main\n', '0000').toString());
  assert.equal(git.run('up.git', 'for-each-ref'), '');
});

// The reason for refusing push-cert at all (THREATS.md 1): the upstream would run both.
test('real receive-pack runs the commands of an unoffered certificate beside plain ones', () => {
  using git = new RealGit();
  git.init('work');
  const one = git.commit('work', 'a', 'one');
  git.bytes(['clone', '-q', '--bare', git.path('work'), git.path('up.git')]);
  const body = wire(
    'push-cert\0report-status',
    'certificate version 0.1\n',
    'pusher x <x@example.com> 0 +0000\n',
    '\n',
    `${ZERO} ${one} refs/heads/hidden\n`,
    'push-cert-end\n',
    `${ZERO} ${one} refs/heads/seen`,
    '0000',
  );
  assert.equal(refusal(body), 'push-cert');
  const pack = git.bytes(['-C', git.path('work'), 'pack-objects', '--stdout', '-q']);
  git.bytes(['receive-pack', '--stateless-rpc', git.path('up.git')], Buffer.concat([body, pack]));
  assert.match(git.run('up.git', 'for-each-ref', '--format=%(refname)'), /hidden\n(.*\n)*.*seen/);
});
