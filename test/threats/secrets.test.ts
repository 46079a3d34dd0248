// Secrets in every place where a push can hide one: rows 20, 21, 28, 30, 37, 38 and 92 of THREATS.md, pushed for real,
// over both doors in turn. Each attempt is refused, nothing goes upstream, and no answer repeats the value.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { SecretScanner } from '../../src/domain/secrets/secret-scanner.ts';
import { sampleSecret } from '../support/sample-secret.ts';
import { type Door, openWorld, type World } from '../support/world.ts';
import { Attacker, newestPush, relayedPushes, shownPush } from './attacker.ts';

const RULE = 'github-personal-access-token';
const SECRET = sampleSecret(RULE, 'stolen');
const LINE = `token = "${SECRET}"\n`;

let world: World;
let eve: Attacker;
let base: string;

before(async () => {
  world = await openWorld({ policy: 'version: 1\npushOptions: all\n' });
  eve = new Attacker(world, 'alice', await world.clone('http', 'alice'));
  base = await eve.oid('origin/main');
  await eve.git(['push', '-q', world.upstreamDirectory, `${base}:refs/heads/topic`]);
  await eve.git(['fetch', '-q', 'origin']);
});

after(() => world?.close());

interface Attempt {
  readonly row: number;
  readonly title: string;
  /** Makes the objects; answers the arguments of `git push`. */
  make(): Promise<readonly string[]>;
  /** Its ref must be named as it is in git's own lines. */
  readonly isRefName?: boolean;
}

function attempts(list: readonly Attempt[]): void {
  for (const [at, { row, title, make, isRefName }] of list.entries()) {
    const door: Door = at % 2 === 0 ? 'http' : 'ssh';
    test(`${row}: ${title}`, async () => {
      const refs = await world.upstreamRefs();
      const relayed = relayedPushes(world);
      await eve.startFrom(base);
      const args = await make();
      const pushed = await world.git('alice', ['push', world.url(door, 'alice'), ...args], { cwd: eve.cwd });
      assert.equal(pushed.code, 1, pushed.stderr);
      assert.match(pushed.stderr, /\(refused: default: secrets\)/);
      assert.match(pushed.stderr, new RegExp(`remote: .* ${RULE} ghp_…`));
      assert.deepEqual(await world.upstreamRefs(), refs);
      assert.equal(relayedPushes(world), relayed, 'no push request went upstream');
      const ours = pushed.stderr.split('\n').filter((line) => line.startsWith('remote: '));
      if (isRefName !== true) assert.ok(!pushed.stderr.includes(SECRET), 'no line repeats it');
      assert.ok(!ours.join('\n').includes(SECRET), 'no line of ours repeats it');
      const { verdict } = await shownPush(world, (await newestPush(world)).id);
      assert.ok(!JSON.stringify(verdict).includes(SECRET), 'no reason repeats it');
    });
  }
}

/** One file of these bytes on top of main. */
async function fileOf(content: Buffer | string, name = 'data.bin', mode = '100644'): Promise<readonly string[]> {
  const oid = await eve.object('blob', content);
  return [`${await eve.commitOf(await eve.tree([{ mode, name, oid }]), [base])}:refs/heads/x`];
}

