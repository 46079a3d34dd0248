import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { base64, ESCAPES, JOINTS, RUNS, wrap } from './encodings.ts';
import { find, layersIn, partsOf, SECRET } from './support.ts';

/** What a secret may be: letters, digits and the punctuation of tokens and passwords. */
const secret = fc.string({
  unit: fc.constantFrom(...'ABCXYZabcxyz0189_-+/=.~!@#$%^&*?'),
  minLength: 20,
  maxLength: 200,
});
const token = fc.string({ unit: fc.constantFrom(...'ABCDEFXYZabcdefxyz0123456789'), minLength: 18, maxLength: 80 });
/** Text around it in which nothing is encoded. */
const plain = fc.array(fc.constantFrom('const x = 1;\n', 'key: ', '\n', 'föö ', '// a b\n', '  - ', '\t\r\n'), {
  maxLength: 40,
});

describe('escapes of a text are decoded, and the position is that of the first escape', () => {
  for (const [title, encode] of Object.entries(ESCAPES)) {
    test(title, () => {
      fc.assert(
        fc.property(plain, secret, plain, (before, value, after) => {
          const text = `${before.join('')} "${encode(value)}" ${after.join('')}`;
          const offset = Buffer.byteLength(before.join('')) + 2;
          assert.deepEqual(
            find(text, value)
              .map(({ file, offset }) => ({ file, offset }))
              .slice(0, 1),
            [{ file: '', offset }],
          );
        }),
        { numRuns: 60 },
      );
    });

    test(`${title}: one character of a token is enough, and the rest of it keeps its place`, () => {
      for (let at = 0; at < SECRET.length; at++) {
        const written = SECRET.slice(0, at) + encode(SECRET[at] as string) + SECRET.slice(at + 1);
        const text = `TOKEN: ${written}\nnext: line\n`;
        const isPair = title === 'quoted-printable of every byte'; // one =XX alone is any assignment of a number
        const [found] = find(text, SECRET);
        if (!isPair) assert.deepEqual(found?.offset, 7, text);
        if (isPair) assert.equal(found, undefined);
      }
    });
  }
});

