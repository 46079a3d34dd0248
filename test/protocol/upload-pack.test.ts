import assert from 'node:assert/strict';
import test from 'node:test';
import { parseAdvertisement, parseV2Capabilities } from '../../src/protocol/advertisement.ts';
import { Capabilities } from '../../src/protocol/capabilities.ts';
import {
  type AckLine,
  deepens,
  FetchResponseDecoder,
  formatAckLine,
  formatShallowLine,
  formatV0Fetch,
  formatV2Fetch,
  formatV2LsRefs,
  isAllowedV2Command,
  LsRefsDecoder,
  parseAckLine,
  parseLsRefs,
  parseShallowLine,
  UploadPackDecoder,
  V2RequestDecoder,
  whyV2CommandRefused,
} from '../../src/protocol/upload-pack.ts';
import { accepted, decodeEveryWay, outcome, refusedAs, wire } from './feeding.ts';
import { RealGit } from './real-git.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const A256 = 'a'.repeat(64);

// Lines

const ACKS: readonly AckLine[] = [
  { kind: 'nak' },
  { kind: 'ack', oid: A },
  { kind: 'ack', oid: A256, status: 'continue' },
  { kind: 'ack', oid: A, status: 'common' },
  { kind: 'ack', oid: A, status: 'ready' },
];
for (const line of ACKS) {
  test(`reads back as written: ${JSON.stringify(line).slice(0, 40)}`, () => {
    assert.deepEqual(parseAckLine(formatAckLine(line).subarray(4)), line);
  });
}

for (const text of [
  'NAK x',
  'nak',
  'ACK',
  `ACK ${A} maybe`,
  `ACK ${A.slice(1)}`,
  `ack ${A}`,
  `ACK ${A}  ready`,
  `ACK  ${A}`,
]) {
  test(`no ACK line: ${text}`, () => assert.equal(parseAckLine(Buffer.from(text)), undefined));
}

test('shallow lines read back as written, and nothing else does', () => {
  for (const kind of ['shallow', 'unshallow'] as const) {
    assert.deepEqual(parseShallowLine(formatShallowLine({ kind, oid: A }).subarray(4)), { kind, oid: A });
  }
  for (const text of ['shallow', `shallow ${A} x`, `reshallow ${A}`, `shallow ${A.slice(1)}`]) {
    assert.equal(parseShallowLine(Buffer.from(text)), undefined);
  }
});

// v0/v1 requests

function requests(options: { readonly maxBytes?: number } = {}) {
  return (chunks: readonly Buffer[]): unknown => {
    const decoder = new UploadPackDecoder({ objectFormat: 'sha1', ...options });
    const events: unknown[] = [];
    for (const chunk of chunks) {
      decoder.write(chunk);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) events.push(event);
    }
    return { events, over: decoder.over, rest: decoder.takeRest().toString('latin1') };
  };
}

test('a clone over a lasting connection', () => {
  const wants = wire(`want ${A} multi_ack_detailed side-band-64k ofs-delta agent=git/2\n`, `want ${B}\n`, '0000');
  assert.deepEqual(accepted(decodeEveryWay(Buffer.concat([wants, wire('done\n')]), requests())), {
    events: [
      {
        kind: 'wants',
        request: {
          wants: [A, B],
          capabilities: Capabilities.of('multi_ack_detailed', 'side-band-64k', 'ofs-delta', 'agent=git/2'),
          shallow: [],
          deepenNot: [],
          bytes: wants,
        },
      },
      { kind: 'done' },
    ],
    over: true,
    rest: '',
  });
});

test('a fetch with limits and rounds of haves', () => {
  const wants = wire(
    `want ${A} filter\n`,
    `shallow ${B}\n`,
    'deepen 3\n',
    'deepen-since 1700000000\n',
    'deepen-not refs/heads/x\n',
    'filter blob:none\n',
    '0000',
  );
  const rest = wire(`have ${A}\n`, `have ${B}\n`, '0000', `have ${B.toUpperCase()}`, '0000', 'done');
  const decoded = accepted(decodeEveryWay(Buffer.concat([wants, rest]), requests()));
  assert.deepEqual(decoded, {
    events: [
      {
        kind: 'wants',
        request: {
          wants: [A],
          capabilities: Capabilities.of('filter'),
          shallow: [B],
          depth: 3,
          deepenSince: 1700000000,
          filter: 'blob:none',
          deepenNot: ['refs/heads/x'],
          bytes: wants,
        },
      },
      { kind: 'have', oid: A },
      { kind: 'have', oid: B },
      { kind: 'flush' },
      { kind: 'have', oid: B },
      { kind: 'flush' },
      { kind: 'done' },
    ],
    over: true,
    rest: '',
  });
});

