// Content made to be slow, large or confusing. Time is compared with ordinary text of the same size in this process, with
// room for a busy machine; what matters is that nothing grows faster than its input.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { base64 } from './encodings.ts';
import { find, layersIn, missedIn, partsOf, SECRET } from './support.ts';

const MIB = 1024 * 1024;
const SIZE_OF_TEXT = 4 * MIB;

const fill = (pattern: string | Buffer, size = SIZE_OF_TEXT) => Buffer.alloc(size, pattern as string);
const random = (size: number) => {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 1; at < size; at++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[at] = state >>> 16;
  }
  return bytes;
};
const source = 'export function total(items: readonly Item[]): number {\n  return items.length; // "all" of them\n}\n';

/** CPU time of the faster of two runs: the first one may be the one that compiles. */
function milliseconds(bytes: Buffer): number {
  return Math.min(...[0, 1].map(() => oneRun(bytes)));
}

function oneRun(bytes: Buffer): number {
  const before = process.cpuUsage();
  let size = 0;
  for (const part of partsOf(bytes)) size += part.kind === 'layer' ? part.bytes.length : 0;
  const { user, system } = process.cpuUsage(before);
  assert.ok(size <= 4 * bytes.length + 64 * MIB, `${size} decoded bytes`);
  return (user + system) / 1000;
}

describe('four mebibytes of', () => {
  const texts: Readonly<Record<string, () => Buffer>> = {
    'one line of source': () => fill(source.replaceAll('\n', ' ')),
    'one letter': () => fill('a'),
    zeros: () => fill('\0'),
    noise: () => random(SIZE_OF_TEXT),
    'base64 of noise': () => Buffer.from(random((SIZE_OF_TEXT * 3) / 4).toString('base64')),
    'base64 of noise, wrapped': () =>
      Buffer.from(
        random((SIZE_OF_TEXT * 3) / 4)
          .toString('base64')
          .replace(/.{76}/g, '$&\n'),
      ),
    'base64 of text': () => fill(base64(source)),
    'almost base64: a run of 23 and a space': () => fill(`${'Ab3d'.repeat(6).slice(1)} `),
    'almost text in base64: three good groups and a bad one': () => fill('QUJDQUJDQUJD////'),
    'lines of base64 that almost wrap': () => fill(`${'QUJD'.repeat(10)}\n${'QUJD'.repeat(11)}\n`),
    'hex of noise': () => Buffer.from(random(SIZE_OF_TEXT / 2).toString('hex')),
    'hex of text': () => fill(Buffer.from(source).toString('hex')),
    'almost hex': () => fill(`${'4'.repeat(31)}x`),
    'percent signs': () => fill('%'),
    'percent escapes': () => fill('%41'),
    'percent escapes of percent signs': () => fill('%25'),
    'percent escapes and letters in turn': () => fill('a%41'),
    backslashes: () => fill('\\'),
    'escaped quotes with a colon': () => fill('\\":'),
    'unicode escapes': () => fill('\\u0041'),
    'escapes that never end': () => fill('\\u{'),
    entities: () => fill('&#65;'),
    'entities of many zeros': () => fill(`&#${'0'.repeat(30)}65;`),
    ampersands: () => fill('&'),
    'equals signs': () => fill('='),
    'quoted-printable': () => fill('=41=42'),
    'soft line breaks': () => fill(`${'a'.repeat(60)}=\n`),
    quotes: () => fill('"'),
    joints: () => fill('"a" + '),
    'quotes and much space': () => fill(`x"${' '.repeat(190)}`),
    'quotes, much space, and an operator': () => fill(`x"${' '.repeat(190)}+${' '.repeat(190)}`),
    'UTF-16': () => Buffer.from(fill(source, SIZE_OF_TEXT / 2).toString(), 'utf16le'),
    'UTF-16, a script changing at every letter': () => Buffer.from(`\ufeff${'aд'.repeat(SIZE_OF_TEXT / 4)}`, 'utf16le'),
    'short UTF-16 strings in a binary': () => fill(Buffer.from('\u0102\u0304abcdefghi\u0506', 'utf16le')),
    'kind: Secret': () => fill('kind: Secret\n'),
    'kind: Secret and data:': () => fill('kind: Secret\ndata:\n'),
    'data of one secret': () =>
      Buffer.concat([Buffer.from('kind: Secret\ndata:\n'), fill('  key: c2VjcmV0LXRleHQ=\n')]),
    _auth: () => fill('_auth'),
    '"auth"': () => fill('"auth":"'),
    'gzip magics': () => fill(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6])),
    'zip signatures': () => fill('PK\x03\x04'),
    'tiny gzip members': () => fill(gzipSync('')),
    'tiny gzip members behind a byte': () => Buffer.concat([Buffer.from('x'), fill(gzipSync('x'))]),
    'streams of a PDF without an end': () => Buffer.concat([Buffer.from('%PDF-1.7\n'), fill('/FlateDecode stream\nx')]),
    'tar headers': () => fill(tarHeader('a', '0')),
    'local zip headers without members': () => fill(zipLocal('a', 0, Buffer.alloc(0), 0)),
    'tiny zip members': () => fill(zipLocal('a', 8, deflateRawSync('x'), 1)),
  };
  for (const [title, make] of Object.entries(texts)) {
    test(`${title} take their time and no more`, () => {
      const bytes = make();
      const half = milliseconds(bytes.subarray(0, bytes.length / 2));
      const spent = milliseconds(bytes);
      // 4 MiB of source take 3 ms; of decodable text the decoded bytes are worked on as well. What grows with the square
      // of its length takes many seconds.
      assert.ok(spent < 1500, `${spent} ms`);
      assert.ok(spent < 300 || spent < half * 4, `${spent} ms, half of it ${half} ms`);
    });
  }
});

