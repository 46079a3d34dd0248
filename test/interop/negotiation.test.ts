// A lasting v0 client and a stateless upstream (src/conversation/stateless-fetch.ts): whatever such a client may say
// over SSH, it hears through the gateway what git's own upload-pack tells it, line by line, and gets the same objects.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import type { SampleCommit } from '../../src/demo-upstream/sample-repo.ts';
import { openWorld, type WorldOptions } from '../support/world.ts';
import { converse, localUploadPack, type Step, sshUploadPack } from './upload-pack-client.ts';

interface Behind {
  readonly name: string;
  readonly options: WorldOptions;
}

const UPSTREAMS: readonly Behind[] = [
  { name: 'an http upstream', options: { upstream: 'http' } },
  { name: 'an ssh upstream', options: { upstream: 'ssh' } },
  { name: 'a v0-only ssh upstream', options: { upstream: 'ssh', upstreamSpeaksV2: false } },
];

/** Long enough that negotiations of C git need several rounds. */
const HISTORY = 80;

/** main: 80 commits; old: 5 commits that share nothing with it; nothing else. */
interface Ids {
  readonly main: readonly string[];
  readonly side: readonly string[];
}

const ABSENT = Array.from({ length: 200 }, (_, at) => at.toString(16).padStart(40, 'f'));

interface Conversation {
  readonly title: string;
  readonly steps: (ids: Ids) => readonly Step[];
  readonly sideband?: boolean;
  readonly gitProtocol?: string;
}

const BANDS = 'side-band-64k ofs-delta no-progress';
const ACK_OR_NAK = /^(ACK|NAK)/;
const tip = (ids: Ids, back = 0) => ids.main.at(-1 - back) as string;
const have = (oid: string) => `have ${oid}`;