test('who wants nothing is gone', () => {
  assert.deepEqual(accepted(decodeEveryWay(wire('0000'), requests())), {
    events: [{ kind: 'end' }],
    over: true,
    rest: '',
  });
});

for (const [limit, expected] of [
  [{}, false],
  [{ depth: 1 }, true],
  [{ deepenSince: 1 }, true],
  [{ deepenNot: ['x'] }, true],
] as const) {
  test(`deepens ${JSON.stringify(limit)}: ${expected}`, () => {
    const request = { wants: [], capabilities: new Capabilities(), shallow: [], deepenNot: [], bytes: Buffer.alloc(0) };
    assert.equal(deepens({ ...request, ...limit }), expected);
  });
}

for (const [title, bytes, code] of [
  ['capabilities on the second want', wire(`want ${A} x\n`, `want ${B} y\n`, '0000'), 'bad-line'],
  ['delim', wire(`want ${A}\n`, '0001'), 'unexpected-packet'],
  ['an object id of another format', wire(`want ${A256}\n`, '0000'), 'bad-oid'],
  ['a bad depth', wire(`want ${A}\n`, 'deepen -1\n', '0000'), 'bad-line'],
  ['a hexadecimal depth', wire(`want ${A}\n`, 'deepen 0x10\n', '0000'), 'bad-line'],
  ['a depth without end', wire(`want ${A}\n`, `deepen ${'9'.repeat(30)}\n`, '0000'), 'bad-line'],
  ['an empty filter', wire(`want ${A}\n`, 'filter \n', '0000'), 'bad-line'],
  ['an empty deepen-not', wire(`want ${A}\n`, 'deepen-not\n', '0000'), 'bad-line'],
  ['a NUL in a filter', wire(`want ${A}\n`, 'filter a\0b\n', '0000'), 'bad-line'],
  ['an unknown line', wire(`want ${A}\n`, 'packfile-uris https\n', '0000'), 'bad-line'],
  ['a v2 command', wire('command=fetch', '0001', '0000'), 'bad-line'],
  ['a want among haves', wire(`want ${A}\n`, '0000', `want ${B}\n`), 'bad-line'],
  ['delim among haves', wire(`want ${A}\n`, '0000', '0001'), 'unexpected-packet'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, requests())), code));
}

test('a request is bounded', () => {
  const bytes = wire(`want ${A}\n`, '0000', `have ${A}\n`, 'done\n');
  accepted(decodeEveryWay(bytes, requests({ maxBytes: bytes.length })));
  assert.equal(refusedAs(decodeEveryWay(bytes, requests({ maxBytes: bytes.length - 1 }))), 'limit-exceeded');
});

test('our own v0 request decodes as what it asks for', () => {
  const bytes = formatV0Fetch({
    wants: [A, B],
    haves: [B],
    depth: 1,
    filter: 'tree:0',
    shallow: [A],
    capabilities: Capabilities.of('side-band-64k', 'agent=x'),
  });
  const decoded = JSON.stringify(accepted(decodeEveryWay(bytes, requests())));
  assert.match(decoded, /"wants":\["a+","b+"\].*"shallow":\["a+"\],"depth":1,"filter":"tree:0".*"have".*"done"/);
  assert.throws(() => formatV0Fetch({ wants: [], capabilities: new Capabilities() }), TypeError);
});

// v2 requests

