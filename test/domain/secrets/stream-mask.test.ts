// The streaming masker against the masker of whole texts: wherever a text is cut, what leaves is the same.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ALNUM, BASE32, URL_SAFE } from '../../../src/domain/secrets/alphabet.ts';
import { HeldValues } from '../../../src/domain/secrets/held-values.ts';
import { createMasker, type Masker } from '../../../src/domain/secrets/mask-text.ts';
import type { SecretRule } from '../../../src/domain/secrets/rule.ts';
import { ALL_RULES } from '../../../src/domain/secrets/rules/all.ts';
import { StreamMasker } from '../../../src/domain/secrets/stream-mask.ts';
import { expand } from './support/fixture.ts';
import { pemKey } from './support/keys.ts';
import { seeded } from './support/random.ts';
import { contextsOf, randomText, sampleValue } from './support/sample.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures/secrets');
const masker = createMasker();

/** What leaves of these pieces, one character a byte. */
function streamed(pieces: readonly Uint8Array[], through: Masker = masker): string {
  const stream = new StreamMasker(through);
  return Buffer.concat([...pieces.map((piece) => stream.write(piece)), stream.flush()]).toString('latin1');
}

function whole(bytes: Uint8Array, through: Masker = masker): string {
  let text = '';
  let done = 0;
  for (const { start, end, shown } of through.hidden(bytes, true)) {
    text += Buffer.from(bytes.subarray(done, start)).toString('latin1') + Buffer.from(shown).toString('latin1');
    done = end;
  }
  return text + Buffer.from(bytes.subarray(done)).toString('latin1');
}

const byteByByte = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

/** Cut once, at up to so many places (all of them when SALLYPORT_TEST_ALL is set), and at every place at once. */
const SPLITS = process.env['SALLYPORT_TEST_ALL'] === undefined ? 60 : Number.POSITIVE_INFINITY;

function sameWhereverCut(bytes: Buffer, through: Masker = masker): void {
  const expected = whole(bytes, through);
  const step = Math.max(1, Math.ceil(bytes.length / SPLITS));
  for (let at = 0; at <= bytes.length; at += step) {
    const seen = streamed([bytes.subarray(0, at), bytes.subarray(at)], through);
    if (seen !== expected) assert.equal(seen, expected, `cut at ${at}`);
  }
  assert.equal(streamed(byteByByte(bytes), through), expected, 'byte by byte');
}

suite('a secret at every split position', () => {
  for (const rule of ALL_RULES) {
    test(rule.id, () => {
      for (const text of samplesOf(rule)) sameWhereverCut(text);
    });
  }
});

function samplesOf(rule: SecretRule): Buffer[] {
  const random = seeded(`stream ${rule.id}`);
  const { shape } = rule;
  const made = shape === undefined ? [] : contextsOf(rule, sampleValue(shape, random), random);
  const folder = resolve(FIXTURES, rule.id);
  const fixtures = readdirSync(folder).map((name) => {
    const { text, expected, path } = expand(readFileSync(resolve(folder, name), 'latin1'), rule, name);
    // Without a path, rules that know files by their names find nothing, in whole texts as in streams.
    const masked = whole(Buffer.from(text, 'latin1'));
    if (path === undefined) for (const one of expected) assert.ok(!masked.includes(one.text), `${name} is not masked`);
    return text;
  });
  return [...made.slice(0, 4), ...fixtures].map((text) => Buffer.from(`Some text.\n${text}\nand more.\n`, 'latin1'));
}

const random = seeded('stream');
const filler = 'and so on, '.repeat(30);
const awsId = `${['AK', 'IA'].join('')}${randomText(BASE32, 16, random)}`;
const awsSecret = `${randomText(ALNUM, 40, random)}`;
const member = randomText(URL_SAFE, 43, random);
const HELD = 'correct horse battery';
const held = new HeldValues({ key: Buffer.alloc(32, 7), values: [] });
held.add(HELD);

/** What makes a value a secret stands behind it. */
const LATER: readonly [title: string, text: string, secret: string][] = [
  ['the id of a pair', `secret ${awsSecret}\n${filler}\nid ${awsId}\n`, awsSecret],
  ['the type of a key object', `{"d":"${member}","x":"${filler.repeat(10)}","kty":"EC"}\n`, member],
  ['the host of a connection string', `x = "${'Pass'}word=two W0rds!9;Data Source=db.acme.net"\n`, 'W0rds!9'],
  ['the command that takes it', `echo 'deploy:${'Fennel'}.Comet?2' | sudo chpasswd\n`, 'Comet?2'],
  ['the end of a key', `${pemKey('ec')}\nand more\n`, 'MIG'],
  ['nothing: a key is cut', `${pemKey('ec').slice(0, 150)}`, 'MIG'],
  ['nothing: a key is longer than any', `${keyOf(90_000)}\nEND of text!`, 'MIIEow'],
];

