import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { coAuthors, parseCommit, parsePerson, parseTag, parseTree, treeEntries } from '../../src/protocol/object.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const PERSON = 'Ann <ann@example.com> 1700000000 +0200';
const commit = (text: string | Buffer) => parseCommit(Buffer.from(text as string, 'utf8'), 'sha1');
const tag = (text: string) => parseTag(Buffer.from(text, 'utf8'), 'sha1');

describe('parseCommit', () => {
  test('reads what git writes', () => {
    const parsed = commit(
      `tree ${A}\nparent ${A}\nparent ${B}\nauthor ${PERSON}\ncommitter Carl <c@d> 5 -0130\nencoding UTF-8\n\nsubject\n\nbody\n`,
    );
    assert.deepEqual(parsed, {
      tree: A,
      parents: [A, B],
      author: { name: 'Ann', email: 'ann@example.com', time: 1700000000, zone: '+0200' },
      committer: { name: 'Carl', email: 'c@d', time: 5, zone: '-0130' },
      encoding: 'UTF-8',
      message: 'subject\n\nbody\n',
      headers: [
        { name: 'tree', value: A },
        { name: 'parent', value: A },
        { name: 'parent', value: B },
        { name: 'author', value: PERSON },
        { name: 'committer', value: 'Carl <c@d> 5 -0130' },
        { name: 'encoding', value: 'UTF-8' },
      ],
      signed: false,
    });
  });

  test('reads SHA-256 ids, and only those in a SHA-256 repository', () => {
    const id = 'c'.repeat(64);
    assert.equal(parseCommit(Buffer.from(`tree ${id}\n\nm`), 'sha256').tree, id);
    assert.throws(() => parseCommit(Buffer.from(`tree ${A}\n\nm`), 'sha256'), { code: 'bad-object' });
    assert.throws(() => commit(`tree ${id}\n\nm`), { code: 'bad-object' });
  });

  test('takes upper-case ids for the ids they are, as git does', () => {
    assert.deepEqual(commit(`tree ${A.toUpperCase()}\nparent ${B.toUpperCase()}\n\nm`).parents, [B]);
  });

  test('a parent line below other headers is no parent, as git reads it', () => {
    const parsed = commit(`tree ${A}\nauthor ${PERSON}\nparent ${B}\ntree ${B}\n\nm`);
    assert.deepEqual([parsed.tree, parsed.parents], [A, []]);
    assert.ok(parsed.headers.some(({ name, value }) => name === 'parent' && value === B));
  });

  for (const header of ['gpgsig', 'gpgsig-sha256']) {
    test(`a ${header} header makes it signed, its folded lines are one value`, () => {
      const parsed = commit(`tree ${A}\n${header} -----BEGIN\n \n abc\nx-unknown y\n\nm`);
      assert.equal(parsed.signed, true);
      assert.deepEqual(parsed.headers.slice(1), [
        { name: header, value: '-----BEGIN\n\nabc' },
        { name: 'x-unknown', value: 'y' },
      ]);
    });
  }

  test('a signature in the message does not make it signed', () => {
    assert.equal(commit(`tree ${A}\n\ngpgsig x\n-----BEGIN PGP SIGNATURE-----\n`).signed, false);
  });

  test('a message is read in its encoding, the address never', () => {
    const latin = Buffer.concat([
      Buffer.from(`tree ${A}\nauthor J`),
      Buffer.from([0xfc]),
      Buffer.from('rg <j@x> 1 +0000\nencoding ISO-8859-1\n\n'),
      Buffer.from([0xe4, 0x0a]),
    ]);
    const parsed = parseCommit(latin, 'sha1');
    assert.deepEqual([parsed.author.name, parsed.author.email, parsed.message], ['Jürg', 'j@x', 'ä\n']);
  });

  test('an unknown encoding, or one that would hide ASCII, leaves the bytes as they are', () => {
    for (const encoding of ['utf-16', 'utf-16be', 'x-nonsense', '', 'a'.repeat(500)]) {
      assert.equal(commit(`tree ${A}\nencoding ${encoding}\n\nCo-authored-by: x\n`).message, 'Co-authored-by: x\n');
    }
  });

  const odd: readonly (readonly [string, string, { name: string; email: string }])[] = [
    ['no author at all', `tree ${A}\n\nm`, { name: '', email: '' }],
    ['no address', `tree ${A}\nauthor Ann 1 +0000\n\nm`, { name: 'Ann', email: '' }],
    ['an empty line', `tree ${A}\nauthor \n\nm`, { name: '', email: '' }],
    ['no end of headers', `tree ${A}\nauthor Ann <a@b>`, { name: 'Ann', email: 'a@b' }],
    ['only a tree', `tree ${A}\n`, { name: '', email: '' }],
  ];
  for (const [what, text, author] of odd) {
    test(`${what} is read as far as it goes`, () => {
      const { name, email } = commit(text).author;
      assert.deepEqual({ name, email }, author);
    });
  }

  const bad: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no tree line', `parent ${A}\n\nm`],
    ['a short id', `tree ${A.slice(1)}\n\nm`],
    ['an id that is no hex', `tree ${'g'.repeat(40)}\n\nm`],
    ['a tree line that goes on', `tree ${A} x\n\nm`],
    ['a bad parent', `tree ${A}\nparent xyz\n\nm`],
    ['a tree line without an end', `tree ${A}`],
    ['a space before', ` tree ${A}\n\nm`],
    ['an upper-case key', `TREE ${A}\n\nm`],
  ];
  for (const [what, text] of bad) {
    test(`${what} is malformed`, () =>
      assert.throws(
        () => commit(text),
        (error) => error instanceof ProtocolError && error.code === 'bad-object',
      ));
  }
});