function tarHeader(name: string, size: string | Buffer, type = '0'): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  if (typeof size === 'string') block.write(size, 124);
  else size.copy(block, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function zipLocal(name: string, method: number, data: Buffer, size: number, declared = data.length): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(declared, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), data]);
}

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly compressed: number;
  readonly size: number;
  readonly method?: number;
  readonly flags?: number;
}

function zipDirectory(entries: readonly Entry[], start: number): Buffer {
  const records = entries.map(({ name, at, compressed, size, method = 8, flags = 0 }) => {
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(flags, 8);
    record.writeUInt16LE(method, 10);
    record.writeUInt32LE(compressed, 20);
    record.writeUInt32LE(size, 24);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE(at, 42);
    return Buffer.concat([record, Buffer.from(name)]);
  });
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([directory, end]);
}

const deflated = deflateRawSync(`token: ${SECRET}`);
const SIZE = 7 + SECRET.length;

describe('zips that lie', () => {
  test('declared sizes are not believed', () => {
    for (const [declared, size] of [
      [0xfffffff0, 0xfffffff0],
      [1, 1],
      [0xffffffff, 0xffffffff],
    ] as const) {
      const local = zipLocal('a.txt', 8, deflated, size, declared);
      const entry = { name: 'a.txt', at: 0, compressed: declared, size };
      const bytes = Buffer.concat([local, zipDirectory([entry], local.length)]);
      assert.deepEqual(
        find(bytes, SECRET).map(({ path }) => path),
        ['!a.txt'],
      );
    }
  });

  test('a member that only has a local header is read', () => {
    const listed = zipLocal('a.txt', 8, deflateRawSync('nothing'), 7);
    const hidden = zipLocal('hidden.txt', 8, deflated, SIZE);
    const directory = zipDirectory([{ name: 'a.txt', at: 0, compressed: listed.length - 35, size: 7 }], 0);
    assert.equal(find(Buffer.concat([listed, hidden, directory]), SECRET)[0]?.path, '!hidden.txt');
  });

  test('an archive without a directory is read', () => {
    assert.equal(find(zipLocal('a.txt', 8, deflated, SIZE), SECRET)[0]?.path, '!a.txt');
  });

  test('a member before a directory that is nowhere', () => {
    const bytes = Buffer.concat([
      zipLocal('a.txt', 8, deflated, SIZE),
      zipDirectory([{ name: 'a', at: 0xfffffff0, compressed: 9, size: 9 }], 0xfffffff0),
    ]);
    assert.equal(find(bytes, SECRET)[0]?.path, '!a.txt');
  });

  test('members that share bytes are inflated once, and said', () => {
    const local = zipLocal('a.txt', 8, deflated, SIZE);
    const entries = Array.from({ length: 1000 }, (_, at) => ({
      name: `a${at}`,
      at: 0,
      compressed: deflated.length,
      size: SIZE,
    }));
    const parts = partsOf(Buffer.concat([local, zipDirectory(entries, local.length)]));
    assert.equal(parts.filter((part) => part.kind === 'layer').length, 1);
    assert.equal(parts.filter((part) => part.kind === 'not-inspected' && part.reason === 'overlap').length, 999);
  });

  test('an encrypted member is said', () => {
    const local = zipLocal('a.txt', 8, deflated, SIZE);
    const entry = { name: 'a.txt', at: 0, compressed: deflated.length, size: SIZE, flags: 1 };
    assert.equal(missedIn(Buffer.concat([local, zipDirectory([entry], local.length)]))[0]?.reason, 'encrypted');
  });

  test('two headers that name different methods are said', () => {
    const local = zipLocal('a.txt', 8, deflated, SIZE);
    const entry = { name: 'a.txt', at: 0, compressed: deflated.length, size: SIZE, method: 0 };
    assert.equal(missedIn(Buffer.concat([local, zipDirectory([entry], local.length)]))[0]?.reason, 'damaged');
  });

  test('names that leave the directory or draw on the terminal are only names', () => {
    const local = zipLocal('../../etc/\u001b[2Jx', 8, deflated, SIZE);
    assert.equal(find(local, SECRET)[0]?.path, '!../../etc/\ufffd[2Jx');
  });

  test('more members than the limit are said', () => {
    const bytes = Buffer.concat(Array.from({ length: 30 }, () => zipLocal('a', 8, deflated, SIZE)));
    const parts = partsOf(bytes, { maxMembers: 10 });
    assert.equal(parts.length, 11);
    assert.deepEqual(
      missedIn(bytes, { maxMembers: 10 }).map(({ reason }) => reason),
      ['too-many'],
    );
  });
});