describe('two characters of a token written in different ways are both decoded, however near to each other', () => {
  const WAYS: Readonly<Record<string, (char: string) => string>> = {
    backslash: (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    percent: (char) => `%${char.charCodeAt(0).toString(16)}`,
    entity: (char) => `&#${char.charCodeAt(0)};`,
  };
  for (const [first, encodeFirst] of Object.entries(WAYS)) {
    for (const [second, encodeSecond] of Object.entries(WAYS)) {
      if (first === second) continue;
      test(`${first} before ${second}`, () => {
        for (let at = 0; at < SECRET.length; at++) {
          for (let other = at + 1; other < SECRET.length; other++) {
            const chars = [...SECRET];
            chars[at] = encodeFirst(SECRET[at] as string);
            chars[other] = encodeSecond(SECRET[other] as string);
            const text = `TOKEN: ${chars.join('')}\nnext: line\n`;
            assert.equal(find(text, SECRET)[0]?.offset, 7, text);
          }
        }
      });
    }
  }

  test('an escape that only another one makes is decoded', () => {
    for (const one of ['%5cu007a', '&#92;u007a', '\\u00257a', '&#37;7a', '\\u0026#122;', '%26#122;']) {
      const text = `TOKEN: ${SECRET.replace('Z', 'z').replace('z', one)}\n`;
      assert.equal(find(text, SECRET.replace('Z', 'z'))[0]?.offset, 7, text);
    }
  });
});

describe('runs in a text are decoded, and the position is in the run', () => {
  for (const [title, encode] of Object.entries(RUNS)) {
    test(title, () => {
      fc.assert(
        fc.property(plain, secret, plain, (before, value, after) => {
          const text = `${before.join('')} "${encode(value)}" ${after.join('')}`;
          const start = Buffer.byteLength(before.join('')) + 2;
          assert.equal(find(text, value)[0]?.offset, start);
        }),
        { numRuns: 60 },
      );
    });

    test(`${title}: a value in the middle of a long one is where it is in the run`, () => {
      const decoded = `${'some words before it, '.repeat(30)}${SECRET} and some more after it`;
      const text = `data = ${encode(decoded)}\n`;
      const [found] = find(text, SECRET);
      const share = decoded.indexOf(SECRET) / decoded.length;
      assert.ok(Math.abs((found?.offset ?? 0) - 7 - share * encode(decoded).length) < 5, JSON.stringify(found));
    });
  }

  const widths = [32, 60, 64, 70, 72, 76, 100];
  for (const width of widths) {
    for (const [name, separator] of [
      ['lines', '\n'],
      ['CRLF lines', '\r\n'],
      ['indented lines', '\n      '],
    ] as const) {
      test(`base64 in ${name} of ${width} is one run, and the position is on the right line`, () => {
        fc.assert(
          fc.property(fc.integer({ min: 0, max: 400 }), token, (pad, value) => {
            const decoded = `${'x'.repeat(pad)}\n${value}\n${'y'.repeat(99)}`;
            const encoded = wrap(base64(decoded), width, separator);
            const text = `data: |${separator}${encoded}\n`;
            const found = find(text, value)[0];
            assert.ok(found !== undefined);
            const chars = Math.floor(((pad + 1) * 4) / 3);
            const expected = 7 + separator.length + chars + Math.floor(chars / width) * separator.length;
            assert.ok(Math.abs(found.offset - expected) <= 4 + separator.length, `${found.offset} for ${expected}`);
          }),
          { numRuns: 30 },
        );
      });
    }
  }

  test('values of the same width on consecutive lines do not run into each other', () => {
    const values = [SECRET, SECRET.toLowerCase(), SECRET.replaceAll('7', '8')].map((value) =>
      `${value}..`.slice(0, 36),
    );
    const text = values.map(base64).join('\n');
    const lines = layersIn(text).flatMap((layer) => layer.bytes.toString().split('\n'));
    for (const value of values) assert.ok(lines.includes(value), value);
  });

  test('a name on the next line is no rest of a value', () => {
    const text = `value: ${base64(SECRET)}\n  username: someone\n`;
    assert.deepEqual(
      layersIn(text).map((layer) => layer.bytes.toString()),
      [SECRET],
    );
  });

  for (const prefix of ['x', 'xy', 'xyz', 'path/', 'token_', 'a-b-']) {
    test(`base64 after ${prefix} is found although the run begins before it`, () => {
      const text = `${prefix}${base64(`password is ${SECRET}`)}`;
      assert.ok(find(text, SECRET).length > 0);
    });
  }
});

describe('what only looks encoded is dropped', () => {
  const digest = (length: number) => 'd3b07384d113edec49eaa6238ad5ff00c86f5a1b9e2c4d7f'.repeat(3).slice(0, length);
  const texts: Readonly<Record<string, string>> = {
    'hex digests of 32, 40 and 64 digits': [32, 40, 64].map(digest).join('\n'),
    'subresource integrity': `sha512-${'z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=='}`,
    paths: 'import { evaluate } from "../../src/domain/policy/predicates/secrets.ts";',
    'long identifiers': 'const INTERNAL_SERVER_ERROR_RESPONSE_CODES = getConfigurationValueForKeyOrDefault',
    'rules of comments': `/*${'-'.repeat(80)}*/\n#${'='.repeat(80)}\n//${'_'.repeat(80)}`,
    UUIDs: '123e4567-e89b-12d3-a456-426614174000',
    'printf formats': 'printf("%d of %5s at %02x: %-20s\\n", a, b, c, d);',
    'escapes of controls and of other scripts': '"\\u0000\\u001f \\x1b[31m \\u00e9\\u4e2d %C3%A9"',
    'sentences with line ends': 'printf("cannot open the file\\n");',
    'regular expressions': 'const pattern = /^\\d+\\/[a-z]+\\.\\w*$/;',
    'lists of literals': "const list = ['one', 'two', \"three\"];",
    'empty settings': 'API_KEY=\nAPI_SECRET=\nOTHER=value\n',
    markup: '<a href="x">a &lt; b &amp;&amp; c &gt; d</a>',
    'calls with literals': 'log("first", "second"); if (a === "b" && c === "d") return "e";',
  };
  for (const [title, text] of Object.entries(texts)) {
    test(title, () =>
      assert.deepEqual(
        layersIn(text).map(({ path, bytes }) => [path, bytes.toString()]),
        [],
      ),
    );
  }
});

describe('halves of a value are joined', () => {
  for (const [title, join] of Object.entries(JOINTS)) {
    test(title, () => {
      for (let cut = 1; cut < SECRET.length - 1; cut += 3) {
        const text = `first line\nconst token = ${join(SECRET.slice(0, cut), SECRET.slice(cut))};\nlast line\n`;
        assert.deepEqual(find(text, SECRET)[0], { path: '!joined', file: '', offset: text.search(/["']g/) + 1 });
      }
    });
  }

  test('many pieces on many lines are one value', () => {
    const pieces = [...SECRET].map((char) => `"${char}"`).join(' +\n  ');
    assert.equal(find(`x = ${pieces};`, SECRET)[0]?.offset, 5);
  });

  test('the second half is where it stands', () => {
    const text = `x = "${SECRET.slice(0, 10)}" + "${SECRET.slice(10)}"`;
    const [layer] = layersIn(text);
    const at = layer?.bytes.indexOf(SECRET.slice(10)) ?? -1;
    assert.equal(layer?.originOf(at).offset, text.indexOf(SECRET.slice(10)));
  });
});

describe('strings in strings', () => {
  test('a private key in a service account is whole, its lines where they are', () => {
    const lines = Array.from(
      { length: 8 },
      (_, at) => `${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.slice(at)}${'Ab3'.repeat(11)}`,
    );
    const rule = (word: string) => ['-----', word, ' PRIVATE', ' KEY-----'].join('');
    const pem = [rule('BEGIN'), ...lines, rule('END'), ''].join('\n');
    const json = JSON.stringify({ type: 'service_account', private_key: pem, client_email: 'a@b' }, undefined, 2);
    const [found] = find(json, pem);
    assert.equal(found?.offset, json.indexOf('-----'));
    assert.equal(find(json, lines[5] as string)[0]?.offset, json.indexOf(lines[5] as string));
  });

  test('an assignment in a notebook cell reads as the cell does', () => {
    const cell = `os.environ["API_KEY"] = "${SECRET}"\n`;
    const notebook = JSON.stringify({ cells: [{ cell_type: 'code', source: ['import os\n', cell] }] });
    assert.equal(find(notebook, cell.trim())[0]?.file, '');
  });

  test('three levels of JSON are three layers', () => {
    const inner = JSON.stringify({ password: `${SECRET}"x` });
    const outer = JSON.stringify(JSON.stringify(inner));
    assert.ok(find(outer, `"password":"${SECRET}`).length > 0);
  });

  test('a URL as PHP escapes it', () => {
    const url = `https://user:${SECRET}@host.internal/path`;
    assert.ok(find(`{"url":"${url.replaceAll('/', '\\/')}"}`, url).length > 0);
  });

  test('a line of an .env file inside a string begins where it begins', () => {
    const text = `"A=1\\nTOKEN=${SECRET}\\nB=2"`;
    assert.ok(find(text, `\nTOKEN=${SECRET}\n`).length > 0);
  });
});

describe('quoted-printable', () => {
  const long = `The token of the machine that builds the release is ${SECRET}, and it is valid for a year from now on.`;

  test('a soft line break inside a token', () => {
    const text = `${long.slice(0, 75)}=\n${long.slice(75)}\n`;
    assert.equal(find(text, SECRET)[0]?.offset, text.indexOf('gh'));
  });

  test('an assignment whose = is written =3D', () => {
    assert.equal(find(`token=3D${SECRET}\r\n`, `token=${SECRET}`)[0]?.offset, 0);
  });
});

test('encodings nest, and the position leads through all of them', () => {
  const all = { ...ESCAPES, ...RUNS };
  const names = Object.keys(all).filter((name) => name !== 'quoted-printable of every byte');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 3 }), token, (chain, value) => {
      const encoded = chain.reduce((text, name) => (all[name] as (text: string) => string)(text), `${value}\n${value}`);
      const text = `first line\nvalue: "${encoded}"\n`;
      const [found] = find(text, value);
      assert.equal(found?.offset, text.indexOf('"') + 1, chain.join(', '));
      assert.equal(found?.file, '');
    }),
    { numRuns: 200 },
  );
});

test('what is deeper than the limit is said, and no deeper', () => {
  const encoded = [1, 2, 3, 4].reduce((text) => base64(text), SECRET);
  assert.deepEqual(
    partsOf(encoded).map((part) => (part.kind === 'layer' ? part.path : part.reason)),
    ['!base64', '!base64!base64', '!base64!base64!base64', 'too-deep'],
  );
  assert.equal(find(encoded, SECRET, { maxEncodings: 4 })[0]?.offset, 0);
});
