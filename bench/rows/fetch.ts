// Reading through the gate: whole clones, and the fetch that follows a colleague's push.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, median, type Samples, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Door } from '../stage.ts';
import { type Bench, type Row, type RowGroup, usageNotes } from './row.ts';

const SHAPE = { commits: 200, filesPerCommit: 100, spread: 100, fileBytes: 6_000 };
const SHAPE_QUICK = { commits: 20, filesPerCommit: 100, spread: 100, fileBytes: 3_000 };

export const clonesAndFetches: RowGroup = {
  name: 'fetch',
  async run(bench) {
    const { stage } = bench;
    bench.say('making a repository to clone');
    const shape = bench.isQuick ? SHAPE_QUICK : SHAPE;
    const template = await makeRepository(stage, 'read', shape);
    // As hosting servers keep theirs: one pack with a bitmap.
    await stage.git(['repack', '-qadb', '--window=0'], template);
    const size = Number(/size-pack: (\d+)/.exec(await stage.git(['count-objects', '-v'], template))?.[1]) / 976.6;
    const rows: Row[] = [];
    for (const door of bench.doors) {
      rows.push(await clones(bench, template, door, Math.round(size)));
      rows.push(await fetches(bench, template, door));
    }
    return rows;
  },
};

async function clones(bench: Bench, template: string, door: Door, size: number): Promise<Row> {
  const { stage } = bench;
  const name = `${door}/read`;
  stage.install(template, name);
  bench.say(`clone, ${door}`);
  const rounds = { count: bench.rounds(5, 2), warmUp: 1, isLate: bench.isLate };
  const stop = watch(stage.gatewayPid);
  const samples = await interleave(rounds, async (side, round) => {
    const target = join(stage.directory, `read-${door}-${side}-${round}`);
    const taken = await stage.time(['clone', '-q', '--bare', stage.url(side, door, name), target]);
    await rm(target, { recursive: true });
    return taken;
  });
  return {
    work: `clone of ${size} MB`,
    door,
    samples,
    figures: [ratio(samples)],
    notes: usageNotes(stop(), rounds.count + rounds.warmUp),
  };
}

async function fetches(bench: Bench, template: string, door: Door): Promise<Row> {
  const { stage } = bench;
  const name = `${door}/read-on`;
  const upstream = stage.install(template, name);
  const head = Number(await stage.git(['rev-list', '--count', 'main'], upstream));
  const step = Math.max(1, Math.floor(head / 20));
  bench.say(`fetch, ${door}`);
  const rounds = { count: bench.rounds(7, 2), warmUp: 1, isLate: bench.isLate };
  const stop = watch(stage.gatewayPid);
  const samples = await interleave(rounds, async (side, round) => {
    // A clone that lacks the newest commits: the upstream's branch is set back, cloned, and set forward again.
    const target = join(stage.directory, `read-on-${door}-${side}-${round}`);
    await stage.git(['update-ref', 'refs/heads/main', `refs/heads/main~${step}`], upstream);
    await stage.git(['clone', '-q', '--bare', '--no-local', upstream, target]);
    await stage.git(['fetch', '-q', template, '+refs/heads/main:refs/heads/main'], upstream);
    const taken = await stage.time(['fetch', '-q', stage.url(side, door, name), 'main'], target);
    await rm(target, { recursive: true });
    return taken;
  });
  return {
    work: `fetch of the newest ${step} commits`,
    door,
    samples,
    figures: [ratio(samples)],
    notes: usageNotes(stop(), rounds.count + rounds.warmUp),
  };
}

function ratio(samples: Samples) {
  const value = median(samples.gate) / median(samples.direct);
  return { name: 'ratio', value, unit: 'x', must: { max: 1.1 }, aim: { max: 1.03 } } as const;
}
