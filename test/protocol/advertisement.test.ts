import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Advertisement,
  AdvertisementDecoder,
  type AdvertisementLimits,
  filterV2Advertisement,
  formatAdvertisement,
  formatV2Capabilities,
  isV2,
  parseAdvertisement,
  parseV2Capabilities,
  receivePackCapabilitiesFor,
} from '../../src/protocol/advertisement.ts';
import { Capabilities, formatCapabilities } from '../../src/protocol/capabilities.ts';
import { accepted, decodeEveryWay, outcome, refusedAs, wire } from './feeding.ts';
import { RealGit } from './real-git.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);
const A256 = 'a'.repeat(64);

function decode(chunks: readonly Buffer[], limits?: AdvertisementLimits): Advertisement {
  const decoder = new AdvertisementDecoder(limits);
  for (const chunk of chunks) decoder.write(chunk);
  return decoder.finish();
}

for (const [title, bytes, expected] of [
  [
    'refs with capabilities on the first',
    wire(`${A} refs/heads/a\0report-status atomic\n`, `${B} refs/heads/b\n`, '0000'),
    {
      refs: [
        { name: 'refs/heads/a', oid: A },
        { name: 'refs/heads/b', oid: B },
      ],
      capabilities: Capabilities.of('report-status', 'atomic'),
    },
  ],
  [
    'no line feeds',
    wire(`${A} refs/heads/a\0x`, '0000'),
    { refs: [{ name: 'refs/heads/a', oid: A }], capabilities: Capabilities.of('x') },
  ],
  [
    'an empty repository',
    wire(`${ZERO} capabilities^{}\0atomic\n`, '0000'),
    { capabilities: Capabilities.of('atomic') },
  ],
  [
    'version 1',
    wire('version 1\n', `${A} refs/heads/a\0x\n`, '0000'),
    { version: 1, refs: [{ name: 'refs/heads/a', oid: A }], capabilities: Capabilities.of('x') },
  ],
  ['nothing but a flush', wire('0000'), {}],
  [
    'objects that are no refs',
    wire(`${A} refs/heads/a\0x\n`, `${B} .have\n`, '0000'),
    { refs: [{ name: 'refs/heads/a', oid: A }], haves: [B], capabilities: Capabilities.of('x') },
  ],
  [
    'only objects that are no refs',
    wire(`${B} .have\0x\n`, '0000'),
    { haves: [B], capabilities: Capabilities.of('x') },
  ],
  [
    'peeled tags and HEAD',
    wire(
      `${A} HEAD\0symref=HEAD:refs/heads/a\n`,
      `${A} refs/heads/a\n`,
      `${B} refs/tags/t\n`,
      `${A} refs/tags/t^{}\n`,
      '0000',
    ),
    {
      refs: [
        { name: 'HEAD', oid: A },
        { name: 'refs/heads/a', oid: A },
        { name: 'refs/tags/t', oid: B, peeled: A },
      ],
      capabilities: Capabilities.of('symref=HEAD:refs/heads/a'),
    },
  ],
  [
    'shallow lines at the end',
    wire(`${A} refs/heads/a\0x\n`, `shallow ${B}\n`, '0000'),
    { refs: [{ name: 'refs/heads/a', oid: A }], shallow: [B], capabilities: Capabilities.of('x') },
  ],
  [
    'SHA-256',
    wire(`${A256} refs/heads/a\0object-format=sha256\n`, '0000'),
    {
      refs: [{ name: 'refs/heads/a', oid: A256 }],
      capabilities: Capabilities.of('object-format=sha256'),
      objectFormat: 'sha256',
    },
  ],
  [
    'a name that is not UTF-8',
    wire(`${A} r/\udcff\0x\n`, '0000'),
    { refs: [{ name: 'r/\udcff', oid: A }], capabilities: Capabilities.of('x') },
  ],
  [
    'upper-case object ids',
    wire(`${A.toUpperCase()} refs/heads/a\0x`, '0000'),
    { refs: [{ name: 'refs/heads/a', oid: A }], capabilities: Capabilities.of('x') },
  ],
] as const) {
  test(`decoded: ${title}`, () => {
    assert.deepEqual(accepted(decodeEveryWay(bytes, decode)), {
      version: 0,
      refs: [],
      haves: [],
      shallow: [],
      capabilities: new Capabilities(),
      objectFormat: 'sha1',
      ...expected,
    });
  });
}

