import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GitleaksMatch } from '../../../../src/domain/secrets/gitleaks/match.ts';
import {
  createGitleaksMatcher,
  type Fragment,
  type GitleaksMatcher,
  type ScanOptions,
} from '../../../../src/domain/secrets/gitleaks/matcher.ts';
import { parseGitleaksConfig } from '../../../../src/domain/secrets/gitleaks/parse-config.ts';

const BODY = ['7Kq2', 'Zx9W', 'm4Tb', 'R8vJ'].join('');
const KEY = `acme-${BODY}`;
const RULE = "[[rules]]\nid = 'acme'\nregex = '''acme-([0-9A-Za-z]{16})'''\nkeywords = ['acme']\n";

function matcher(text: string): GitleaksMatcher {
  const parsed = parseGitleaksConfig(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return createGitleaksMatcher(parsed.config);
}

function scan(config: string, text: string, about: Partial<Fragment> = {}, options: ScanOptions = {}) {
  const bytes = Buffer.from(text);
  const result = matcher(config).scan({ bytes, ...about }, options);
  assert.equal(result.state, 'scanned');
  const piece = ({ start, end }: { start: number; end: number }) => bytes.toString('utf8', start, end);
  return result.matches.map((found) => ({
    ...found,
    id: found.rule.id,
    value: piece(found.secret),
    all: piece(found.match),
  }));
}

const values = (config: string, text: string, about: Partial<Fragment> = {}) =>
  scan(config, text, about).map(({ value }) => value);

describe('what is the secret', () => {
  const rule = (regex: string, more = '') => `[[rules]]\nid = 'r'\nregex = '''${regex}'''\n${more}`;
  const cases: readonly [string, string, string, string[]][] = [
    ['the first group that is not empty', rule('key=(a)?(b+)?c'), 'key=bbc', ['bb']],
    ['the named group by its number', rule('(\\w+)=(\\w+)', 'secretGroup = 2'), 'user=word', ['word']],
    ['the whole match without groups', rule('key=\\w+'), 'a key=abc.', ['key=abc']],
    ['the whole match when all groups are empty', rule('key(x?)='), 'key=', ['key=']],
    ['nothing when the group took no part', rule('key(x)?=', 'secretGroup = 1'), 'key=', ['']],
    ['without the line ends around it', rule('\\nkey=\\w+\\n'), 'a\nkey=abc\n', ['key=abc']],
    ['every match', rule('k=(\\d)'), 'k=1 k=2\nk=3', ['1', '2', '3']],
    ['letters beyond ASCII', rule('clé=(\\S+)'), 'ä clé=größe x', ['größe']],
    ['with RE2 flags', rule('(?i)KEY(?-i:x)=(?s:(.))'), 'keyx=\n, keyX=1', ['\n']],
  ];
  for (const [title, config, text, expected] of cases) {
    it(`is ${title}`, () => assert.deepEqual(values(config, text), expected));
  }
});

describe('where it is', () => {
  it('lines and columns count from 1, columns in bytes', () => {
    const [found] = scan(RULE, `ä\né ${KEY} x\nz`);
    assert.ok(found);
    assert.deepEqual([found.startLine, found.startColumn, found.endLine, found.endColumn], [2, 4, 2, 24]);
    assert.equal(found.all, KEY);
  });

  it('a match of several lines has them all', () => {
    const config = "[[rules]]\nid = 'r'\nregex = '''begin\\n[a-z\\n]+end'''\n";
    const text = 'one\n x begin\nabc\nend y\nlast';
    const [found] = scan(config, text);
    assert.ok(found);
    assert.deepEqual([found.startLine, found.startColumn, found.endLine, found.endColumn], [2, 4, 4, 3]);
    assert.equal(text.slice(found.lines.start, found.lines.end), ' x begin\nabc\nend y');
  });

  it('the last line needs no end', () => {
    const [found] = scan(RULE, `\n\n${KEY}`);
    assert.deepEqual([found?.startLine, found?.lines.end], [3, 23]);
  });
});

describe('keywords', () => {
  const cases: readonly [string, string, string, number][] = [
    ['run the rule wherever they are', "keywords = ['vendor']", `from VENDOR:\n\n${KEY}`, 1],
    ['keep it from running when they are not there', "keywords = ['vendor']", KEY, 0],
    ['are one of several', "keywords = ['vendor', 'acme']", KEY, 1],
    ['may be of any language', "keywords = ['ключ']", `КЛЮЧ ${KEY}`, 1],
    ['may be a single sign', "keywords = ['!']", `${KEY}!`, 1],
    ['may be missing', '', KEY, 1],
    ['are found with a Kelvin sign', "keywords = ['token']", `to\u212aen ${KEY}`, 1],
  ];
  for (const [title, keywords, text, expected] of cases) {
    it(title, () => {
      const config = `[[rules]]\nid = 'r'\nregex = 'acme-[0-9A-Za-z]{16}'\n${keywords}`;
      assert.equal(scan(config, text).length, expected);
    });
  }
});

describe('entropy', () => {
  // Four signs, equally often: two bits each.
  const text = 'key=abcdabcd';
  const rule = (entropy: number) => `[[rules]]\nid = 'r'\nregex = 'key=(\\w+)'\nentropy = ${entropy}\n`;
  it('a secret must have more than the threshold', () => {
    assert.equal(scan(rule(1.9), text)[0]?.entropy, 2);
    assert.deepEqual(values(rule(2), text), []);
    assert.deepEqual(values(rule(2.1), text), []);
  });
});

describe('allowlists', () => {
  const commit = 'a'.repeat(40);
  const about = { path: 'test/data/key.txt', commit };
  const cases: readonly [string, string, boolean][] = [
    ['a path', "paths = ['^test/']", true],
    ['another path', "paths = ['^src/']", false],
    ['a commit, in any case', `commits = ['${commit.toUpperCase()}']`, true],
    ['a shortened commit', `commits = ['${commit.slice(0, 8)}']`, false],
    ['the secret', `regexes = ['^${BODY}$']`, true],
    ['the secret alone is the target', "regexes = ['acme-']", false],
    ['the match as target', "regexes = ['^acme-']\nregexTarget = 'match'", true],
    ['the line as target', "regexes = ['demo']\nregexTarget = 'line'", true],
    ['another line', "regexes = ['next']\nregexTarget = 'line'", false],
    ['a stopword, in any case', `stopwords = ['${BODY.slice(3, 9).toLowerCase()}']`, true],
    ['a stopword beside the secret', "stopwords = ['demo']", false],
    ['any of several', "paths = ['^src/']\nstopwords = ['nothing', 'm4tb']", true],
    ['all of several', "condition = 'AND'\npaths = ['^test/']\nstopwords = ['m4tb']", true],
    ['one missing of several', "condition = 'AND'\npaths = ['^src/']\nstopwords = ['m4tb']", false],
    ['the other missing', "condition = 'AND'\npaths = ['^test/']\nstopwords = ['nothing']", false],
    ['a path and a commit', `condition = 'AND'\npaths = ['^test/']\ncommits = ['${commit}']`, true],
  ];
  for (const [title, checks, isAllowed] of cases) {
    for (const [where, header] of [
      ['of the rule', '[[rules.allowlists]]'],
      ['of all rules', '[[allowlists]]'],
    ]) {
      it(`${title} ${isAllowed ? 'allows' : 'does not allow'} (${where})`, () => {
        const found = scan(`${RULE}${header}\n${checks}`, `next\ndemo ${KEY}\nnext`, about);
        assert.equal(found.length, isAllowed ? 0 : 1);
      });
    }
  }

  it('checks on path and commit do not hold where those are not known', () => {
    assert.equal(scan(`${RULE}[[allowlists]]\npaths = ['']\ncommits = ['']`, KEY).length, 1);
  });

  it('one of several allowlists is enough', () => {
    const lists = "[[rules.allowlists]]\npaths = ['x']\n[[rules.allowlists]]\nstopwords = ['m4tb']\n";
    assert.deepEqual(values(RULE + lists, KEY), []);
  });
});

describe('paths', () => {
  it('a rule with a path only reads such files', () => {
    const config = `${RULE}path = '\\.env$'\n`;
    assert.equal(scan(config, KEY, { path: 'a/.env' }).length, 1);
    assert.equal(scan(config, KEY, { path: 'a/.envrc' }).length, 0);
    assert.equal(scan(config, KEY).length, 0);
  });

  it('a path alone makes a finding without a place', () => {
    const [found] = scan("[[rules]]\nid = 'keystore'\npath = '\\.jks$'\n", 'whatever', { path: 'a.jks' });
    assert.deepEqual([found?.id, found?.startLine, found?.value], ['keystore', 0, '']);
  });
});

describe('composite rules', () => {
  const rules = (near: string, skip = true) =>
    `${RULE}[[rules.required]]\nid = 'user'\n${near}\n[[rules]]\nid = 'user'\nregex = 'user=(\\w+)'\nskipReport = ${skip}\n`;
  const cases: readonly [string, string, string, number][] = [
    ['anywhere without distances', '', `user=me${'\n'.repeat(50)}${KEY}`, 1],
    ['not without the part', '', KEY, 0],
    ['within lines before', 'withinLines = 2', `user=me\n\n${KEY}`, 1],
    ['within lines behind', 'withinLines = 2', `${KEY}\n\nuser=me`, 1],
    ['not beyond lines', 'withinLines = 2', `${KEY}\n\n\nuser=me`, 0],
    ['on the same line', 'withinLines = 0', `user=me ${KEY}`, 1],
    ['within columns', 'withinColumns = 9', `user=me ${KEY}`, 1],
    ['not beyond columns', 'withinColumns = 7', `user=me ${KEY}`, 0],
    ['within both', 'withinLines = 1\nwithinColumns = 2', `user=me\n  ${KEY}`, 1],
    ['not within one of both', 'withinLines = 1\nwithinColumns = 2', `user=me\n   ${KEY}`, 0],
  ];
  for (const [title, near, text, expected] of cases) {
    it(`a finding counts with its part ${title}`, () => assert.equal(scan(rules(near), text).length, expected));
  }

  it('tells its parts', () => {
    const [found] = scan(rules(''), `user=me ${KEY}`);
    assert.deepEqual(
      found?.required.map(({ rule, startLine, startColumn }) => [rule, startLine, startColumn]),
      [['user', 1, 1]],
    );
  });

  it('a part is reported by itself unless its rule says otherwise', () => {
    assert.deepEqual(
      scan(rules('', false), `user=me ${KEY}`).map(({ id }) => id),
      ['acme', 'user'],
    );
  });

  it('rules that require one another do not go round in circles', () => {
    const config = `${RULE}[[rules.required]]\nid = 'b'\n[[rules]]\nid = 'b'\nregex = 'b=\\d'\n[[rules.required]]\nid = 'acme'\n`;
    assert.equal(scan(config, `${KEY} b=1`).length, 2);
  });

  it('a part is found without its own keywords', () => {
    const config = `${rules('').replace("id = 'user'\nregex", "id = 'user'\nkeywords = ['nowhere']\nregex")}`;
    assert.equal(scan(config, `user=me ${KEY}`).length, 1);
  });
});

describe('generic rules', () => {
  it('give way to a rule that found the same secret on the same line', () => {
    const config = `${RULE}[[rules]]\nid = 'Generic-Key'\nregex = 'key=acme-(\\w+)'\n`;
    assert.deepEqual(
      scan(config, `key=${KEY}\nkey=acme-other`).map(({ id, value }) => [id, value]),
      [
        ['acme', BODY],
        ['Generic-Key', 'other'],
      ],
    );
  });
});

describe('anchors', () => {
  it('are the keywords, or the words of patterns without keywords', () => {
    const config = `${RULE}[[rules]]\nid = 'b'\nregex = '(?i)(?:Token|Secret)=\\w+'\n`;
    assert.deepEqual(matcher(config).anchors, ['acme', 'secret=', 'token=']);
    assert.equal(matcher(config).readsEveryText, false);
  });

  for (const [title, rule] of [
    ['a pattern without a certain word', "regex = '[0-9]{30}'"],
    ['a short word', "regex = 'q~[0-9]{30}'"],
    ['a path', "path = 'x'"],
    ['a keyword of two signs', "regex = 'acme'\nkeywords = ['sk']"],
    ['a keyword of another language', "regex = 'acme'\nkeywords = ['ключ']"],
  ] as const) {
    it(`${title} makes the matcher read every text`, () => {
      assert.equal(matcher(`[[rules]]\nid = 'r'\n${rule}\n`).readsEveryText, true);
    });
  }

  it('found by somebody else give the same findings', () => {
    const text = `xacme ${KEY} ACME-${BODY} ${KEY}`;
    const lower = text.toLowerCase();
    const places = [...lower.matchAll(/acme/g)].map(({ index }) => index);
    const own = scan(RULE, text).map(({ match }) => match);
    assert.equal(own.length, 2);
    assert.deepEqual(
      scan(RULE, text, {}, { hits: new Map([['acme', places]]) }).map(({ match }) => match),
      own,
    );
    assert.deepEqual(scan(RULE, text, {}, { hits: new Map() }), []);
  });
});

describe('windows', () => {
  /** What RE2's own "find all" gives, on the whole text at once. */
  function wholeText(config: string, bytes: Uint8Array): string[] {
    const parsed = parseGitleaksConfig(config);
    const regex = parsed.ok ? parsed.config.rules[0]?.regex : undefined;
    assert.ok(regex);
    const found: string[] = [];
    for (let from = 0, match = regex.find(bytes, from); match; match = regex.find(bytes, from)) {
      const text = Buffer.from(bytes.subarray(match.start, match.end)).toString('latin1');
      const [lead, tail] = [/^\n*/, /\n*$/].map((ends) => ends.exec(text)?.[0].length ?? 0) as [number, number];
      found.push(`${match.start + lead}-${match.end - tail}`);
      from = match.end;
    }
    return found;
  }
  const spans = (matches: readonly GitleaksMatch[]) => matches.map(({ match }) => `${match.start}-${match.end}`);

  const patterns = [
    '\\bkey=[ab1]{2,4}\\b',
    '(?i)KEY[ =]*[^"k]{3}',
    'key[^=]*=[ab]+',
    '(?:^|[ k])key=a*(?:[ ]|$)',
    '(?m)^key=\\S+$',
    'a{0,3}key(?:=b)?',
    '[^ ]+key',
    '(?:key|b=)+?1?',
    'key(?:\\s*=\\s*"[^"]*")',
    '\\Bkey\\b',
    'k[ek]y.{0,2}é?',
    '(?s)key.+1|key',
  ];
  const often = fc.constantFrom('key', 'key=', '\nkey=ab', ' key=a', 'key=ab1 ', 'key = "ab"');
  const once = fc.constantFrom('KEY', 'k', 'a', 'b', '1', '=', ' ', '"', '\n', 'é', '\u212aey', ' '.repeat(9));
  const piece = fc.oneof({ weight: 2, arbitrary: often }, { weight: 3, arbitrary: once });
  const text = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')));

  for (const pattern of patterns) {
    it(`lose and invent nothing: ${pattern}`, () => {
      const config = `[[rules]]\nid = 'r'\nregex = '''${pattern}'''\n`;
      const all = matcher(config);
      let count = 0;
      fc.assert(
        fc.property(text, (bytes) => {
          const result = all.scan({ bytes });
          const expected = wholeText(config, bytes);
          count += expected.length;
          assert.equal(result.state, 'scanned');
          assert.deepEqual(spans(result.matches), expected);
        }),
        { numRuns: 2000 },
      );
      assert.ok(count > 200, `${count} matches in all`);
    });
  }

  it('hold over the edges of the pieces that long texts are read in', () => {
    const config = "[[rules]]\nid = 'r'\nregex = '''\\b[a-z]{1,9}[0-9]{1,40}\\b'''\n";
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `ab${n ** 5} `).join(''));
    const result = matcher(config).scan({ bytes });
    assert.ok(bytes.length > 200_000);
    assert.equal(result.matches.length, 20_000);
    assert.deepEqual(spans(result.matches), wholeText(config, bytes));
  });
});