describe('bombs', () => {
  const zeros = Buffer.alloc(200 * MIB);

  test('gzip out of proportion is said, and the heap does not grow by it', () => {
    const bomb = gzipSync(zeros.subarray(0, 60 * MIB));
    const before = process.memoryUsage().arrayBuffers;
    assert.deepEqual(
      missedIn(bomb).map(({ reason }) => reason),
      ['bomb'],
    );
    assert.ok(process.memoryUsage().arrayBuffers - before < 100 * MIB);
  });

  test('a zip member out of proportion is said, the next one is read', () => {
    const bomb = deflateRawSync(zeros);
    const bytes = Buffer.concat([zipLocal('bomb', 8, bomb, 10), zipLocal('a.txt', 8, deflated, SIZE)]);
    assert.equal(missedIn(bytes)[0]?.path, '!bomb');
    assert.equal(missedIn(bytes)[0]?.reason, 'bomb');
    assert.equal(find(bytes, SECRET)[0]?.path, '!a.txt');
  });

  test('archives in archives end at the depth, with a word', () => {
    let bytes = Buffer.from(`token: ${SECRET}`);
    for (let level = 0; level < 10; level++) bytes = gzipSync(bytes);
    const parts = partsOf(bytes);
    assert.equal(parts.length, 4);
    assert.equal(parts.at(-1)?.kind === 'not-inspected' && parts.at(-1)?.path, '!gzip!gzip!gzip!gzip');
  });

  test('a push that has spent its budget says so', () => {
    const text = Buffer.from(Array.from({ length: 200 }, (_, at) => `v${at}: ${base64(`${SECRET}${at}`)}`).join('\n'));
    const limits = { floorBytes: 1000, bytesPerInputByte: 0 };
    assert.deepEqual(
      missedIn(text, limits).map(({ reason }) => reason),
      ['budget'],
    );
    assert.ok(layersIn(text, limits).length < 10);
  });

  test('a layer larger than one may be is said', () => {
    const bytes = gzipSync(random(3 * MIB));
    assert.deepEqual(
      missedIn(bytes, { maxLayerBytes: MIB }).map(({ reason }) => reason),
      ['too-large'],
    );
  });
});