for (const [title, bytes, code] of [
  ['capabilities on a later line', wire(`${A} refs/heads/a\0x\n`, `${B} refs/heads/b\0y\n`, '0000'), 'bad-line'],
  ['a second NUL', wire(`${A} refs/heads/a\0x\0y\n`, '0000'), 'bad-capability'],
  ['delim', wire(`${A} refs/heads/a\0x\n`, '0001'), 'unexpected-packet'],
  ['no flush', wire(`${A} refs/heads/a\0x\n`), 'truncated'],
  ['an object id of another format', wire(`${A256} refs/heads/a\0x\n`, '0000'), 'bad-oid'],
  ['an unknown object format', wire(`${A} refs/heads/a\0object-format=md5\n`, '0000'), 'object-format-mismatch'],
  ['a line without a name', wire(`${A}\0x\n`, '0000'), 'bad-line'],
  ['an empty name', wire(`${A} \0x\n`, '0000'), 'bad-ref-name'],
  ['a name with a line feed', wire(`${A} a\nb\0x\n`, '0000'), 'bad-ref-name'],
  ['a ref without an object', wire(`${ZERO} refs/heads/a\0x\n`, '0000'), 'bad-oid'],
  ['capabilities^{} among refs', wire(`${A} refs/heads/a\0x\n`, `${ZERO} capabilities^{}\n`, '0000'), 'bad-line'],
  ['a ref after capabilities^{}', wire(`${ZERO} capabilities^{}\0x\n`, `${A} refs/heads/a\n`, '0000'), 'bad-line'],
  ['a ref after shallow', wire(`${A} refs/heads/a\0x\n`, `shallow ${B}\n`, `${B} refs/heads/b\n`, '0000'), 'bad-line'],
  ['a peeled line of no tag', wire(`${A} refs/heads/a\0x\n`, `${B} refs/tags/t^{}\n`, '0000'), 'bad-line'],
  ['a tag peeled twice', wire(`${A} t/t\0x\n`, `${B} t/t^{}\n`, `${B} t/t^{}\n`, '0000'), 'bad-line'],
  ['version 2 where v0 was expected', wire('version 2\n', 'agent=x\n', '0000'), 'bad-line'],
  ['version 1 twice', wire('version 1\n', 'version 1\n', `${A} refs/heads/a\0x\n`, '0000'), 'bad-oid'],
  ['ERR', wire('ERR no such repository'), 'upstream-err'],
  ['ERR after version 1', wire('version 1\n', 'ERR no such repository\n'), 'upstream-err'],
  ['an HTML page', Buffer.from('<html><body>Sign in</body></html>'), 'bad-pkt-length'],
] as const) {
  test(`refused: ${title}`, () => assert.equal(refusedAs(decodeEveryWay(bytes, decode)), code));
}

test("the upstream's own words come with its ERR", () => {
  assert.throws(() => parseAdvertisement(wire('ERR access denied \x1b[0m\n')), {
    code: 'upstream-err',
    detail: 'access denied \x1b[0m',
    message: 'the other side reports: access denied \\x1b[0m',
  });
});

test('refs, .have lines and bytes are bounded', () => {
  const refs = Array.from({ length: 5 }, (_, at) => `${A} refs/heads/${at}${at === 0 ? '\0x' : ''}\n`);
  const bytes = wire(...refs, `${B} .have\n`, '0000');
  assert.equal(decode([bytes], { maxRefs: 6 }).refs.length, 5);
  assert.equal(refusedAs(outcome(() => decode([bytes], { maxRefs: 5 }))), 'limit-exceeded');
  assert.equal(refusedAs(outcome(() => decode([bytes], { maxBytes: bytes.length - 1 }))), 'limit-exceeded');
  assert.equal(decode([bytes], { maxBytes: bytes.length }).haves.length, 1);
});

test('bytes after the flush are refused, or left to whoever asks', () => {
  const bytes = wire(`${A} refs/heads/a\0x\n`, '0000', Buffer.from('more'));
  assert.throws(() => parseAdvertisement(bytes), { code: 'trailing-bytes', offset: bytes.length - 4 });
  const decoder = new AdvertisementDecoder();
  decoder.write(bytes);
  assert.equal(decoder.ended, true);
  assert.equal(decoder.takeRest().toString(), 'more');
});