const CONVERSATIONS: readonly Conversation[] = [
  { title: 'a client that lists refs and leaves', steps: () => ['0000'] },
  { title: 'a client that leaves after the advertisement', steps: () => [{ hangUp: true }] },
  { title: 'a clone', steps: (ids) => [`want ${tip(ids)} multi_ack_detailed ${BANDS}`, '0000', 'done'] },
  { title: 'a clone without acknowledgments', steps: (ids) => [`want ${tip(ids)} ${BANDS}`, '0000', 'done'] },
  { title: 'a clone in small bands', steps: (ids) => [`want ${tip(ids)} side-band`, '0000', 'done'] },
  {
    title: 'a clone without bands',
    sideband: false,
    steps: (ids) => [`want ${tip(ids)}`, '0000', 'done'],
  },
  {
    title: 'a clone by a v1 client',
    gitProtocol: 'version=1',
    steps: (ids) => [`want ${tip(ids)} multi_ack_detailed ${BANDS}`, '0000', 'done'],
  },
  {
    title: 'two branches at once',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed ${BANDS}`,
      `want ${ids.side.at(-1)}`,
      '0000',
      have(tip(ids, 10)),
      '0000',
      { wait: /^NAK/ },
      'done',
    ],
  },
  {
    title: 'haves and done without any flush',
    steps: (ids) => [`want ${tip(ids)} multi_ack_detailed ${BANDS}`, '0000', have(tip(ids, 3)), 'done'],
  },
  {
    title: 'haves of which the upstream knows none, then done',
    steps: (ids) => [`want ${tip(ids)} multi_ack_detailed ${BANDS}`, '0000', ...ABSENT.slice(0, 40).map(have), 'done'],
  },
  ...['multi_ack_detailed', 'multi_ack'].flatMap((ack): Conversation[] => [
    {
      title: `${ack}: unknown haves for three rounds, then common ones, each round awaited`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} ${BANDS}`,
        '0000',
        ...[0, 1, 2].flatMap((round) => [
          ...ABSENT.slice(round * 30, round * 30 + 30).map(have),
          '0000',
          { wait: /^NAK/ },
        ]),
        have(tip(ids, 5)),
        have(tip(ids, 6)),
        '0000',
        { wait: /^NAK/ },
        have(tip(ids, 7)),
        '0000',
        { wait: /^NAK/ },
        'done',
      ],
    },
    {
      title: `${ack}: common haves first, then unknown ones, until the server is ready`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} ${BANDS}`,
        '0000',
        have(tip(ids, 20)),
        have(ABSENT[0] as string),
        '0000',
        { wait: /^NAK/ },
        have(ABSENT[1] as string),
        '0000',
        { wait: /^NAK/ },
        have(ABSENT[2] as string),
        'done',
      ],
    },
    {
      title: `${ack}: a branch the server cannot be ready for, with unknown haves between common ones`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} ${BANDS}`,
        `want ${ids.side.at(-1)}`,
        '0000',
        ...[30, 31, 32, 33].flatMap((back) => [have(tip(ids, back)), have(ABSENT[back] as string), '0000']),
        have(ids.side[1] as string),
        have(ABSENT[0] as string),
        '0000',
        'done',
      ],
    },
    {
      title: `${ack}: everything said at once, nothing awaited`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} ${BANDS}`,
        '0000',
        ...ids.main
          .slice(0, 60)
          .toReversed()
          .flatMap((oid, at) => (at % 16 === 15 ? [have(oid), '0000'] : [have(oid)])),
        'done',
      ],
    },
    {
      title: `${ack}: empty rounds`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} ${BANDS}`,
        '0000',
        '0000',
        '0000',
        { wait: /^NAK/ },
        have(tip(ids, 2)),
        '0000',
        '0000',
        'done',
      ],
    },
  ]),
  {
    title: 'single acknowledgment: unknown haves, then common ones (as go-git and old clients negotiate)',
    steps: (ids) => [
      `want ${tip(ids)} ${BANDS}`,
      '0000',
      ...ABSENT.slice(0, 16).map(have),
      '0000',
      { wait: ACK_OR_NAK },
      have(tip(ids, 9)),
      have(tip(ids, 10)),
      '0000',
      { wait: ACK_OR_NAK },
      'done',
    ],
  },
  {
    title: 'single acknowledgment: a window ahead, so that haves follow the acknowledged one',
    steps: (ids) => [
      `want ${tip(ids)} ${BANDS}`,
      `want ${ids.side.at(-1)}`,
      '0000',
      have(tip(ids, 9)),
      '0000',
      have(ids.side[1] as string),
      have(tip(ids, 4)),
      '0000',
      'done',
    ],
  },
  {
    title: 'single acknowledgment without bands: the pack follows the one ACK',
    sideband: false,
    steps: (ids) => [`want ${tip(ids)}`, '0000', have(tip(ids, 9)), '0000', have(tip(ids, 8)), '0000', 'done'],
  },
  {
    title: 'a client that has everything after the first answer and leaves',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed ${BANDS}`,
      '0000',
      have(tip(ids)),
      '0000',
      { wait: /^NAK/ },
      { hangUp: true },
    ],
  },
  {
    title: 'a client that leaves after a NAK',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed ${BANDS}`,
      '0000',
      have(ABSENT[0] as string),
      '0000',
      { wait: /^NAK/ },
      { hangUp: true },
    ],
  },
  {
    title: 'a shallow clone',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow ${BANDS}`,
      'deepen 3',
      '0000',
      { wait: /^0000/ },
      'done',
    ],
  },
  {
    title: 'a shallow clone since a date, without a ref',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow deepen-since deepen-not ${BANDS}`,
      `deepen-since ${1_700_000_000 + 60 * 70}`,
      '0000',
      { wait: /^0000/ },
      'done',
    ],
  },
  {
    title: 'a shallow clone up to a ref',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow deepen-since deepen-not ${BANDS}`,
      'deepen-not refs/tags/middle',
      '0000',
      { wait: /^0000/ },
      'done',
    ],
  },
  ...['multi_ack_detailed', 'multi_ack'].map(
    (ack): Conversation => ({
      title: `${ack}: deepening a shallow clone while new commits arrive, in several rounds`,
      steps: (ids) => [
        `want ${tip(ids)} ${ack} shallow ${BANDS}`,
        `shallow ${tip(ids, 12)}`,
        'deepen 20',
        '0000',
        { wait: /^0000/ },
        have(ABSENT[0] as string),
        '0000',
        { wait: /^NAK/ },
        have(tip(ids, 10)),
        have(tip(ids, 11)),
        '0000',
        { wait: /^NAK/ },
        have(tip(ids, 12)),
        'done',
      ],
    }),
  ),
  {
    title: 'making a shallow clone whole',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow ${BANDS}`,
      `shallow ${tip(ids, 5)}`,
      'deepen 2147483647',
      '0000',
      { wait: /^0000/ },
      have(tip(ids)),
      '0000',
      { wait: /^NAK/ },
      'done',
    ],
  },
  {
    title: 'a fetch into a shallow clone that stays as shallow',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow ${BANDS}`,
      `shallow ${tip(ids, 12)}`,
      '0000',
      have(tip(ids, 10)),
      '0000',
      { wait: /^NAK/ },
      'done',
    ],
  },
  {
    title: 'a partial clone without blobs',
    steps: (ids) => [`want ${tip(ids)} multi_ack_detailed filter ${BANDS}`, 'filter blob:none', '0000', 'done'],
  },
  {
    title: 'a shallow partial clone without trees',
    steps: (ids) => [
      `want ${tip(ids)} multi_ack_detailed shallow filter ${BANDS}`,
      'deepen 2',
      'filter tree:0',
      '0000',
      { wait: /^0000/ },
      'done',
    ],
  },
  {
    title: 'a want that the upstream does not have',
    steps: () => [`want ${ABSENT[0]} multi_ack_detailed ${BANDS}`, '0000', 'done'],
  },
  {
    title: 'a shallow want that the upstream does not have',
    steps: () => [`want ${ABSENT[0]} multi_ack_detailed shallow ${BANDS}`, 'deepen 1', '0000', { wait: /^ERR/ }],
  },
  {
    title: 'haves after a want that the upstream does not have',
    steps: (ids) => [`want ${ABSENT[0]} multi_ack_detailed ${BANDS}`, '0000', have(tip(ids)), '0000', { wait: /^ERR/ }],
  },
];

for (const { name, options } of UPSTREAMS) {
  test(`a lasting client hears through the gateway what git itself says, before ${name}`, async (t) => {
    const world = await openWorld({ ...options, commits: HISTORY_COMMITS });
    t.after(() => world.close());
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: world.upstreamDirectory, env: gitEnvironment({}) })
        .toString()
        .trim();
    const ids: Ids = {
      main: git('rev-list', '--reverse', 'main').split('\n'),
      side: git('rev-list', '--reverse', 'side').split('\n'),
    };
    git('update-ref', 'refs/tags/middle', ids.main[40] as string);
    for (const { title, steps, sideband, gitProtocol } of CONVERSATIONS) {
      await t.test(title, async () => {
        const form = sideband === undefined ? {} : { sideband };
        const [direct, gate] = await Promise.all([
          converse(localUploadPack(world.upstreamDirectory, gitProtocol), steps(ids), form),
          converse(sshUploadPack(world, 'alice', gitProtocol), steps(ids), form),
        ]);
        assert.deepEqual(gate.lines, direct.lines);
        assert.deepEqual(gate.objects, direct.objects);
        assert.equal(gate.errors, '', 'no trouble of the gateway');
      });
    }
  });
}

test('an upstream that goes away in the middle of a negotiation is named in an ERR packet', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  const tip = (await world.upstreamRefs())['refs/heads/main'] as string;
  const { lines, code } = await converse(sshUploadPack(world, 'alice'), [
    `want ${tip} multi_ack_detailed ${BANDS}`,
    '0000',
    have(ABSENT[0] as string),
    '0000',
    { wait: /^NAK/ },
    { run: () => world.upstreamRelay.goDown() },
    'done',
  ]);
  // Whether the end of the first answer was still under way decides which of the two.
  assert.equal(lines[0], 'NAK');
  assert.match(lines[1] ?? '', /^ERR the upstream (is unavailable now|broke off its answer)\nhint: try again later$/);
  assert.equal(lines.length, 2);
  assert.equal(code, 128);
});

const HISTORY_COMMITS: readonly SampleCommit[] = [
  ...Array.from({ length: HISTORY }, (_, at) => ({
    message: `commit ${at}\n`,
    files: { [`src/file-${at % 7}.txt`]: `line ${at}\n`.repeat(5) },
  })),
  ...Array.from({ length: 5 }, (_, at) => ({
    ref: 'refs/heads/side',
    message: `side ${at}\n`,
    files: { 'side.txt': `side ${at}\n` },
  })),
];