suite('a secret is known by what follows it:', () => {
  for (const [title, text, secret] of LATER) {
    test(title, () => {
      const bytes = Buffer.from(`Some text.\n${text}`);
      for (const size of [1, 7, 100, 5_000, bytes.length]) {
        const seen = streamed(inPieces(bytes, size));
        assert.ok(
          seen.startsWith('Some text.\n') && !seen.includes(secret),
          `in pieces of ${size}: ${seen.slice(0, 300)}`,
        );
      }
    });
  }
});

test('text goes on after a key that is longer than any', () => {
  const seen = streamed(inPieces(Buffer.from(`${keyOf(90_000)}\n! and more\n`), 1000));
  assert.match(seen, /^-----BEGIN [A-Z ]+-----[^ -~]+\s*! and more\n$/);
});

test('a held value is masked wherever it is cut, also one with blanks', () => {
  sameWhereverCut(Buffer.from(`the passphrase is ${HELD}, he said`), createMasker(held));
  assert.ok(!streamed([Buffer.from(`it is ${HELD}`)], createMasker(held)).includes('horse'));
});

test('text without secrets leaves byte for byte, whatever it is', () => {
  const piece = fc.uint8Array({ maxLength: 300 });
  const words = fc
    .array(
      fc.constantFrom('the', 'key', 'token:', 'password', '{', '"', "'", '\n', '-----BEGIN ', 'x=1', '中文', '://'),
      {
        maxLength: 60,
      },
    )
    .map((all) => new Uint8Array(Buffer.from(all.join(' '))));
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, words), { maxLength: 20 }), (pieces) => {
      const bytes = Buffer.concat(pieces);
      fc.pre(masker.hidden(bytes, true).length === 0);
      assert.equal(streamed(pieces), bytes.toString('latin1'));
    }),
    { numRuns: 300 },
  );
});

test('secrets among random text are masked as in the whole text', () => {
  const token = `${['gh', 'p_'].join('')}${randomText(ALNUM, 36, random)}`;
  const some = fc.constantFrom(token, awsSecret, awsId, 'password = "', '"\n', ' ', 'word ', '\n', 'a-1_', '{}', ';');
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), fc.integer({ min: 1, max: 90 }), (parts, size) => {
      const bytes = Buffer.from(parts.join(''));
      assert.equal(streamed(inPieces(bytes, size)), whole(bytes));
    }),
    { numRuns: 300 },
  );
});

test('prose is held for two words at most', () => {
  const stream = new StreamMasker(masker);
  const prose = 'The author of this key paragraph passes a token of gratitude to whoever reads the secret. '.repeat(20);
  let sent = 0;
  let left = 0;
  for (const byte of byteByByte(Buffer.from(prose))) {
    left += stream.write(byte).length;
    sent += 1;
    assert.ok(sent - left <= 24, `${sent - left} bytes are held after: ${prose.slice(0, sent).slice(-40)}`);
  }
});

const HOSTILE: readonly [title: string, unit: string][] = [
  ['one word without an end', 'a1B2'],
  ['words that look like tokens', 'abcdefgh12345678 '],
  ['beginnings of keys', '-----BEGIN PRIVATE KEY-----\nMII'],
  ['one key without an end', 'MIIEowIBAAKCAQEA'],
  ['openers', '"d":"value": password= user:\n"attributes": PuTTY-User-Key-File-'],
  ['ends of nothing', '-----END '],
];

suite('hostile streams stay within time and memory:', () => {
  for (const [title, unit] of HOSTILE) {
    test(title, () => {
      const isKey = title === 'one key without an end';
      const stream = new StreamMasker(masker);
      const piece = Buffer.from(unit.repeat(Math.ceil(4096 / unit.length)));
      let held = 0;
      if (isKey) stream.write(Buffer.from(keyOf(0)));
      const time = cpuMs(() => {
        for (let sent = 0; sent < SIZE; sent += piece.length) {
          held += piece.length - stream.write(piece).length;
          // Of an endless key nothing leaves, which is not to say that it is kept.
          assert.ok(isKey || held < 128 * 1024, `${held} bytes are held`);
        }
      });
      // What is looked at again with each piece is bounded, so the whole costs a small multiple of one look at it.
      const once = cpuMs(() => masker.hidden(Buffer.from(unit.repeat(SIZE / unit.length)), true));
      assert.ok(time < 12 * once + 600, `${time} ms, where one look takes ${once}`);
    });
  }
});

const SIZE = 1 << 20;

function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  return Math.round(process.cpuUsage(start).user / 1000);
}

function keyOf(length: number): string {
  return `-----BEGIN ${['RSA', 'PRIVATE', 'KEY'].join(' ')}-----\n${'MIIEowIBAAKCAQEA'
    .repeat(4)
    .concat('\n')
    .repeat(length / 65)}`;
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
