// Shallow clones: every door, every kind of upstream, protocol v0 and v2 of the client. Each step leaves the clone
// exactly as the same step without a gateway does: refs, objects, and where history is cut.
import { test } from 'node:test';
import {
  Client,
  eachWay,
  OLD_AND_NEW,
  openFetchWorld,
  perDoor,
  sameLines,
  startDirect,
  UPSTREAMS,
} from './fetching.ts';

type Step = readonly [what: string, run: (client: Client) => Promise<unknown>];

const AFTER = 'after:refs/remotes/origin/after';

const STORIES: readonly {
  readonly title: string;
  readonly clone: readonly string[];
  readonly steps: readonly Step[];
}[] = [
  {
    title: 'by depth',
    clone: ['--depth=3', '-b', 'before'],
    steps: [
      [
        'new commits onto a shallow clone',
        (client) => client.git('fetch', '-q', '--no-tags', '--depth=2', 'origin', AFTER),
      ],
      [
        'deeper, with commits of its own',
        async (client) => {
          await client.grow('own', 'refs/heads/before^0', 300);
          await client.git('fetch', '-q', '--no-tags', '--deepen=20', 'origin', AFTER);
        },
      ],
      ['tags into a shallow clone', (client) => client.git('fetch', '-q', '--depth=25', 'origin', 'tag', 'v1')],
      ['made whole', (client) => client.git('fetch', '-q', '--no-tags', '--unshallow', 'origin', 'before', AFTER)],
    ],
  },
  {
    title: 'by date and by ref',
    clone: ['--shallow-since=1700002400', '-b', 'main', '--no-single-branch'],
    steps: [
      [
        'further back in time',
        (client) => client.git('fetch', '-q', '--no-tags', '--shallow-since=1700001500', 'origin'),
      ],
      ['up to a ref', (client) => client.git('fetch', '-q', '--no-tags', '--shallow-exclude=light', 'origin', AFTER)],
    ],
  },
];

for (const { name, options } of UPSTREAMS) {
  test(`shallow history is cut where the repository itself would cut it, before: ${name}`, async (t) => {
    const world = await openFetchWorld(options);
    t.after(() => world.close());
    const direct = await startDirect(t, world, options);
    for (const [at, { title, clone, steps }] of STORIES.entries()) {
      const play = async (client: Client): Promise<readonly string[]> => {
        await client.clone(...clone);
        const states = [await client.state()];
        for (const [, run] of steps) {
          await run(client);
          states.push(await client.state());
        }
        return states;
      };
      const expected = await perDoor((way) => play(new Client(world, way, `shallow${at}`, { direct })));
      await eachWay(async (way) => {
        const states = await play(new Client(world, way, `shallow${at}`));
        for (const [step, state] of states.entries()) {
          sameLines(state, expected[way.door][step] as string, `${title}, ${steps[step - 1]?.[0] ?? 'the clone'}`);
        }
      }, OLD_AND_NEW);
    }
  });
}