function v2(options: { readonly maxBytes?: number } = {}) {
  return (chunks: readonly Buffer[]): readonly unknown[] => {
    const decoder = new V2RequestDecoder(options);
    const out: unknown[] = [];
    for (const chunk of chunks) {
      decoder.write(chunk);
      for (let request = decoder.next(); request !== undefined; request = decoder.next()) out.push(request);
    }
    decoder.finish();
    if (decoder.over) out.push('over');
    return out;
  };
}

test('requests of one connection are taken apart, each with its exact bytes', () => {
  const first = wire(
    'command=ls-refs\n',
    'agent=git/2',
    'object-format=sha1',
    '0001',
    'peel\n',
    'ref-prefix refs/heads/\n',
    '0000',
  );
  const second = wire('command=fetch', 'server-option=a b', '0001', `want ${A}\n`, 'done\n', '0000');
  const bare = wire('command=object-info', '0000');
  assert.deepEqual(accepted(decodeEveryWay(Buffer.concat([first, second, bare, wire('0000')]), v2())), [
    {
      command: 'ls-refs',
      capabilities: Capabilities.of('agent=git/2', 'object-format=sha1'),
      args: ['peel', 'ref-prefix refs/heads/'],
      bytes: first,
    },
    {
      command: 'fetch',
      capabilities: new Capabilities([['server-option', 'a b']]),
      args: [`want ${A}`, 'done'],
      bytes: second,
    },
    { command: 'object-info', capabilities: new Capabilities(), args: [], bytes: bare },
    'over',
  ]);
});

for (const [title, bytes, code] of [
  ['no command', wire('agent=x', '0000'), 'bad-line'],
  ['arguments before a command', wire('0001', 'peel', '0000'), 'unexpected-packet'],
  ['two commands', wire('command=ls-refs', 'command=fetch', '0000'), 'bad-line'],
  ['a command after capabilities', wire('agent=x', 'command=fetch', '0000'), 'bad-line'],
  ['a command without a name', wire('command', '0000'), 'bad-line'],
  ['two delims', wire('command=fetch', '0001', '0001', '0000'), 'unexpected-packet'],
  ['response-end', wire('command=fetch', '0002'), 'unexpected-packet'],
  ['a NUL', wire('command=fetch', '0001', 'done\0packfile-uris https', '0000'), 'bad-line'],
  ['an empty line', wire('command=fetch', '0001', '\n', '0000'), 'bad-line'],
  ['half a request', wire('command=fetch', '0001'), 'truncated'],
  ['half a packet', Buffer.from('001'), 'truncated'],
  ['half a packet after the end', wire('0000', Buffer.from('00')), 'truncated'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, v2())), code));
}

test('each request is bounded, not their sum', () => {
  const one = wire('command=fetch', '0001', `want ${A}\n`, '0000');
  accepted(decodeEveryWay(Buffer.concat([one, one, one]), v2({ maxBytes: one.length })));
  assert.equal(refusedAs(decodeEveryWay(one, v2({ maxBytes: one.length - 1 }))), 'limit-exceeded');
});

for (const [title, command, tokens, args, why] of [
  ['ls-refs', 'ls-refs', ['agent=x', 'object-format=sha1'], ['peel', 'symrefs', 'unborn', 'ref-prefix x'], undefined],
  [
    'a partial, shallow fetch',
    'fetch',
    ['server-option=x'],
    [`want ${A}`, 'deepen 1', 'filter blob:none', 'done'],
    undefined,
  ],
  ['object-info', 'object-info', [], ['size', `oid ${A}`], undefined],
  ['bundle-uri', 'bundle-uri', [], [], 'command bundle-uri is not offered'],
  ['an unknown command', 'x\x1b', [], [], 'command x\\x1b is not offered'],
  ['no command', '', [], [], 'command  is not offered'],
  ['packfile-uris', 'fetch', [], ['packfile-uris https'], 'argument packfile-uris is not offered'],
  ['a want with another separator', 'fetch', [], [`want\t${A}`], `argument want\\x09${A.slice(0, 32)} is not offered`],
  ['session-id', 'fetch', ['session-id=x'], [], 'capability session-id is not offered'],
  ['promisor-remote', 'fetch', ['promisor-remote=x'], [], 'capability promisor-remote is not offered'],
  ['an argument of another command', 'ls-refs', [], [`want ${A}`], 'argument want is not offered'],
] as const) {
  test(`${why === undefined ? 'allowed' : 'refused'}: ${title}`, () => {
    const request = { command, capabilities: Capabilities.of(...tokens), args };
    assert.equal(whyV2CommandRefused(request), why);
    assert.equal(isAllowedV2Command(request), why === undefined);
  });
}