describe('hostile texts', () => {
  const rule = (regex: string, more = '') => `[[rules]]\nid = 'r'\nregex = '''${regex}'''\n${more}`;
  const size = 50_000;
  const cases: readonly [string, string, string, number][] = [
    [
      'keywords without end',
      rule('(?i)[\\w.-]{0,50}?(?:key)(?:[ \\w.-]{0,20})=[a-z0-9]{32}'),
      'key'.repeat(size / 3),
      0,
    ],
    ['a quote that is never closed', rule('key\\s*=\\s*"([^"]+)"'), `key="${'key = '.repeat(size / 6)}`, 0],
    ['a body that is one short', rule('\\bkey_[0-9a-f]{40}\\b'), `key_${'0'.repeat(39)} `.repeat(size / 44), 0],
    ['nested loops', rule('key(?:(?:a+)+)+!'), `key${'a'.repeat(size)}`, 0],
    ['a long way to the better branch', rule('(?s)key.*!|key'), 'key'.repeat(300), 300],
    ['white space', rule('key\\s*=\\s*\\w+'), `key${' \n'.repeat(size / 2)}`.repeat(2), 0],
  ];
  for (const [title, config, text, expected] of cases) {
    it(`${title} ends in time`, () => {
      const started = process.hrtime.bigint();
      assert.equal(scan(config, text).length, expected);
      assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
    });
  }

  it('patterns over the line are asked once for a line, however many findings it has', () => {
    const config = `${rule('k=(\\d{4})')}[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['no+such$']`;
    const started = process.hrtime.bigint();
    assert.equal(scan(config, 'k=1234 no '.repeat(5000)).length, 5000);
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
  });
});

