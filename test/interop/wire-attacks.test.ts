// Push requests that two programs could read differently: each is refused with a clear answer over both doors, nothing
// moves, and the upstream is not even asked (git-receive-pack does execute many of these).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import { emptyPack } from '../../src/protocol/pack.ts';
import { DELIM, encodePkt, FLUSH, RESPONSE_END } from '../../src/protocol/pkt-line.ts';
import { type Door, openWorld, type World } from '../support/world.ts';
import { CAPABILITIES, command, type PushAnswer, packOf, push, pushRequest, ZERO } from './receive-pack-client.ts';

let world: World;
/** A clone of alice's, whose HEAD is one new commit on main. */
let work: string;
let main: string;
let next: string;
let pack: Buffer;
let blob: string;

function git(args: readonly string[], input: string | Buffer = ''): string {
  const options = { cwd: work, env: gitEnvironment({}), input };
  return execFileSync('git', [...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    .toString('utf8')
    .trim();
}

before(async () => {
  world = await openWorld();
  work = await world.clone('http', 'alice');
  main = git(['rev-parse', 'HEAD']);
  next = await world.commit(work, 'alice', { 'src/new.txt': 'new\n' });
  pack = packOf(work, [next], [main]);
  blob = git(['hash-object', '-w', '--stdin'], 'nobody names me\n');
});
after(() => world.close());

const NO_OBJECTS = emptyPack('sha1');
const OPTIONS = `${CAPABILITIES} push-options`;
const regular = () => command(main, next, 'refs/heads/main', CAPABILITIES);
const hidden = (capabilities?: string) => command(ZERO, next, 'refs/heads/hidden', capabilities);
const one = () => pushRequest([[main, next, 'refs/heads/main']], pack);
const raw = (text: string) => Buffer.from(text, 'latin1');

function certificate(capabilities: string, flush: Buffer): Buffer {
  const lines = [
    `push-cert\0${capabilities}\n`,
    'certificate version 0.1\n',
    'pusher alice <alice@example.com> 1700000000 +0000\n',
    'pushee http://example.com/acme/shop.git\n',
    'nonce none\n',
    '\n',
    `${ZERO} ${next} refs/heads/hidden\n`,
    '-----BEGIN PGP SIGNATURE-----\n',
    '-----END PGP SIGNATURE-----\n',
    'push-cert-end\n',
  ];
  return Buffer.concat([...lines.map((line) => encodePkt(line)), flush]);
}

/** A pack with its trailing checksum made right again. */
function sealed(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function counted(count: number): Buffer {
  const body = Buffer.from(pack.subarray(0, -20));
  body.writeUInt32BE(count, 8);
  return sealed(body);
}

function versioned(version: number): Buffer {
  const body = Buffer.from(pack.subarray(0, -20));
  body.writeUInt32BE(version, 4);
  return sealed(body);
}

interface Attack {
  readonly title: string;
  readonly body: () => Buffer;
  /** What the attacker reads: the report, or the words of a refusal. */
  readonly hears: RegExp;
}

const MALFORMED = /malformed/;

const ATTACKS: readonly Attack[] = [
  {
    title: '1: a certificate before plain commands',
    body: () =>
      Buffer.concat([certificate(CAPABILITIES, Buffer.alloc(0)), command(main, next, 'refs/heads/main'), FLUSH, pack]),
    hears: /push certificates are not accepted/,
  },
  {
    title: '1: a certificate behind plain commands',
    body: () => Buffer.concat([regular(), certificate('', Buffer.alloc(0)), FLUSH, pack]),
    hears: /push certificates are not accepted/,
  },
  {
    title: '1: a certificate alone',
    body: () => Buffer.concat([certificate(CAPABILITIES, FLUSH), pack]),
    hears: /push certificates are not accepted/,
  },
  {
    title: '4: capabilities on the second line',
    body: () => Buffer.concat([command(main, next, 'refs/heads/main', ''), hidden(CAPABILITIES), FLUSH, pack]),
    hears: /capabilities after the first command/,
  },
  {
    title: '4: push options asked for on the second line, with a section to match',
    body: () => Buffer.concat([regular(), hidden(OPTIONS), FLUSH, encodePkt('ci.skip'), FLUSH, pack]),
    hears: /capabilities after the first command/,
  },
  {
    title: '5: a delimiter in place of the flush',
    body: () => Buffer.concat([regular(), DELIM, hidden(), FLUSH, pack]),
    hears: MALFORMED,
  },
  {
    title: '5: a response end in place of the flush',
    body: () => Buffer.concat([regular(), RESPONSE_END, hidden(), FLUSH, pack]),
    hears: MALFORMED,
  },
  {
    title: '6: push options echoed, their section missing',
    body: () => Buffer.concat([command(main, next, 'refs/heads/main', OPTIONS), FLUSH, pack]),
    hears: MALFORMED,
  },
  {
    title: '6: a section of push options that nobody announced',
    body: () => Buffer.concat([regular(), FLUSH, encodePkt('ci.skip'), FLUSH, pack]),
    hears: /ng refs\/heads\/main refused: (malformed pack|malformed push|limit)/,
  },
  {
    title: '2: a push option that pretends to be a pack',
    body: () =>
      Buffer.concat([
        command(main, next, 'refs/heads/main', OPTIONS),
        FLUSH,
        encodePkt(raw('PACK\0\0\0\x02\0\0\0\0')),
        FLUSH,
        pack,
      ]),
    hears: MALFORMED,
  },
  {
    title: '7: one ref twice',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/heads/a'],
          [next, main, 'refs/heads/a'],
        ],
        pack,
      ),
    hears: /updates a ref twice: refs\/heads\/a/,
  },
  {
    title: '7: one ref twice, created and deleted',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/heads/a'],
          [next, ZERO, 'refs/heads/a'],
        ],
        pack,
      ),
    hears: /updates a ref twice: refs\/heads\/a/,
  },
  {
    title: '8: two refs that differ in case',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/heads/Main-2'],
          [ZERO, next, 'refs/heads/main-2'],
        ],
        pack,
      ),
    hears: /differ only in case/,
  },
  {
    title: '8: a ref below another',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/heads/a/b'],
          [ZERO, next, 'refs/heads/a'],
        ],
        pack,
      ),
    hears: /a ref lies below another/,
  },
  {
    title: '9: bytes behind the pack',
    body: () => Buffer.concat([one(), raw('HELLO')]),
    hears: /bytes after the end of the pack/,
  },
  {
    title: '9: a whole second push behind the pack',
    body: () => Buffer.concat([one(), pushRequest([[ZERO, next, 'refs/heads/hidden']], pack)]),
    hears: /bytes after the end of the pack/,
  },
  {
    title: '9: bytes behind a deletion, which takes no pack',
    body: () => Buffer.concat([pushRequest([[main, ZERO, 'refs/heads/main']]), pack]),
    hears: /bytes after a push that needs no pack/,
  },
  {
    title: '10: one flipped byte',
    body: () => {
      const broken = Buffer.from(pack);
      broken[40] = (broken[40] as number) ^ 0x20;
      return pushRequest([[main, next, 'refs/heads/main']], broken);
    },
    hears: /ng refs\/heads\/main refused: malformed pack/,
  },
  {
    title: '10: a wrong checksum',
    body: () => {
      const broken = Buffer.from(pack);
      broken[broken.length - 1] = (broken.at(-1) as number) ^ 1;
      return pushRequest([[main, next, 'refs/heads/main']], broken);
    },
    hears: /ng refs\/heads\/main refused: malformed pack/,
  },
  {
    title: '10: more objects promised than sent',
    body: () => pushRequest([[main, next, 'refs/heads/main']], counted(99)),
    hears: /ng refs\/heads\/main refused: malformed pack/,
  },
  {
    title: '10: fewer objects promised than sent',
    body: () => pushRequest([[main, next, 'refs/heads/main']], counted(1)),
    hears: /ng refs\/heads\/main refused: malformed (pack|push)/,
  },
  {
    title: '10: a pack of an unknown version',
    body: () => pushRequest([[main, next, 'refs/heads/main']], versioned(4)),
    hears: /ng refs\/heads\/main refused: malformed pack/,
  },
  {
    title: '10: a pack that is cut off',
    body: () => pushRequest([[main, next, 'refs/heads/main']], pack.subarray(0, -30)),
    hears: /ng refs\/heads\/main refused: malformed pack/,
  },
  {
    title: 'a creation without any pack',
    body: () => pushRequest([[ZERO, next, 'refs/heads/none']]),
    hears: /ng refs\/heads\/none refused: malformed pack/,
  },
  {
    title: '19: an object in the pack that no ref reaches',
    body: () => pushRequest([[main, next, 'refs/heads/main']], packOf(work, [next], [main], { extra: [blob] })),
    hears: /1 sent object that no pushed ref reaches: [0-9a-f]{40}/,
  },
  {
    title: '23: an old value of zero for a branch that exists',
    body: () => pushRequest([[ZERO, next, 'refs/heads/main']], pack),
    hears: /ng refs\/heads\/main refused: stale/,
  },
  {
    title: '23: an old value that makes the difference look small',
    body: () => pushRequest([[next, next, 'refs/heads/main']], pack),
    hears: /ng refs\/heads\/main refused: stale/,
  },
  ...['0004', '0003', 'fff5', '00g1', '-001', '+005', '0x10', '    '].map(
    (length): Attack => ({
      title: `11: a packet of length ${JSON.stringify(length)}`,
      body: () => Buffer.concat([regular(), raw(length), hidden(), FLUSH, pack]),
      hears: MALFORMED,
    }),
  ),
  ...[
    ['refs/heads/a b', 'space'],
    ['refs/heads/a\rb', 'control byte'],
    ['refs/heads/a\x1b[2Jb', 'control byte'],
    ['refs/heads/..', 'two dots'],
    ['refs/heads/a..b', 'two dots'],
    ['refs/heads/a.lock', '.lock'],
    ['refs/heads/a@{1}', '@{'],
    ['refs/heads/a.', 'dot'],
    ['refs/heads/.a', 'dot'],
    ['refs/heads//a', 'empty'],
    ['refs/heads/a:b', 'character :'],
    ['refs/heads/*', 'character *'],
    ['refs/x', 'refs/'],
    ['HEAD', 'refs/'],
    ['refs', 'refs/'],
    ['../refs/heads/a', 'refs/'],
    ['--upload-pack=id', 'refs/'],
  ].map(
    ([refName = '', why = '']): Attack => ({
      title: `12: the ref name ${JSON.stringify(refName)}`,
      body: () => pushRequest([[ZERO, next, refName]], pack),
      hears: new RegExp(`invalid ref name(.|\\n)*${why.replace(/[.*{[]/g, '\\$&')}`),
    }),
  ),
  {
    title: '12: a line feed inside a ref name',
    body: () => pushRequest([[ZERO, next, 'refs/heads/a\nok refs/heads/b']], pack),
    hears: MALFORMED,
  },
  {
    title: '3: a good ref beside a bad one, either way round',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/heads/good'],
          [ZERO, next, 'refs/replace/0123'],
        ],
        pack,
      ),
    hears: /ng refs\/heads\/good [\s\S]*ng refs\/replace\/0123 /,
  },
  {
    title: '3: a bad ref before a good one',
    body: () =>
      pushRequest(
        [
          [ZERO, next, 'refs/replace/0123'],
          [ZERO, next, 'refs/heads/good'],
        ],
        pack,
      ),
    hears: /ng refs\/replace\/0123 [\s\S]*ng refs\/heads\/good /,
  },
  {
    title: '13: an object id that is too short',
    body: () => pushRequest([[main.slice(0, 39), next, 'refs/heads/main']], pack),
    hears: MALFORMED,
  },
  {
    title: '13: an object id that is no hex',
    body: () => pushRequest([[main, `g${next.slice(1)}`, 'refs/heads/main']], pack),
    hears: MALFORMED,
  },
  {
    title: '14: SHA-256 for a SHA-1 repository',
    body: () =>
      pushRequest(
        [['0'.repeat(64), next + next.slice(0, 24), 'refs/heads/wide']],
        pack,
        CAPABILITIES.replace('sha1', 'sha256'),
      ),
    hears: /refused: (object format|malformed pack)/,
  },
  {
    title: '14: long object ids, nothing said of the format',
    body: () => pushRequest([['0'.repeat(64), next + next.slice(0, 24), 'refs/heads/wide']], pack, 'report-status'),
    hears: MALFORMED,
  },
  {
    title: 'a shallow line behind the commands',
    body: () => Buffer.concat([regular(), encodePkt(`shallow ${main}`), FLUSH, pack]),
    hears: /shallow line out of place/,
  },
  {
    title: 'a line that is no command',
    body: () => Buffer.concat([encodePkt('hello'), FLUSH, pack]),
    hears: MALFORMED,
  },
  {
    title: 'a line with two values',
    body: () => Buffer.concat([encodePkt(`${main} refs/heads/main\0${CAPABILITIES}`), FLUSH, pack]),
    hears: MALFORMED,
  },
  {
    title: 'a fetch request',
    body: () => Buffer.concat([encodePkt(`want ${main} ${CAPABILITIES}\n`), FLUSH, encodePkt('done\n')]),
    hears: MALFORMED,
  },
  {
    title: 'a capability with a value where none belongs',
    body: () => pushRequest([[main, next, 'refs/heads/main']], pack, `${CAPABILITIES} push-options=yes`),
    hears: /takes no value/,
  },
  {
    title: 'an end in the middle of a command',
    body: () => regular().subarray(0, 60),
    hears: /malformed|^$/, // over SSH the client is gone by then
  },
  {
    title: '40: the settings of a Gerrit project',
    body: () => pushRequest([[ZERO, next, 'refs/meta/config']], pack),
    hears: /refs\/meta\/config is outside the allowed refs/,
  },
  {
    title: '41: a push option that is an order to the upstream',
    body: () =>
      Buffer.concat([
        command(main, next, 'refs/heads/main', OPTIONS),
        FLUSH,
        encodePkt('secret_push_protection.skip_all'),
        FLUSH,
        pack,
      ]),
    hears: /secret_push_protection\.skip_all/,
  },
];

