import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { parseStrictXml, type XmlElement } from '../../src/protocol/strict-xml.ts';

const LIMITS = { depth: 8, elements: 100, attributes: 8 };
const parse = (text: string) => parseStrictXml(text, LIMITS);
const refused = (text: string, code: ProtocolError['code'] = 'bad-xml') =>
  assert.throws(
    () => parse(text),
    (error) => error instanceof ProtocolError && error.code === code,
  );

test('an element has its namespace, its attributes with theirs, and its children in order', () => {
  assert.deepEqual(
    parse('<?xml version="1.0" encoding="utf-8"?>\n<p:a xmlns:p="u" p:x="1" y=\'2\'>t<b xmlns="v"><c/></b></p:a>\n'),
    {
      namespace: 'u',
      name: 'a',
      attributes: [
        { namespace: 'u', name: 'x', value: '1' },
        { namespace: '', name: 'y', value: '2' },
      ],
      children: [
        't',
        {
          namespace: 'v',
          name: 'b',
          attributes: [],
          children: [{ namespace: 'v', name: 'c', attributes: [], children: [] }],
        },
      ],
    },
  );
});

test('a namespace ends with the element that declares it', () => {
  const { children } = parse('<a xmlns="u"><b xmlns=""/><c/></a>');
  assert.deepEqual(
    children.map((one) => (typeof one === 'string' ? one : one.namespace)),
    ['', 'u'],
  );
  refused('<a><b xmlns:p="u"/><p:c/></a>');
});

test('references and line ends are read as XML 1.0 has them', () => {
  assert.deepEqual(parse('<a b="x&#10;y\tz\r\n&lt;">1\r\n2\r3&amp;&#x41;&#128512;&quot;&apos;&gt;</a>'), {
    namespace: '',
    name: 'a',
    attributes: [{ namespace: '', name: 'b', value: 'x\ny z <' }],
    children: ['1\n2\n3&A\u{1f600}"\'>'],
  });
});

describe('is no part of the subset', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['text alone', 'a'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>b'],
    ['an element that is not closed', '<a>'],
    ['an element that closes another', '<a><b></a></b>'],
    ['an end without a start', '</a>'],
    ['a tag without an end', '<a'],
    ['a comment', '<a><!-- --></a>'],
    ['a CDATA section', '<a><![CDATA[x]]></a>'],
    ['the end of one', '<a>]]></a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['a processing instruction', '<a><?b?></a>'],
    ['a declaration that is not first', ' <?xml version="1.0"?><a/>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
    ['an encoding that is not UTF-8', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['an entity that is not one of five', '<a>&nbsp;</a>'],
    ['a lone ampersand', '<a>&</a>'],
    ['a reference to a surrogate', '<a>&#xD800;</a>'],
    ['a reference beyond Unicode', '<a>&#x110000;</a>'],
    ['a reference to a control character', '<a>&#1;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['half a surrogate pair', '<a>\ud800</a>'],
    ['a byte order mark', '\ufeff<a/>'],
    ['a name beyond ASCII', '<ä/>'],
    ['a name with two colons', '<a:b:c xmlns:a="u"/>'],
    ['a value without quotes', '<a b=c/>'],
    ['attributes without space between', '<a b="1"c="2"/>'],
    ['an attribute without a value', '<a b/>'],
    ['a value with a less-than sign', '<a b="<"/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute twice by way of two prefixes', '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>'],
    ['a prefix twice', '<a xmlns:p="u" xmlns:p="v"/>'],
    ['a prefix for nothing', '<a xmlns:p=""/>'],
    ['a prefix that nobody declared', '<p:a/>'],
    ['another namespace for xml', '<a xmlns:xml="u"/>'],
    ['xmlns as a prefix', '<xmlns:a xmlns:xmlns="u"/>'],
  ];
  for (const [title, text] of cases) test(title, () => refused(text));
});

test('limits hold, to the element', () => {
  const deep = (count: number) => '<a>'.repeat(count) + '</a>'.repeat(count);
  const wide = (count: number) => `<a>${'<b/>'.repeat(count - 1)}</a>`;
  const full = (count: number) => `<a ${Array.from({ length: count }, (_, n) => `b${n}=""`).join(' ')}/>`;
  for (const [make, limit] of [
    [deep, LIMITS.depth],
    [wide, LIMITS.elements],
    [full, LIMITS.attributes],
  ] as const) {
    parse(make(limit));
    refused(make(limit + 1), 'limit-exceeded');
  }
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const content = fc.string({ unit: fc.constantFrom(...'ab &<>"\'\n\té😀'), minLength: 1, maxLength: 12 });
const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc.record(
    {
      namespace: fc.constantFrom('', 'urn:one', 'urn:two'),
      name: word,
      attributes: fc.uniqueArray(
        fc.record(
          { namespace: fc.constant(''), name: word.filter((one) => one !== 'xmlns'), value: content },
          { noNullPrototype: true },
        ),
        {
          selector: ({ name }) => name,
          maxLength: 4,
        },
      ),
      children: fc.oneof(
        { depthSize: 'small', maxDepth: 4 },
        fc.constant([]),
        content.map((one) => [one]),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    },
    { noNullPrototype: true },
  ),
}));

const escaped = (text: string) => text.replaceAll(/[&<>"'\n\t]/g, (one) => `&#${one.charCodeAt(0)};`);

function written({ namespace, name, attributes, children }: XmlElement): string {
  const all = attributes.map((one) => ` ${one.name}="${escaped(one.value)}"`).join('');
  const inner = children.map((one) => (typeof one === 'string' ? escaped(one) : written(one))).join('');
  return `<${name} xmlns="${namespace}"${all}>${inner}</${name}>`;
}

test('what is written is read back, whatever the tree', () => {
  const wide = { depth: 20, elements: 10_000, attributes: 8 };
  fc.assert(fc.property(tree, (one) => assert.deepEqual(parseStrictXml(written(one), wide), one)));
});

test('any text is read or refused, never anything else', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    'b:',
    ' ',
    '"',
    "'",
    '=',
    '&',
    ';',
    '#x41',
    'xmlns',
    '!',
    '-',
    '?',
    ']]>',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        parse(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
      }
    }),
    { numRuns: 2_000 },
  );
});