describe('parsePerson', () => {
  const people: readonly (readonly [string, object])[] = [
    ['Ann <a@b> 1 +0000', { name: 'Ann', email: 'a@b', time: 1, zone: '+0000' }],
    ['A <b> <c@d> 7 +0100', { name: 'A', email: 'b', time: 7, zone: '+0100' }],
    ['<a@b> 1 +0000', { name: '', email: 'a@b', time: 1, zone: '+0000' }],
    ['Ann <a@b>', { name: 'Ann', email: 'a@b' }],
    ['Ann <a@b> 12', { name: 'Ann', email: 'a@b', time: 12 }],
    ['Ann <a@b> -12 +0000', { name: 'Ann', email: 'a@b', time: -12, zone: '+0000' }],
    ['Ann <a@b> 99999999999999999999999 +0000', { name: 'Ann', email: 'a@b' }],
    ['Ann <a@b', { name: 'Ann', email: 'a@b' }],
    ['Ann a@b> 1 +0000', { name: 'Ann a@b>', email: '', time: 1, zone: '+0000' }],
    ['>< 1', { name: '>', email: '1' }],
    ['', { name: '', email: '' }],
    ['<>', { name: '', email: '' }],
  ];
  for (const [text, person] of people) {
    test(`${JSON.stringify(text)} is read as git reads it, or as far as it goes`, () =>
      assert.deepEqual(parsePerson(Buffer.from(text)), person));
  }
  test('bytes that are no UTF-8 are kept', () => {
    assert.equal(parsePerson(Buffer.from([0x4a, 0xfc, 0x20, 0x3c, 0x3e])).name, 'J\udcfc');
  });
});

describe('parseTag', () => {
  test('reads what git writes', () => {
    assert.deepEqual(tag(`object ${A}\ntype commit\ntag v1.0\ntagger ${PERSON}\n\nrelease\n`), {
      object: A,
      type: 'commit',
      tag: 'v1.0',
      tagger: { name: 'Ann', email: 'ann@example.com', time: 1700000000, zone: '+0200' },
      message: 'release\n',
      headers: [
        { name: 'object', value: A },
        { name: 'type', value: 'commit' },
        { name: 'tag', value: 'v1.0' },
        { name: 'tagger', value: PERSON },
      ],
      signed: false,
    });
  });
  test('a tag of the first days has no tagger', () =>
    assert.equal(tag(`object ${A}\ntype tree\ntag x\n\nm`).tagger, undefined));
  for (const kind of ['PGP SIGNATURE', 'SSH SIGNATURE', 'SIGNED MESSAGE']) {
    test(`a block of ${kind} makes it signed and stays in the message`, () => {
      const parsed = tag(`object ${A}\ntype blob\ntag x\n\nm\n-----BEGIN ${kind}-----\nabc\n`);
      assert.equal(parsed.signed, true);
      assert.match(parsed.message, /BEGIN/);
    });
  }
  for (const text of [
    '',
    `object ${A}\n`,
    `object ${A}\ntype commit\n`,
    `object ${A}\ntype thing\ntag x\n\nm`,
    `object ${A}\ntype commit\ntagger ${PERSON}\n\nm`,
    `object xyz\ntype commit\ntag x\n\nm`,
    `object ${A}\ntag x\ntype commit\n\nm`,
    `object ${A}\ntype commit\ntag x`,
  ]) {
    test(`${JSON.stringify(text.slice(40))} is malformed`, () =>
      assert.throws(() => tag(text), { code: 'bad-object' }));
  }
});

