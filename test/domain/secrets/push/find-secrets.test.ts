// Which secrets a push introduces, and where: real repositories, real packs, the real scanner.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openScanner } from '../../../../src/adapters/scanner/open-scanner.ts';
import type { Finding } from '../../../../src/domain/push/finding.ts';
import type { SecretScanner } from '../../../../src/domain/secrets/secret-scanner.ts';
import type { Oid } from '../../../../src/protocol/oid.ts';
import { type LabPush, PushLab } from '../../../support/push-lab.ts';
import { sampleSecret } from '../../../support/sample-secret.ts';

const RULE = 'github-personal-access-token';
const SECRET = sampleSecret(RULE);
const OTHER = sampleSecret(RULE, 'other');
const KEY = Buffer.alloc(32, 7);

/** What is on main already, an old secret included. */
const FILES = {
  'README.md': 'hello\n',
  'old.env': `A=1\nTOKEN=${SECRET}\nB=2\n`,
  'src/app.ts': 'app\n',
};

let lab: PushLab;
let scanner: SecretScanner;
let main: Oid;

before(() => {
  lab = new PushLab();
  scanner = openScanner({ fingerprintKey: KEY });
  main = lab.commit(FILES, [], 'first\n');
  lab.land('refs/heads/main', main);
});

after(async () => {
  lab.remove();
  await scanner.close();
});

const push = (next: Oid, more: Partial<LabPush> = {}): LabPush => ({
  commands: [['refs/heads/main', main, next]],
  ...more,
});

/** `name of commit path:line:column`, sorted as they are listed. */
async function seen(what: LabPush, names: Readonly<Record<string, Oid>> = {}, options: readonly string[] = []) {
  return (await lab.search(what, scanner, options)).map((finding) => shown(finding, names));
}

function shown(
  { commit, path, where, line, column, rule, text }: Finding,
  names: Readonly<Record<string, Oid>>,
): string {
  const by = Object.entries(names).find(([, oid]) => oid === commit)?.[0] ?? commit;
  const place = path === undefined ? `(${where})` : path;
  const position = line === undefined ? '' : `:${line}:${column}`;
  const what = rule === RULE ? '' : ` ${rule} ${text}`;
  return `${by === undefined ? '' : `${by} `}${place}${position}${what}`;
}

const env = (value: string) => `PORT=8080\nTOKEN=${value}\n`;

describe('a secret counts', () => {
  test('on the line that a commit adds', async () => {
    const A = lab.commit({ ...FILES, 'new.env': env(SECRET) }, [main]);
    assert.deepEqual(await seen(push(A), { A }), ['A new.env:2:7']);
  });

  test('when a later commit of the push takes it away', async () => {
    const A = lab.commit({ ...FILES, 'new.env': env(OTHER) }, [main]);
    const B = lab.commit(FILES, [A]);
    assert.deepEqual(await seen(push(B), { A, B }), ['A new.env:2:7']);
  });

  test('in the first of five commits of a new branch', async () => {
    const A = lab.commit({ ...FILES, 'new.env': env(OTHER) }, [main]);
    let tip = A;
    for (const text of ['1', '2', '3', '4']) tip = lab.commit({ ...FILES, 'n.txt': text }, [tip]);
    assert.deepEqual(await seen({ commands: [['refs/heads/x', undefined, tip]] }, { A }), ['A new.env:2:7']);
  });

  test('in each commit that adds its line, and in no other', async () => {
    const A = lab.commit({ ...FILES, 'x.env': env(OTHER) }, [main]);
    const B = lab.commit({ ...FILES, 'x.env': `${env(OTHER)}MORE=1\n` }, [A]);
    const C = lab.commit(FILES, [B]);
    const D = lab.commit({ ...FILES, 'x.env': env(OTHER) }, [C]);
    assert.deepEqual(await seen(push(D), { A, B, C, D }), ['A x.env:2:7', 'D x.env:2:7']);
  });

  test('in the resolution of a merge, but not what either side brought', async () => {
    const A = lab.commit({ ...FILES, 'a.env': env(OTHER) }, [main]);
    const B = lab.commit({ ...FILES, 'b.txt': 'b\n' }, [main]);
    const plain = lab.commit({ ...FILES, 'a.env': env(OTHER), 'b.txt': 'b\n' }, [B, A]);
    assert.deepEqual(await seen(push(plain), { A, B, M: plain }), ['A a.env:2:7']);
    const evil = lab.commit({ ...FILES, 'a.env': env(OTHER), 'b.txt': `b ${SECRET}\n` }, [B, A]);
    assert.deepEqual(await seen(push(evil), { A, B, M: evil }), ['A a.env:2:7', 'M b.txt:1:3']);
  });

  test('not in a merge whose text is of both parents', async () => {
    const start = lab.commit({ ...FILES, 'm.env': `1\n2\n${env(OTHER)}8\n9\n` }, [main]);
    const left = lab.commit({ ...FILES, 'm.env': `ONE\n2\n${env(OTHER)}8\n9\n` }, [start]);
    const right = lab.commit({ ...FILES, 'm.env': `1\n2\n${env(OTHER)}8\nNINE\n` }, [start]);
    const M = lab.commit({ ...FILES, 'm.env': `ONE\n2\n${env(OTHER)}8\nNINE\n` }, [left, right]);
    assert.deepEqual(await seen(push(M), { start, M }), ['start m.env:4:7']);
  });

  test('where a tree is named by a ref', async () => {
    const tree = lab.tree({ 'deep/x.env': env(OTHER) });
    assert.deepEqual(await seen({ commands: [['refs/heads/tree', undefined, tree]] }), ['deep/x.env:2:7']);
    const blob = lab.blob(env(OTHER));
    const tag = lab.tag(blob, 'blob');
    assert.deepEqual(await seen({ commands: [['refs/tags/b', undefined, tag]] }), [':2:7']);
  });

  test('in an object that no ref reaches', async () => {
    const A = lab.commit({ ...FILES, 'n.txt': 'n\n' }, [main]);
    assert.deepEqual(await seen(push(A, { extra: [lab.blob(env(OTHER))] })), ['(object):2:7']);
  });
});