describe('a scan that costs too much', () => {
  const config = `${RULE}[[rules]]\nid = 'slow'\nregex = '(?:[ab]{1,50}c?){10}d'\n`;
  const bytes = Buffer.from(`${KEY}\n${'ab'.repeat(50_000)}d`);

  it('is refused, with the rules that did not finish and what was found before', () => {
    const result = matcher(config).scan({ bytes }, { limits: { steps: 1_000_000 } });
    assert.ok(result.state === 'scanner-timeout');
    assert.equal(result.reason, 'steps');
    assert.deepEqual(result.rules, ['slow']);
    assert.equal(result.matches.length, 1);
  });

  it("is refused when the caller's time is over", () => {
    let asked = 0;
    const isOver = () => {
      asked += 1;
      return asked > 2;
    };
    const result = matcher(config).scan({ bytes }, { limits: { isOver } });
    assert.equal(asked, 3);
    assert.ok(result.state === 'scanner-timeout');
    assert.equal(result.reason, 'time');
  });

  it('is refused when it finds without end', () => {
    const result = matcher("[[rules]]\nid = 'r'\nregex = 'k'\n").scan({ bytes: Buffer.alloc(30_000, 'k') });
    assert.ok(result.state === 'scanner-timeout');
    assert.equal(result.reason, 'matches');
    assert.deepEqual(result.rules, ['r']);
  });
});

it('bytes that are no text are read all the same', () => {
  const noise = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const bytes = Buffer.concat([noise, Buffer.from(KEY), noise]);
  const result = matcher(RULE).scan({ bytes });
  assert.deepEqual(
    result.matches.map(({ match }) => match.start),
    [256],
  );
});