function heard({ report, text }: PushAnswer): string {
  return [...report, text].join('\n');
}

/** Refs as before, and no push request upstream. */
async function untouched(run: () => Promise<PushAnswer>): Promise<PushAnswer> {
  const refs = await world.upstreamRefs();
  const asked = world.upstreamRequests.length;
  const answer = await run();
  assert.deepEqual(await world.upstreamRefs(), refs);
  const posts = world.upstreamRequests.slice(asked).filter(({ path }) => path.endsWith('/git-receive-pack'));
  assert.deepEqual(posts, [], 'a push reached the upstream');
  return answer;
}

for (const door of ['http', 'ssh'] satisfies Door[]) {
  describe(`over ${door}`, () => {
    for (const { title, body, hears } of ATTACKS) {
      test(title, async () => {
        const answer = await untouched(() => push(world, door, 'alice', body()));
        assert.match(heard(answer), hears);
        // A report names refs as they were sent; what people read is made visible.
        assert.equal(answer.text.includes('\x1b'), false);
        assert.doesNotMatch(heard(answer), /internal error/);
        for (const line of answer.report) assert.doesNotMatch(line, /^ok /);
      });
    }

    test('nothing asked for is nothing answered', async () => {
      for (const body of [FLUSH, Buffer.alloc(0)]) {
        const answer = await untouched(() => push(world, door, 'alice', body));
        assert.equal(answer.status, door === 'http' ? 200 : 0, answer.text);
        assert.equal(heard(answer), '');
      }
    });
  });
}