describe('a secret does not count', () => {
  const cases: readonly [string, Readonly<Record<string, string>>][] = [
    ['when its line stays where it was', { ...FILES, 'old.env': `A=7\nTOKEN=${SECRET}\nB=2\n` }],
    ['when its line only moves in its file', { ...FILES, 'old.env': `B=2\n\n\nTOKEN=${SECRET}\nA=1\n` }],
    ['when its line ends otherwise', { ...FILES, 'old.env': `A=1\r\nTOKEN=${SECRET}\r\nB=2\r\n` }],
    ['when its file is copied as it is', { ...FILES, 'copy/of/old.env': FILES['old.env'] }],
    ['when its file is taken away', { 'README.md': 'hello\n', 'src/app.ts': 'app\n' }],
    ['when its file is moved', { 'README.md': 'hello\n', 'src/app.ts': 'app\n', 'moved.env': FILES['old.env'] }],
    [
      'when its file is moved and changed elsewhere',
      { 'README.md': 'hello\n', 'src/app.ts': 'app\n', 'moved.env': `A=5\nTOKEN=${SECRET}\nB=2\n` },
    ],
  ];
  for (const [what, files] of cases) {
    test(what, async () => {
      assert.deepEqual(await seen(push(lab.commit(files, [main]))), []);
    });
  }

  test('when the client sends again what the upstream has', async () => {
    const A = lab.commit({ ...FILES, 'n.txt': 'n\n' }, [main]);
    assert.deepEqual(await seen(push(A, { client: [] })), []);
    const moved = lab.commit({ 'README.md': 'hello\n', 'm.env': FILES['old.env'] }, [main]);
    assert.deepEqual(await seen(push(moved, { client: [] })), []);
  });
});

describe('an old secret counts again', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['when its line is changed', { ...FILES, 'old.env': `A=1\nexport TOKEN=${SECRET}\nB=2\n` }, 'A old.env:2:14'],
    ['when it is written into another file', { ...FILES, 'other.env': `TOKEN=${SECRET}\n` }, 'A other.env:1:7'],
    ['when its line is only the end of an old one', { ...FILES, 'old.env': `A=1\n${SECRET}\nB=2\n` }, 'A old.env:2:1'],
  ];
  for (const [what, files, expected] of cases) {
    test(what, async () => {
      const A = lab.commit(files, [main]);
      assert.deepEqual(await seen(push(A), { A }), [expected]);
    });
  }
});