describe('parseTree', () => {
  const entry = (mode: string, name: string | Buffer, id = A) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name as string), Buffer.from([0]), Buffer.from(id, 'hex')]);
  const tree = (...entries: Buffer[]) => parseTree(Buffer.concat(entries), 'sha1');

  test('reads every kind of entry, in git’s order', () => {
    const entries = tree(
      entry('100644', 'a'),
      entry('100755', 'a.b'),
      entry('40000', 'ab'),
      entry('120000', 'l'),
      entry('160000', 'm'),
      entry('100664', 'o'),
      entry('040000', 'z', B),
    );
    assert.deepEqual(
      entries.map(({ mode, name }) => `${mode} ${name}`),
      ['100644 a', '100755 a.b', '040000 ab', '120000 l', '160000 m', '100664 o', '040000 z'],
    );
    assert.equal(entries.at(-1)?.oid, B);
  });
  test('a directory sorts as if its name ended in a slash', () => {
    assert.equal(tree(entry('100644', 'a.b'), entry('40000', 'a')).length, 2);
    assert.throws(() => tree(entry('40000', 'a'), entry('100644', 'a.b')), { code: 'bad-object' });
    assert.equal(tree(entry('100644', 'a'), entry('100644', 'a.b'), entry('40000', 'a')).length, 3); // fsck's business
  });
  test('an empty tree has no entries', () => assert.deepEqual(tree(), []));
  test('names are bytes', () => {
    assert.equal(tree(entry('100644', Buffer.from([0xff, 0x61])))[0]?.name, '\udcffa');
  });
  test('entries come one at a time, up to the fault', () => {
    const entries = treeEntries(Buffer.concat([entry('100644', 'a'), Buffer.from('100644 b')]), 'sha1');
    assert.equal(entries.next().value?.name, 'a');
    assert.throws(() => entries.next(), ProtocolError);
  });
  const bad: readonly (readonly [string, Buffer])[] = [
    ['an empty name', entry('100644', '')],
    ['an octal digit 8', entry('100684', 'a')],
    ['a mode of no type', entry('644', 'a')],
    ['an unknown type', entry('60000', 'a')],
    ['a mode too large', entry('1100644', 'a')],
    ['a mode without end', Buffer.from('0'.repeat(100))],
    ['no mode', entry('', 'a')],
    ['a name without end', Buffer.from('100644 abc')],
    ['a short id', entry('100644', 'a').subarray(0, -1)],
    ['the same name twice', Buffer.concat([entry('100644', 'a'), entry('100644', 'a')])],
    ['names out of order', Buffer.concat([entry('100644', 'b'), entry('100644', 'a')])],
  ];
  for (const [what, bytes] of bad) {
    test(`${what} is malformed`, () => assert.throws(() => parseTree(bytes, 'sha1'), { code: 'bad-object' }));
  }
});

describe('coAuthors', () => {
  const people = (text: string) => coAuthors(text).map(({ name, email }) => `${name}|${email}`);
  test('finds trailers in any case and any paragraph, each person once', () => {
    assert.deepEqual(
      people('x\n\nCo-authored-by: A <a@b>\nmore\n\nCO-AUTHORED-BY:B <b@c>\r\n  co-authored-by : A <A@b>\n'),
      ['A|A@b', 'B|b@c'],
    );
  });
  test('takes a name without address, and odd brackets', () => {
    assert.deepEqual(people('Co-authored-by: Bob\nCo-authored-by: <x@y\nCo-authored-by: A > <b> c\n'), [
      'Bob|',
      '|x@y',
      'A >|b',
    ]);
  });
  test('is not taken in by words around it', () => {
    assert.deepEqual(people('not Co-authored-by: A <a@b>\nCo-authored-by A\nCo-authored-by:\n'), []);
  });
  test('a hostile message costs little', () => {
    const started = performance.now();
    for (const unit of ['co-authored-by:', ' ', 'Co-authored-by: a <b>\n', '<', 'co-authored-by: <', '\n', '\t\n']) {
      coAuthors(unit.repeat(100_000));
    }
    assert.ok(performance.now() - started < 5000);
    const flood = Array.from({ length: 5000 }, (_, at) => `Co-authored-by: p${at} <p@${at}>`).join('\n');
    assert.ok(coAuthors(flood).length <= 1000);
  });
});

describe('hostile bytes', () => {
  const seeds = [
    Buffer.from(`tree ${A}\nparent ${B}\nauthor ${PERSON}\ncommitter ${PERSON}\nencoding latin1\ngpgsig a\n b\n\nm\n`),
    Buffer.from(`object ${A}\ntype commit\ntag v1\ntagger ${PERSON}\n\nm\n`),
    Buffer.concat([Buffer.from('100644 a\0'), Buffer.from(A, 'hex'), Buffer.from('40000 b\0'), Buffer.from(B, 'hex')]),
  ];
  const parsers = [parseCommit, parseTag, parseTree];
  const tryAll = (bytes: Buffer) => {
    for (const parse of parsers) {
      for (const format of ['sha1', 'sha256'] as const) {
        try {
          parse(bytes, format);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }
    }
  };
  test('any object cut at any byte gives a value or a ProtocolError', () => {
    for (const seed of seeds) for (let length = 0; length <= seed.length; length++) tryAll(seed.subarray(0, length));
  });
  test('mutated objects give a value or a ProtocolError', () => {
    const edit = fc.record({ at: fc.nat(200), remove: fc.nat(5), insert: fc.uint8Array({ maxLength: 5 }) });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 5 }), (seed, edits) => {
        let bytes: Buffer = seed;
        for (const { at, remove, insert } of edits) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        }
        tryAll(bytes);
      }),
      { numRuns: 3000 },
    );
  });
  test('random bytes give a value or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => tryAll(Buffer.from(bytes))),
      { numRuns: 1000 },
    );
  });
});