test('our own v2 requests decode as what they ask for, and would be allowed', () => {
  const bytes = Buffer.concat([
    formatV2LsRefs({
      prefixes: ['refs/heads/'],
      symrefs: true,
      peel: true,
      unborn: true,
      agent: 'x/1',
      objectFormat: 'sha1',
    }),
    formatV2Fetch({
      wants: [A],
      haves: [B],
      done: true,
      depth: 1,
      filter: 'blob:none',
      shallow: [B],
      wantRefs: ['refs/heads/x'],
      thin: true,
    }),
  ]);
  const decoder = new V2RequestDecoder();
  decoder.write(bytes);
  const ls = decoder.next();
  const fetch = decoder.next();
  assert.ok(ls !== undefined && fetch !== undefined);
  assert.deepEqual(ls.args, ['peel', 'symrefs', 'unborn', 'ref-prefix refs/heads/']);
  assert.deepEqual(ls.capabilities, Capabilities.of('agent=x/1', 'object-format=sha1'));
  assert.deepEqual(fetch.args, [
    'ofs-delta',
    'thin-pack',
    'no-progress',
    `shallow ${B}`,
    'deepen 1',
    'filter blob:none',
    `want ${A}`,
    'want-ref refs/heads/x',
    `have ${B}`,
    'done',
  ]);
  assert.equal(isAllowedV2Command(ls) && isAllowedV2Command(fetch), true);
  assert.throws(() => formatV2LsRefs({ prefixes: ['a\nb'] }), TypeError);
});

// Answers

function refs(chunks: readonly Buffer[]) {
  const decoder = new LsRefsDecoder({ objectFormat: 'sha1', maxRefs: 3 });
  for (const chunk of chunks) decoder.write(chunk);
  return decoder.finish();
}

test('listed refs with their attributes', () => {
  const bytes = wire(
    `${A} HEAD symref-target:refs/heads/main\n`,
    `${B} refs/tags/v1 peeled:${A} later:x\n`,
    'unborn refs/heads/x symref-target:refs/heads/y\n',
    '0000',
  );
  assert.deepEqual(accepted(decodeEveryWay(bytes, refs)), [
    { name: 'HEAD', oid: A, symrefTarget: 'refs/heads/main' },
    { name: 'refs/tags/v1', oid: B, peeled: A },
    { name: 'refs/heads/x', symrefTarget: 'refs/heads/y' },
  ]);
});