describe('text outside files', () => {
  test('messages, authors and extra headers of commits', async () => {
    const tree = lab.tree(FILES);
    const person = 'A <a@example.com> 1700000000 +0000';
    const commitWith = (author: string, header: string, message: string) =>
      lab.object(
        'commit',
        `tree ${tree}\nparent ${main}\nauthor ${author}\ncommitter ${person}\n${header}\n${message}`,
      );
    const rows: readonly [Oid, string][] = [
      [commitWith(person, '', `subject\n\nwith ${OTHER}\n`), 'A (commit):3:6'],
      [commitWith(`${OTHER} <a@example.com> 1 +0000`, '', 'm\n'), 'A (commit)'],
      [commitWith(person, `x-note ${OTHER}\n`, 'm\n'), 'A (commit)'],
    ];
    for (const [A, expected] of rows) assert.deepEqual(await seen(push(A), { A }), [expected]);
  });

  test('messages of tags, each of a chain', async () => {
    const inner = lab.tag(main, 'commit', 'inner', `subject\n${OTHER}\n`);
    const outer = lab.tag(inner, 'tag', 'outer');
    assert.deepEqual(await seen({ commands: [['refs/tags/v1', undefined, outer]] }, { inner }), ['inner (tag):2:1']);
  });

  test('names of files and folders, shown masked', async () => {
    const A = lab.commit({ ...FILES, [`keys/${OTHER}.txt`]: 'x\n' }, [main]);
    const findings = await lab.search(push(A), scanner);
    assert.deepEqual(
      findings.map(({ where, path }) => ({ where, path: path?.replace(/…\w+/, '…') })),
      [{ where: 'file name', path: 'keys/ghp_….txt' }],
    );
    const empty = lab.treeOf([]);
    const root = lab.treeOf([['040000', empty, OTHER]]);
    const folder = await lab.search(push(lab.commit(root, [main])), scanner);
    assert.deepEqual(
      folder.map(({ where }) => where),
      ['file name'],
    );
  });

  test('targets of symbolic links, notes, names of refs, push options', async () => {
    const link = lab.treeOf([['120000', lab.blob(`/x/${OTHER}`), 'link']]);
    const L = lab.commit(link, []);
    assert.deepEqual(await seen({ commands: [['refs/heads/l', undefined, L]] }, { L }), ['L link:1:4']);
    const N = lab.commit({ [main]: `note ${OTHER}\n` }, []);
    assert.deepEqual(await seen({ commands: [['refs/notes/commits', undefined, N]] }, { N }), [`N ${main}:1:6`]);
    assert.deepEqual(await seen({ commands: [[`refs/heads/${OTHER}`, undefined, main]] }), ['(ref name)']);
    assert.deepEqual(
      await seen({ commands: [['refs/heads/x', undefined, main]] }, {}, [`ci.var=${OTHER}`]),
      ['(push option):1:8'].map((text) => text.replace(':1:8', '')),
    );
  });
});

test('names that happen to be neighbours are not read together', async () => {
  const files = { '.DATADOG_API_KEY=': '1\n', [sampleSecret('datadog-api-key')]: '2\n' };
  assert.deepEqual(await seen(push(lab.commit({ ...FILES, ...files }, [main]))), []);
});

describe('what is packed and encoded', () => {
  test('is found in it, and compared as a whole with what was there', async () => {
    const zipped = (text: string) => gzipSync(text).toString('latin1');
    const blob = (text: string) => lab.blob(Buffer.from(zipped(text), 'latin1'));
    const tree = (text: string, more = 'x\n') =>
      lab.treeOf([
        ['100644', blob(text), 'a.gz'],
        ['100644', lab.blob(more), 'b'],
      ]);
    const base = lab.commit(tree(env(OTHER)), [main]);
    assert.deepEqual(
      (await seen(push(base), { base })).map((text) => text.replace(/:\d+:\d+$/, '')),
      ['base a.gz!gzip'],
    );
    lab.land('refs/heads/zipped', base);
    const next = lab.commit(tree(`# more\n${env(OTHER)}`), [base]);
    assert.deepEqual(await seen({ commands: [['refs/heads/zipped', base, next]] }), []);
  });

  test('what nobody can look into is said', async () => {
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, ...Array(60).fill(1)]);
    const A = lab.commit(lab.treeOf([['100644', lab.blob(xz), 'a.xz']]), [main]);
    assert.deepEqual(
      (await lab.search(push(A), scanner)).map(({ rule, path, severity }) => [rule, path, severity]),
      [['not-inspected', 'a.xz!xz', 'low']],
    );
  });
});

