// Pushes that could fill a memory: very many objects, and very many bytes.
import { rm } from 'node:fs/promises';
import { interleave, median, type Usage, watch } from '../measure.ts';
import { makeRepository, type Shape } from '../repositories.ts';
import type { Door } from '../stage.ts';
import { stepsNote } from './one-commit.ts';
import { type Bench, MB, type Row, type RowGroup, usageNotes } from './row.ts';

const MAX_GROWTH_MB = 150;

export const manyObjects: RowGroup = {
  name: 'many-objects',
  run: (bench) =>
    largePush(bench, {
      name: 'many',
      shape: bench.isQuick
        ? { commits: 10, filesPerCommit: 500, spread: 100, fileBytes: 2_000 }
        : { commits: 100, filesPerCommit: 980, spread: 400, fileBytes: 2_750 },
      rounds: bench.rounds(2, 1),
      warmUp: bench.isQuick ? 0 : 1,
      must: { max: 1.6 },
      aim: { max: 1.2 },
    }),
};

export const manyBytes: RowGroup = {
  name: 'many-bytes',
  run: (bench) =>
    largePush(bench, {
      name: 'bytes',
      // More than a hundred objects: fewer are unpacked and compressed by the upstream, whoever sends them.
      shape: {
        commits: 4,
        filesPerCommit: 32,
        spread: 16,
        fileBytes: (bench.isQuick ? 0.5 : 8) * 1024 * 1024,
        isBinary: true,
      },
      rounds: 1,
      warmUp: 0,
    }),
};

interface LargePush {
  readonly name: string;
  readonly shape: Shape;
  readonly rounds: number;
  readonly warmUp: number;
  readonly must?: { readonly max: number };
  readonly aim?: { readonly max: number };
}

async function largePush(bench: Bench, wanted: LargePush): Promise<readonly Row[]> {
  const { stage } = bench;
  bench.say(`making what is pushed: ${wanted.name}`);
  const base = await makeRepository(stage, `${wanted.name}-base`, {
    commits: 3,
    filesPerCommit: 5,
    spread: 10,
    fileBytes: 1_000,
  });
  const client = await makeRepository(stage, wanted.name, wanted.shape, base);
  // What is pushed is already packed without deltas: git reuses it as it is.
  await stage.git(['config', 'pack.window', '0'], client);
  const count = await stage.git(
    ['rev-list', '--objects', '--count', 'main', '--not', `main~${wanted.shape.commits}`],
    client,
  );
  const rows: Row[] = [];
  // Before the first of them, warm-up included: memory that a process keeps for its next large push has grown too.
  const { rssBefore } = watch(stage.gatewayPid)();
  for (const door of bench.doors) {
    if (bench.isLate()) break;
    rows.push(await pushes(bench, wanted, { base, client, objects: Number(count), rssBefore }, door));
  }
  await rm(client, { recursive: true });
  return rows;
}

async function pushes(
  bench: Bench,
  wanted: LargePush,
  prepared: { readonly base: string; readonly client: string; readonly objects: number; readonly rssBefore: number },
  door: Door,
): Promise<Row> {
  const { stage } = bench;
  const { base, client, objects, rssBefore } = prepared;
  const rounds = { count: wanted.rounds, warmUp: wanted.warmUp, isLate: bench.isLate };
  const usages: Usage[] = [];
  const packBytes = Number(/size-pack: (\d+)/.exec(await stage.git(['count-objects', '-v'], client))?.[1]) * 1024;
  const samples = await interleave(rounds, async (side, round) => {
    const name = `${door}/${wanted.name}-${side}-${round}`;
    bench.say(`${wanted.name}, ${door}, ${side}, round ${round + 1} of ${rounds.warmUp + rounds.count}`);
    const target = stage.install(base, name);
    if (round === rounds.warmUp && side === 'gate') await stage.steps();
    const stop = watch(stage.gatewayPid);
    const taken = await stage.time(['push', '-q', stage.url(side, door, name), 'main:refs/heads/main'], client);
    const usage = stop();
    if (side === 'gate') usages.push({ ...usage, rssBefore });
    const landed = await stage.git(['rev-parse', 'refs/heads/main'], target);
    if (landed !== (await stage.git(['rev-parse', 'main'], client)))
      throw new Error(`the push to ${name} did not land`);
    await rm(target, { recursive: true });
    return taken;
  });
  const rssPeak = Math.max(...usages.map((usage) => usage.rssPeak));
  const usage = usages.at(-1);
  return {
    work: `push of ${Math.round(packBytes / MB)} MB in ${objects} objects`,
    door,
    samples,
    figures: [
      {
        name: 'ratio',
        value: median(samples.gate) / median(samples.direct),
        unit: 'x',
        ...(wanted.must === undefined ? {} : { must: wanted.must }),
        ...(wanted.aim === undefined ? {} : { aim: wanted.aim }),
      },
      { name: 'RSS growth', value: (rssPeak - rssBefore) / MB, unit: 'MB', must: { max: MAX_GROWTH_MB } },
    ],
    notes: [...(usage === undefined ? [] : usageNotes({ ...usage, rssPeak }, 1)), stepsNote(await stage.steps())],
  };
}