for (const [title, bytes, code] of [
  ['too many', wire(`${A} a\n`, `${A} b\n`, `${A} c\n`, `${A} d\n`, '0000'), 'limit-exceeded'],
  ['a bad id', wire(`${A256} a\n`, '0000'), 'bad-oid'],
  ['a bad peeled id', wire(`${A} a peeled:x\n`, '0000'), 'bad-oid'],
  ['no name', wire(`${A}\n`, '0000'), 'bad-line'],
  ['an empty name', wire(`${A} \n`, '0000'), 'bad-line'],
  ['a NUL', wire(`${A} a\0b\n`, '0000'), 'bad-line'],
  ['delim', wire(`${A} a\n`, '0001'), 'unexpected-packet'],
  ['no flush', wire(`${A} a\n`), 'truncated'],
  ['ERR', wire('ERR no\n'), 'upstream-err'],
] as const) {
  test(`refused as a list of refs: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, refs)), code));
}

function answer(options: ConstructorParameters<typeof FetchResponseDecoder>[0]) {
  return (chunks: readonly Buffer[]): readonly string[] => {
    const decoder = new FetchResponseDecoder(options);
    const out: string[] = [];
    const push = (event: ReturnType<FetchResponseDecoder['next']>): void => {
      if (event === undefined) return;
      const text =
        event.kind === 'pack'
          ? `pack ${event.data.toString('latin1')}`
          : event.kind === 'ack' || event.kind === 'shallow' || event.kind === 'unshallow'
            ? `${event.kind} ${event.oid[0]}${event.kind === 'ack' && event.status !== undefined ? ` ${event.status}` : ''}`
            : event.kind === 'wanted-ref'
              ? `wanted ${event.oid[0]} ${event.refName}`
              : event.kind === 'progress' || event.kind === 'error'
                ? `${event.kind} ${event.text}`
                : event.kind;
      const last = out.at(-1);
      // Where a bare pack is cut follows the chunks.
      if (event.kind === 'pack' && last?.startsWith('pack ') === true && options.sideband === false) {
        out[out.length - 1] = last + text.slice('pack '.length);
      } else out.push(text);
    };
    for (const chunk of chunks) {
      decoder.write(chunk);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) push(event);
    }
    push(decoder.finish());
    return out;
  };
}

for (const [title, options, bytes, events] of [
  [
    'v0 in bands, keepalives swallowed',
    { version: 0 },
    wire('NAK\n', '\x02Counting\n', '\x01', '\x01PACK', '\x02', '\x01rest', '0000'),
    ['nak', 'progress Counting\n', 'pack PACK', 'pack rest', 'end'],
  ],
  [
    'v0 that deepens',
    { version: 0, depth: 1 },
    wire(`shallow ${A}`, `unshallow ${B}`, '0000', 'NAK\n', '\x01PACK', '0000'),
    ['shallow a', 'unshallow b', 'nak', 'pack PACK', 'end'],
  ],
  [
    'v0 that deepens where nothing is shallow',
    { version: 0, depth: true },
    wire('0000', 'NAK\n', '\x01P', '0000'),
    ['nak', 'pack P', 'end'],
  ],
  [
    'v0 with several acknowledgments',
    { version: 0 },
    wire(`ACK ${A} common\n`, `ACK ${B} ready\n`, 'NAK\n', `ACK ${B}\n`, '\x01P', '0000'),
    ['ack a common', 'ack b ready', 'nak', 'ack b', 'pack P', 'end'],
  ],
  ['v0, a round of negotiation', { version: 0 }, wire(`ACK ${A} common\n`, 'NAK\n'), ['ack a common', 'nak', 'end']],
  [
    'v0 without bands',
    { version: 0, sideband: false },
    wire('NAK\n', Buffer.from('PACK\0\x0200000003')),
    ['nak', 'pack PACK\0\x0200000003', 'end'],
  ],
  [
    'v0, fatal text',
    { version: 0 },
    wire('NAK\n', '\x03no such object', '0000'),
    ['nak', 'error no such object', 'end'],
  ],
  ['v0, ERR', { version: 0 }, wire('ERR upload-pack: not our ref\n'), ['error upload-pack: not our ref']],
  [
    'v2, a clone',
    { version: 2 },
    wire('packfile\n', '\x02a\n', '\x01PACK', '0000'),
    ['progress a\n', 'pack PACK', 'end'],
  ],
  [
    'v2, every section',
    { version: 2 },
    wire(
      'acknowledgments\n',
      `ACK ${A}\n`,
      'ready\n',
      '0001',
      'shallow-info\n',
      `shallow ${A}`,
      `unshallow ${B}`,
      '0001',
      'wanted-refs\n',
      `${B} refs/heads/x\n`,
      '0001',
      'packfile\n',
      '\x01PACK',
      '0000',
    ),
    ['ack a', 'shallow a', 'unshallow b', 'wanted b refs/heads/x', 'pack PACK', 'end'],
  ],
  ['v2, no common base yet', { version: 2 }, wire('acknowledgments\n', 'NAK\n', '0000'), ['nak', 'end']],
  ['v2, ERR', { version: 2 }, wire('ERR no\n'), ['error no']],
  ['v2, ERR where bands were expected', { version: 2 }, wire('packfile\n', 'ERR no\n'), ['error no']],
] as const) {
  test(`decoded: ${title}`, () => assert.deepEqual(accepted(decodeEveryWay(bytes, answer(options))), events));
}

for (const [title, options, bytes, code] of [
  ['v0 that breaks off', { version: 0 }, wire('NAK\n', '\x01PACK'), 'truncated'],
  ['v0 that breaks off in a packet', { version: 0 }, wire('NAK\n').subarray(0, 6), 'truncated'],
  ['v0 that says nothing', { version: 0 }, Buffer.alloc(0), 'truncated'],
  ['bands before any acknowledgment', { version: 0 }, wire('\x01PACK', '0000'), 'bad-line'],
  ['no such band', { version: 0 }, wire('NAK\n', '\x05x', '0000'), 'bad-band'],
  ['a flush among acknowledgments', { version: 0 }, wire('NAK\n', '0000'), 'unexpected-packet'],
  ['no shallow line', { version: 0, depth: 1 }, wire('NAK\n', '0000'), 'bad-line'],
  ['delim in v0', { version: 0 }, wire('NAK\n', '0001'), 'unexpected-packet'],
  ['a pack from elsewhere', { version: 2 }, wire('packfile-uris\n', `${A} https://x/\n`, '0001'), 'bad-line'],
  ['an unknown section', { version: 2 }, wire('something\n', '0000'), 'bad-line'],
  ['a flush after shallow-info', { version: 2 }, wire('shallow-info\n', '0000'), 'unexpected-packet'],
  ['a flush first', { version: 2 }, wire('0000'), 'unexpected-packet'],
  ['delim among bands', { version: 2 }, wire('packfile\n', '0001'), 'unexpected-packet'],
  ['no wanted ref', { version: 2 }, wire('wanted-refs\n', 'x\n'), 'bad-line'],
  ['bytes after the end', { version: 2 }, wire('packfile\n', '0000', Buffer.from('x')), 'trailing-bytes'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, answer(options))), code));
}