describe('a large push', () => {
  test('is scanned by a worker, and gives the same answers', async () => {
    const filler = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`fill/${at}.txt`, `${at} ${'lorem ipsum dolor '.repeat(1_000)}\n`]),
    );
    const A = lab.commit(
      { ...FILES, ...filler, 'big.txt': `${'x y z\n'.repeat(60_000)}key ${OTHER}\n` },
      [main],
      `m\n\n${OTHER}\n`,
    );
    const B = lab.commit({ ...FILES, ...filler, 'old.env': `A=9\nTOKEN=${SECRET}\nB=2\n` }, [A]);
    assert.deepEqual(await seen(push(B), { A, B }), ['A (commit):3:1', 'A big.txt:60001:5']);
  });

  test('files of a name are known by it there as well', async () => {
    const netrc = `machine example.com login ann password ${sampleSecret(RULE, 'netrc').slice(4, 30)}\n`;
    const files = { ...FILES, '.netrc': netrc };
    const small = await lab.search(push(lab.commit(files, [main])), scanner);
    const large = await lab.search(
      push(lab.commit({ ...files, 'big.txt': 'x y z\n'.repeat(60_000) }, [main])),
      scanner,
    );
    const brief = (findings: readonly Finding[]) => findings.map(({ rule, path, line }) => ({ rule, path, line }));
    assert.deepEqual(brief(large), brief(small));
    assert.equal(small.length, 1);
  });
});

describe('a search that cannot be ended', () => {
  test('rejects when the scanner does', async () => {
    const broken: SecretScanner = { ...scanner, scanObjects: async () => Promise.reject(new Error('crashed')) };
    await assert.rejects(lab.search(push(lab.commit({ ...FILES, n: 'n\n' }, [main])), broken), /crashed/);
  });

  test('rejects when the scanner leaves objects out', async () => {
    const forgetful: SecretScanner = { ...scanner, scanObjects: async () => [] };
    await assert.rejects(lab.search(push(lab.commit({ ...FILES, n: 'n\n' }, [main])), forgetful), /not answered/);
    const idle: SecretScanner = {
      ...scanner,
      scanObjects: (objects, signal) => scanner.scanObjects(objects, signal),
      scanRepository: async () => ({ objects: 0, bytes: 0 }),
    };
    const large = push(lab.commit({ ...FILES, 'big.txt': 'x y z\n'.repeat(60_000) }, [main]));
    await assert.rejects(lab.search(large, idle), /not looked at every object/);
  });

  test('rejects when its time is over', async () => {
    const A = lab.commit({ ...FILES, 'big.txt': 'x y z\n'.repeat(70_000) }, [main]);
    const ended = AbortSignal.abort(new Error('late'));
    let asked = false;
    await lab.inspect(push(A), async (objects) => {
      asked = true;
      const { findSecrets } = await import('../../../../src/domain/secrets/push/find-secrets.ts');
      const search = { ...objects, objectFormat: 'sha1' as const, pushOptions: [], scanner, signal: ended };
      await assert.rejects(findSecrets(search));
    });
    assert.ok(asked);
  });
});

describe('very many', () => {
  test('one secret in many places is listed in fifty of them, and the rest is counted', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 80 }, (_, at) => [`d/${at}.env`, `N=${at}\nTOKEN=${OTHER}\n`]),
    );
    const findings = await lab.search(push(lab.commit({ ...FILES, ...files }, [main])), scanner);
    assert.equal(findings.length, 51);
    assert.equal(findings.at(-1)?.text, 'the same secret in 30 more places');
    assert.equal(findings.at(-1)?.fingerprint, findings[0]?.fingerprint);
    assert.equal(findings.filter(({ remedy }) => remedy !== undefined).length, 1);
  });

  test('many secrets are listed up to a bound, and the rest stands for itself', async () => {
    const lines = Array.from({ length: 520 }, (_, at) => `T${at}=${sampleSecret(RULE, `${at}`)}\n`);
    const findings = await lab.search(push(lab.commit({ ...FILES, 'many.env': lines.join('') }, [main])), scanner);
    assert.equal(findings.length, 501);
    assert.deepEqual(findings.at(-1), {
      rule: 'more-secrets',
      severity: 'critical',
      text: 'and 20 more, not listed one by one',
    });
  });
});