describe('added in one commit, gone in a later one', () => {
  const inFive = async () => {
    for (const [at, text] of [LINE, LINE, 'none\n', 'none\n', 'none\n'].entries()) {
      await eve.commit({ 'conf.ini': text, 'src/n.js': `${at}\n` });
    }
  };
  attempts([
    {
      row: 20,
      title: 'a secret in the first of five commits of a new branch, taken out in the third',
      async make() {
        await inFive();
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 21,
      title: 'the same on a branch that is there',
      async make() {
        await inFive();
        return ['HEAD:refs/heads/topic'];
      },
    },
  ]);
});

describe('text that is in no file', () => {
  const person = 'Eve <eve@example.com> 1700002000 +0000';
  const commitWith = async (author: string, header: string, message: string) => {
    const head = `tree ${await eve.oid(`${base}^{tree}`)}\nparent ${base}\nauthor ${author}\ncommitter ${person}\n`;
    return [`${await eve.object('commit', `${head}${header}\n${message}`)}:refs/heads/x`];
  };
  attempts([
    { row: 28, title: 'a secret in a message', make: () => commitWith(person, '', `fix\n\n${LINE}`) },
    {
      row: 28,
      title: 'a secret in the name of an author',
      make: () => commitWith(`${SECRET} <e@example.com> 1700002000 +0000`, '', 'm\n'),
    },
    {
      row: 28,
      title: 'a secret in a header nobody reads',
      make: () => commitWith(person, `x-data ${SECRET}\n`, 'm\n'),
    },
    {
      row: 28,
      title: 'a secret in a message in base64, under a header that calls it an encoding',
      make: () => commitWith(person, 'encoding x-base64\n', `${Buffer.from(`fix it\n\n${LINE}`).toString('base64')}\n`),
    },
    {
      row: 28,
      title: 'a secret in the message of a tag',
      make: async () => [`${await eve.tagOf(base, 'commit', LINE)}:refs/tags/v9`],
    },
    {
      row: 28,
      title: 'a secret in the name of a branch',
      isRefName: true,
      make: async () => [`${base}:refs/heads/${SECRET}`],
    },
    {
      row: 28,
      title: 'a secret in a push option',
      make: async () => ['-o', `ci.variable=${SECRET}`, `${base}:refs/heads/x`],
    },
    { row: 28, title: 'a secret in the target of a link', make: () => fileOf(`/srv/${SECRET}`, 'link', '120000') },
    { row: 28, title: 'a secret in the name of a file', make: () => fileOf('x\n', `${SECRET}.txt`) },
    {
      row: 28,
      title: 'a secret in the name of an empty folder',
      async make() {
        const oid = await eve.tree([]);
        return [`${await eve.commitOf(await eve.tree([{ mode: '40000', name: SECRET, oid }]), [base])}:refs/heads/x`];
      },
    },
    {
      row: 28,
      title: 'a secret in a note',
      async make() {
        await eve.git(['notes', 'add', '-f', '-m', LINE, base]);
        return ['refs/notes/commits'];
      },
    },
  ]);
});

describe('content in other forms', () => {
  const utf16 = (text: string, order: 'le' | 'be') => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return order === 'le' ? bytes : bytes.swap16();
  };
  const utf32 = (text: string) =>
    Buffer.from(
      Array.from(`\ufeff${text}`, (one) => [one.codePointAt(0) ?? 0, 0, 0]).flatMap(([code = 0]) => [
        code & 255,
        code >> 8,
        0,
        0,
      ]),
    );
  const filler = Array.from({ length: 300 }, (_, at) => `line ${at} of nothing much`).join('\n');
  const forms: readonly [string, Buffer | string][] = [
    ['UTF-16, little end first', utf16(LINE, 'le')],
    ['UTF-16, big end first', utf16(LINE, 'be')],
    ['UTF-32', utf32(LINE)],
    ['UTF-8 with a mark', `\ufeff${LINE}`],
    ['base64', `data: ${Buffer.from(`${filler}${LINE}`).toString('base64')}\n`],
    ['base64 in lines', `${Buffer.from(`${filler}${LINE}`).toString('base64').replace(/.{76}/g, '$&\n')}\n`],
    ['hex', `data: ${Buffer.from(LINE).toString('hex')}\n`],
    ['gzip', gzipSync(`${filler}\n${LINE}`)],
    ['gzip in gzip', gzipSync(gzipSync(`${filler}\n${LINE}`))],
    ['zlib', deflateSync(`${filler}\n${LINE}`)],
    ['a notebook', JSON.stringify({ cells: [{ cell_type: 'code', source: ['x = 1\n', LINE] }], nbformat: 4 })],
    ['escapes of JSON', JSON.stringify(LINE).replace(/[a-z]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)],
    ['one line of a megabyte', `${'var a=1;'.repeat(130_000)}${LINE}${'var b=2;'.repeat(1000)}`],
    [
      'behind a NUL, which makes it binary to git',
      Buffer.concat([Buffer.from([0, 1, 2, 0]), Buffer.from(`\n${LINE}`)]),
    ],
  ];
  attempts(forms.map(([what, content]) => ({ row: 30, title: `a secret in ${what}`, make: () => fileOf(content) })));
});