// Real git

function repository(git: RealGit): { readonly one: string; readonly two: string; readonly tag: string } {
  git.init('origin');
  const one = git.commit('origin', 'a', 'one');
  const two = git.commit('origin', 'b', 'two');
  git.run('origin', 'tag', '-a', '-m', 'tag', 'v1');
  git.run('origin', 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  return { one, two, tag: git.run('origin', 'rev-parse', 'v1') };
}

function packObjects(git: RealGit, pack: Buffer): string {
  git.init(`unpack-${pack.length}`, { bare: true });
  return git.bytes(['-C', git.path(`unpack-${pack.length}`), 'index-pack', '--stdin'], pack).toString();
}

for (const version of [0, 1, 2] as const) {
  test(`what real git fetch v${version} says decodes on both sides`, () => {
    using git = new RealGit();
    const { one, two } = repository(git);
    git.bytes(['clone', '-q', `file://${git.path('origin')}`, git.path('known')]);
    const three = git.commit('origin', 'c', 'three');
    git.init('fresh');
    for (const exchange of [
      git.fetch('fresh', 'origin', version, '--depth=1', 'main'),
      git.fetch('fresh', 'origin', version, '--unshallow'),
      git.fetch('known', 'origin', version, 'main'),
    ]) {
      assert.equal(exchange.exitCode, 0, exchange.stderr);
      if (version === 2) {
        const decoded = accepted(decodeEveryWay(exchange.request, v2())) as readonly { readonly command?: string }[];
        assert.ok(decoded.some((request) => request.command === 'fetch'));
        const decoder = new V2RequestDecoder();
        decoder.write(exchange.request);
        for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
          assert.equal(whyV2CommandRefused(request), undefined);
        }
      } else {
        const decoded = JSON.stringify(accepted(decodeEveryWay(exchange.request, requests())));
        assert.match(decoded, new RegExp(`"wants":\\["${three}"`));
        assert.match(decoded, /"over":true/);
      }
    }
    assert.equal(git.run('fresh', 'rev-list', '--count', 'FETCH_HEAD'), '3');
    assert.notEqual(one, two);
  });
}