test('any advertisement reads back as it was written', () => {
  const oid = fc.stringMatching(/^[1-9a-f][0-9a-f]{39}$/);
  const name = fc.stringMatching(/^refs\/heads\/[a-zé日0-9/-]{1,20}$/u);
  const ref = fc.oneof(
    fc.record({ name, oid }, { noNullPrototype: true }),
    fc.record({ name, oid, peeled: oid }, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom<0 | 1>(0, 1),
      fc.array(ref),
      fc.array(oid),
      fc.array(oid),
      fc.subarray(['atomic', 'ofs-delta', 'agent=git/2']),
      (version, refs, haves, shallow, tokens) => {
        const advertisement: Advertisement = {
          version,
          refs,
          haves,
          shallow,
          capabilities: Capabilities.of(...tokens),
          objectFormat: 'sha1',
        };
        assert.deepEqual(parseAdvertisement(formatAdvertisement(advertisement)), advertisement);
      },
    ),
  );
});

test('a ref that would read back differently cannot be advertised', () => {
  for (const ref of [
    { name: 'a\nb', oid: A },
    { name: '', oid: A },
    { name: 'a', oid: A256 },
    { name: 'a', oid: 'A'.repeat(40) },
  ]) {
    const base = {
      version: 0,
      haves: [],
      shallow: [],
      capabilities: new Capabilities(),
      objectFormat: 'sha1',
    } as const;
    assert.throws(() => formatAdvertisement({ ...base, refs: [ref] }), TypeError);
  }
});

// What the gateway offers to pushers

test('the gateway offers what it understands, whatever the upstream has', () => {
  const offered = receivePackCapabilitiesFor(Capabilities.of('push-cert=nonce', 'x-new', 'session-id=1'), {
    thin: true,
    version: '1.2.3',
  });
  assert.equal(
    formatCapabilities(offered),
    'report-status report-status-v2 delete-refs side-band-64k quiet ofs-delta push-options object-format=sha1 agent=sallyport/1.2.3',
  );
});

test('atomic, no-thin and the object format follow the upstream', () => {
  const upstream = Capabilities.of('atomic', 'no-thin', 'object-format=sha256');
  const offered = receivePackCapabilitiesFor(upstream, { thin: true, version: '1' });
  assert.equal(offered.has('atomic'), true);
  assert.equal(offered.has('no-thin'), true);
  assert.equal(offered.get('object-format'), 'sha256');
});

test('thin packs can be declined', () => {
  assert.equal(receivePackCapabilitiesFor(new Capabilities(), { thin: false, version: '1' }).has('no-thin'), true);
});

// v2

const V2 = wire(
  'version 2\n',
  'agent=git/2.50\n',
  'ls-refs=unborn\n',
  'fetch=shallow wait-for-done packfile-uris filter\n',
  'server-option\n',
  'object-format=sha1\n',
  'object-info\n',
  'bundle-uri\n',
  'session-id=abc\n',
  'promisor-remote=name=x,url=http://169.254.169.254/\n',
  'something-new\n',
  '0000',
);

test('only known v2 capabilities and features reach a client', () => {
  assert.deepEqual(
    filterV2Advertisement(V2),
    wire(
      'version 2\n',
      'agent=git/2.50\n',
      'ls-refs=unborn\n',
      'fetch=shallow wait-for-done filter\n',
      'server-option\n',
      'object-format=sha1\n',
      'object-info\n',
      '0000',
    ),
  );
});

test('what is kept of a v2 advertisement is kept to the byte', () => {
  const bytes = wire('version 2\n', 'agent=x', 'ls-refs', 'fetch=shallow', 'object-format=sha1\n', '0000');
  assert.deepEqual(filterV2Advertisement(bytes), bytes);
});

test('a feature list that loses all its features becomes the bare capability', () => {
  const bytes = wire('version 2\n', 'fetch=packfile-uris\n', 'ls-refs=x y\n', '0000');
  assert.deepEqual(filterV2Advertisement(bytes), wire('version 2\n', 'fetch\n', 'ls-refs\n', '0000'));
});

for (const [title, bytes, code] of [
  ['bytes after the flush', Buffer.concat([V2, Buffer.from('x')]), 'trailing-bytes'],
  ['a flush in place of the version', wire('0000'), 'unexpected-packet'],
  ['v0', wire(`${A} refs/heads/a\0x\n`, '0000'), 'bad-line'],
  ['a NUL in a capability', wire('version 2\n', 'agent=x\0bundle-uri\n', '0000'), 'bad-capability'],
  ['a line feed in a capability', wire('version 2\n', 'agent=x\nbundle-uri\n', '0000'), 'bad-capability'],
  ['delim', wire('version 2\n', '0001'), 'unexpected-packet'],
  ['no flush', wire('version 2\n', 'agent=x\n'), 'truncated'],
  ['ERR', wire('ERR no'), 'upstream-err'],
] as const) {
  test(`refused as v2: ${title}`, () => {
    assert.equal(refusedAs(outcome(() => filterV2Advertisement(bytes))), code);
    assert.equal(refusedAs(outcome(() => parseV2Capabilities(bytes))), code);
  });
}