describe('what looks odd and is none', () => {
  test('2: a branch whose name begins with PACK lands, and the recorded pack is the one that was sent', async () => {
    const answer = await push(world, 'http', 'alice', pushRequest([[ZERO, next, 'refs/heads/PACK-x']], pack));
    assert.deepEqual(answer.report, ['unpack ok', 'ok refs/heads/PACK-x']);
    assert.equal((await world.upstreamRefs())['refs/heads/PACK-x'], next);
    const sent = world.upstreamRequests.findLast(({ path }) => path.endsWith('/git-receive-pack'));
    assert.ok(Number(sent?.bytes) > pack.length);
  });

  test('13: upper-case object ids are what their lower-case twins are', async () => {
    const body = pushRequest([[main.toUpperCase(), next.toUpperCase(), 'refs/heads/main']], pack);
    const answer = await push(world, 'http', 'alice', body);
    assert.deepEqual(answer.report, ['unpack ok', 'ok refs/heads/main'], answer.text);
    assert.equal((await world.upstreamRefs())['refs/heads/main'], next);
  });

  test('a client that leaves its side open after its pack is answered to the end at once, as JGit needs it', async () => {
    const from = performance.now();
    const body = pushRequest([[ZERO, next, 'refs/heads/open']], pack);
    const answer = await push(world, 'ssh', 'alice', body, 'acme/shop', { staysOpen: true });
    assert.deepEqual([answer.status, ...answer.report], [0, 'unpack ok', 'ok refs/heads/open']);
    assert.ok(performance.now() - from < 9_000, 'the gateway waited for a client that waits for the gateway');
  });

  test('72: a branch that looks like an option is a branch', async () => {
    const refName = 'refs/heads/--output=pwned';
    const answer = await push(world, 'ssh', 'alice', pushRequest([[ZERO, main, refName]], NO_OBJECTS));
    assert.deepEqual(answer.report, ['unpack ok', `ok ${refName}`], answer.text);
    assert.equal((await world.upstreamRefs())[refName], main);
  });

  test('a client without bands gets a bare report, and one without a report an empty answer', async () => {
    const bare = pushRequest([[ZERO, main, 'refs/heads/bare']], NO_OBJECTS, 'report-status');
    assert.deepEqual((await push(world, 'http', 'alice', bare)).report, ['unpack ok', 'ok refs/heads/bare']);
    const mute = pushRequest([[ZERO, main, 'refs/replace/mute']], NO_OBJECTS, 'quiet');
    const answer = await untouched(() => push(world, 'http', 'alice', mute));
    assert.deepEqual(answer.report, []);
  });
});

test('6: push options are refused where the upstream takes none', async (t) => {
  const plain = await openWorld({ upstreamConfig: { 'receive.advertisePushOptions': 'false' } });
  t.after(() => plain.close());
  const tip = (await plain.upstreamRefs())['refs/heads/main'] as string;
  const body = (option: string) =>
    Buffer.concat([command(ZERO, tip, 'refs/heads/x', OPTIONS), FLUSH, encodePkt(option), FLUSH, NO_OBJECTS]);
  const refused = await push(plain, 'http', 'alice', body('ci.skip'));
  assert.match(heard(refused), /ng refs\/heads\/x refused: push option[\s\S]*the upstream takes no push options/);
  assert.equal((await plain.upstreamRefs())['refs/heads/x'], undefined);
  // Ours are for the gateway, which understands them wherever they go.
  const own = await push(plain, 'http', 'alice', body('sallyport.reason=try'));
  assert.deepEqual(own.report, ['unpack ok', 'ok refs/heads/x']);
});