describe('a push that would judge itself', () => {
  attempts([
    {
      row: 37,
      title: 'a policy, an ignore file and an allowlist beside the secret',
      async make() {
        await eve.commit({
          'policy.yaml': 'version: 1\ndefaults: { secrets: allow }\n',
          '.gitleaks.toml': "[allowlist]\npaths = ['.*']\n",
          '.gitleaksignore': 'conf.ini:github-pat:1\n',
          '.github/secret_scanning.yml': 'paths-ignore: ["**"]\n',
          'conf.ini': LINE,
        });
        return ['HEAD:refs/heads/x'];
      },
    },
    {
      row: 37,
      title: 'a comment that allows it',
      make: () => fileOf(`token = "${SECRET}" # sallyport:allow, gitleaks:allow, nosec\n`, 'conf.ini'),
    },
    {
      row: 38,
      title: 'attributes that make the file binary, generated and diffed by a program',
      async make() {
        await eve.git(['config', 'diff.hide.textconv', 'true']);
        await eve.commit({ '.gitattributes': '*.js -diff binary linguist-generated diff=hide\n', 'a.js': LINE });
        return ['HEAD:refs/heads/x'];
      },
    },
  ]);
});

test('92: the findings of a refused push name the place and the kind, and never the value', async () => {
  await eve.startFrom(base);
  await eve.commit({ 'deep/conf.ini': `a = 1\n${LINE}` });
  await world.git('alice', ['push', world.url('http', 'alice'), 'HEAD:refs/heads/x'], { cwd: eve.cwd });
  const { id } = await newestPush(world);
  const { body } = await world.api('alice', 'GET', `/api/v1/pushes/${id}`);
  const [finding] = (body as { findings: readonly Record<string, unknown>[] }).findings;
  assert.deepEqual(
    { rule: finding?.['rule'], path: finding?.['path'], line: finding?.['line'], column: finding?.['column'] },
    { rule: RULE, path: 'deep/conf.ini', line: 2, column: 10 },
  );
  const explained = await world.api('root', 'GET', `/api/v1/pushes/${id}/explain`);
  assert.equal(explained.status, 200);
  for (const text of [JSON.stringify(body), JSON.stringify(explained.body)]) {
    for (let at = 8; at + 12 <= SECRET.length; at++)
      assert.ok(!text.includes(SECRET.slice(at, at + 12)), 'a piece of it');
  }
});

describe('a search that does not end', () => {
  const scanners: readonly [string, SecretScanner['scanObjects']][] = [
    ['fails', async (objects) => (objects.length === 0 ? [] : Promise.reject(new Error('it crashed')))],
    ['leaves an object out', async () => []],
    [
      'never answers',
      (objects, signal) =>
        new Promise((resolve, reject) => {
          if (objects.length === 0) resolve([]);
          signal?.addEventListener('abort', () => reject(new Error('called off')));
        }),
    ],
  ];
  for (const [what, scanObjects] of scanners) {
    test(`52: a scanner that ${what} refuses the push`, async () => {
      const none = async () => {};
      const scanRepository = async () => Promise.reject(new Error('not here'));
      const broken = await openWorld({
        gateway: '  limits: { receiveTimeout: 2s }\n',
        scanner: { scanObjects, scanRepository, scanArriving: () => undefined, warm: none, close: none },
      });
      try {
        const cwd = await broken.clone('http', 'alice');
        const refs = await broken.upstreamRefs();
        await broken.commit(cwd, 'alice', { 'harmless.txt': 'x\n' });
        const pushed = await broken.git('alice', ['push', 'origin', 'HEAD:main'], { cwd });
        assert.equal(pushed.code, 1);
        assert.match(pushed.stderr, /\(refused: secret scan\)/);
        assert.deepEqual(await broken.upstreamRefs(), refs);
      } finally {
        await broken.close();
      }
    });
  }
});