test('our own v2 client fetches from real git: refs, then a shallow, partial pack', () => {
  using git = new RealGit();
  const { two, tag } = repository(git);
  const environment = { GIT_PROTOCOL: 'version=2' };
  const serve = (input: Buffer): Buffer =>
    git.bytes(['upload-pack', '--stateless-rpc', git.path('origin')], input, environment);
  const offered = parseV2Capabilities(
    git.bytes(['upload-pack', '--http-backend-info-refs', git.path('origin')], undefined, environment),
  );
  assert.equal(offered.has('fetch'), true);
  const listed = serve(
    formatV2LsRefs({ prefixes: ['HEAD', 'refs/'], symrefs: true, peel: true, agent: 'x', objectFormat: 'sha1' }),
  );
  assert.deepEqual(parseLsRefs(listed, 'sha1'), [
    { name: 'HEAD', oid: two, symrefTarget: 'refs/heads/main' },
    { name: 'refs/heads/main', oid: two },
    { name: 'refs/tags/v1', oid: tag, peeled: two },
  ]);
  const bytes = serve(
    formatV2Fetch({ wants: [two], done: true, depth: 1, filter: 'blob:none', objectFormat: 'sha1', agent: 'x' }),
  );
  const decoder = new FetchResponseDecoder({ version: 2, depth: 1 });
  decoder.write(bytes);
  const pack: Buffer[] = [];
  const shallow: string[] = [];
  for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
    if (event.kind === 'pack') pack.push(event.data);
    if (event.kind === 'shallow') shallow.push(event.oid);
    assert.notEqual(event.kind, 'error');
  }
  decoder.finish();
  assert.equal(decoder.ended, true);
  assert.deepEqual(shallow, [two]);
  assert.equal(Buffer.concat(pack).readUInt32BE(8), 2); // one commit, one tree
  assert.match(packObjects(git, Buffer.concat(pack)), /^pack\t/);
});

for (const [title, tokens] of [
  ['in bands', ['side-band-64k', 'ofs-delta']],
  ['bare', ['ofs-delta']],
  ['in bands, several acknowledgments', ['side-band-64k', 'multi_ack_detailed']],
] as const) {
  test(`our own v0 client fetches from real git, ${title}`, () => {
    using git = new RealGit();
    const { one, two } = repository(git);
    const advertised = parseAdvertisement(git.bytes(['upload-pack', '--http-backend-info-refs', git.path('origin')]));
    for (const token of tokens) assert.equal(advertised.capabilities.has(token), true);
    for (const [depth, haves] of [
      [1, []],
      [undefined, [one]],
      [undefined, []],
    ] as const) {
      const request = formatV0Fetch({
        wants: [two],
        haves,
        capabilities: Capabilities.of(...tokens),
        ...(depth === undefined ? {} : { depth }),
      });
      const bytes = git.bytes(['upload-pack', '--stateless-rpc', git.path('origin')], request);
      const sideband = tokens.some((token) => token === 'side-band-64k');
      const decoder = new FetchResponseDecoder({ version: 0, depth: depth !== undefined, sideband });
      decoder.write(bytes);
      const pack: Buffer[] = [];
      const kinds = new Set<string>();
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        kinds.add(event.kind);
        if (event.kind === 'pack') pack.push(event.data);
      }
      decoder.finish();
      assert.equal(decoder.ended, true);
      assert.equal(kinds.has('shallow'), depth !== undefined);
      assert.equal(kinds.has('ack'), haves.length > 0);
      assert.equal(
        Buffer.concat(pack).readUInt32BE(8),
        haves.length > 0 || depth !== undefined ? (haves.length > 0 ? 3 : 4) : 6,
      );
    }
  });
}

test("real git's refusal of an unknown object is an error event", () => {
  using git = new RealGit();
  repository(git);
  git.run('origin', 'config', 'uploadpack.allowAnySHA1InWant', 'false');
  const request = formatV2Fetch({ wants: [A], done: true, objectFormat: 'sha1' });
  const result = outcome(() => {
    let bytes: Buffer;
    try {
      bytes = git.bytes(['upload-pack', '--stateless-rpc', git.path('origin')], request, { GIT_PROTOCOL: 'version=2' });
    } catch (error) {
      bytes = (error as { readonly stdout: Buffer }).stdout; // git exits 128 and has said why
    }
    return answer({ version: 2 })([bytes]);
  });
  assert.match(accepted(result).join(), /^error upload-pack: not our ref a+$/);
});