describe('tars that lie', () => {
  const member = (size: string | Buffer) => Buffer.concat([tarHeader('a.txt', size), Buffer.alloc(512, 'x')]);
  const sizes: Readonly<Record<string, string | Buffer>> = {
    'a negative size': Buffer.from('ff'.repeat(12), 'hex'),
    'a size beyond all disks': Buffer.from(`80${'7f'.repeat(11)}`, 'hex'),
    'a size that is no number': 'garbage',
  };
  for (const [title, size] of Object.entries(sizes)) {
    test(`${title} is damage`, () => {
      assert.deepEqual(
        missedIn(member(size)).map(({ reason }) => reason),
        ['damaged'],
      );
    });
  }

  test('members after the damage are read', () => {
    const bytes = Buffer.concat([member('garbage'), tarHeader('b.txt', '5'), Buffer.from('hello'.padEnd(512, '\0'))]);
    assert.deepEqual(
      layersIn(bytes).map(({ path, bytes }) => [path, bytes.toString()]),
      [['!b.txt', 'hello']],
    );
  });

  test('a hard link that gives the size of its target has no body', () => {
    const link = tarHeader('link', '1000', '1');
    const bytes = Buffer.concat([link, tarHeader('b.txt', '5'), Buffer.from('hello'.padEnd(512, '\0'))]);
    assert.deepEqual(
      layersIn(bytes).map(({ path }) => path),
      ['!b.txt'],
    );
  });

  test('a size beyond the end gives what is there', () => {
    const bytes = member('77777777777');
    assert.deepEqual(
      layersIn(bytes).map(({ path, bytes }) => [path, bytes.length]),
      [['!a.txt', 512]],
    );
  });
});

test('whatever the bytes, it ends without an exception and within the budget', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        ...[
          'PK\x03\x04',
          'PK\x05\x06',
          'PK\x01\x02',
          'PK\x06\x07',
          '\x1f\x8b\x08\x00',
          '%PDF-',
          'stream\n',
          '!<arch>\n',
          'BZh',
        ],
        ...['\xff\xfe', '\xfe\xff', '"', '" + "', '\\', '\\u', '%', '&#', '=\n', 'kind: Secret\ndata:\n', '\0', '\n'],
      )
      .map((text) => Buffer.from(text, 'latin1')),
    fc.constantFrom(
      gzipSync('x'.repeat(100)),
      zipLocal('a', 8, deflated, SIZE),
      tarHeader('a', '7'),
      Buffer.from(base64(source)),
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(), (pieces, cut) => {
      const bytes = Buffer.concat(pieces);
      for (const part of partsOf(bytes.subarray(0, bytes.length - (cut % 7)))) {
        if (part.kind !== 'layer') continue;
        for (const at of [0, part.bytes.length >> 1, part.bytes.length]) {
          const origin = part.originOf(at);
          assert.ok(origin.offset >= 0 && origin.offset <= origin.bytes.length + 16, `${part.path} ${origin.offset}`);
        }
      }
    }),
    { numRuns: 1500 },
  );
});

describe('more than anybody writes is said and not looked at', () => {
  const texts: readonly (readonly [what: string, text: string, said: string])[] = [
    ['values of manifests', `kind: Secret\ndata:\n  a: ${base64('value one')}\n`, 'values that may be credentials'],
    ['credentials of registries', `"auth": "${base64('name:value')}"\n`, 'values that may be credentials'],
    ['heads of zip members', 'PK\x03\x04', 'only look like a member'],
  ];
  for (const [what, text, said] of texts) {
    test(what, () => {
      const few = missedIn(Buffer.alloc(text.length * 9_000, text, 'latin1'));
      assert.deepEqual(
        few.filter((one) => one.text.includes(said)),
        [],
      );
      const many = missedIn(Buffer.alloc(text.length * 30_000, text, 'latin1'));
      assert.equal(many.filter((one) => one.text.includes(said)).length, 1);
    });
  }
});