for (const [bytes, expected] of [
  [V2, true],
  [wire('version 2', '0000'), true],
  [Buffer.from('000Eversion 2\n0000'), true],
  [wire('version 1\n', '0000'), false],
  [wire('version 20\n', '0000'), false],
  [wire(`${A} refs/heads/a\0x\n`, '0000'), false],
  [wire('0000'), false],
  [Buffer.alloc(0), false],
] as const) {
  test(`v2: ${expected}: ${JSON.stringify(bytes.toString('latin1', 0, 20))}`, () =>
    assert.equal(isV2(bytes), expected));
}

test('v2 capabilities read back as they were written', () => {
  const entries = [
    ['agent', 'git/2'],
    ['fetch', 'shallow filter'],
    ['server-option', true],
  ] as const;
  assert.deepEqual([...parseV2Capabilities(formatV2Capabilities(entries))], entries);
});

// Real git

test('what real git advertises decodes, in each version and format', () => {
  using git = new RealGit();
  for (const format of ['sha1', 'sha256'] as const) {
    git.init(format, { format });
    const tip = git.commit(format, 'a', 'one');
    git.run(format, 'tag', '-a', '-m', 'tag', 'v1');
    const tag = git.run(format, 'rev-parse', 'v1');
    for (const version of [0, 1] as const) {
      const environment = { GIT_PROTOCOL: `version=${version}` };
      const push = git.bytes(['receive-pack', '--http-backend-info-refs', git.path(format)], undefined, environment);
      const forPush = accepted(decodeEveryWay(push, decode));
      assert.equal(forPush.version, version);
      assert.equal(forPush.objectFormat, format);
      assert.deepEqual(forPush.refs, [
        { name: 'refs/heads/main', oid: tip },
        { name: 'refs/tags/v1', oid: tag },
      ]);
      assert.equal(forPush.capabilities.has('report-status-v2'), true);
      assert.deepEqual(formatAdvertisement(forPush), push);

      const fetch = git.bytes(['upload-pack', '--http-backend-info-refs', git.path(format)], undefined, environment);
      const forFetch = accepted(decodeEveryWay(fetch, decode));
      assert.deepEqual(forFetch.refs, [
        { name: 'HEAD', oid: tip },
        { name: 'refs/heads/main', oid: tip },
        { name: 'refs/tags/v1', oid: tag, peeled: tip },
      ]);
      assert.deepEqual(forFetch.capabilities.getAll('symref'), ['HEAD:refs/heads/main']);
    }
    const v2 = git.bytes(['upload-pack', '--http-backend-info-refs', git.path(format)], undefined, {
      GIT_PROTOCOL: 'version=2',
    });
    assert.equal(isV2(v2), true);
    assert.equal(parseV2Capabilities(v2).get('object-format'), format);
    assert.equal(parseV2Capabilities(filterV2Advertisement(v2)).has('fetch'), true);
  }
});

test('real git on an empty repository, on one with alternates, and on a shallow one', () => {
  using git = new RealGit();
  git.init('empty', { bare: true });
  for (const service of ['receive-pack', 'upload-pack']) {
    const empty = parseAdvertisement(git.bytes([service, '--http-backend-info-refs', git.path('empty')]));
    assert.deepEqual(empty.refs, []);
  }
  git.init('origin');
  git.commit('origin', 'a', 'one');
  const tip = git.commit('origin', 'b', 'two');
  git.bytes(['clone', '-q', '--bare', '--shared', git.path('origin'), git.path('fork.git')]);
  git.run('fork.git', 'update-ref', '-d', 'refs/heads/main');
  const fork = parseAdvertisement(git.bytes(['receive-pack', '--http-backend-info-refs', git.path('fork.git')]));
  assert.deepEqual(fork.refs, []);
  assert.deepEqual(fork.haves, [tip]);
  git.bytes(['clone', '-q', '--bare', '--depth=1', `file://${git.path('origin')}`, git.path('shallow.git')]);
  const shallow = parseAdvertisement(git.bytes(['receive-pack', '--http-backend-info-refs', git.path('shallow.git')]));
  assert.deepEqual(shallow.shallow, [tip]);
});
