// Everybody pushes at once, each to a branch of their own in one repository.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, median, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Door } from '../stage.ts';
import { stepsNote } from './one-commit.ts';
import { type Bench, type Row, type RowGroup, usageNotes } from './row.ts';

const SHAPE = { commits: 20, filesPerCommit: 10, spread: 20, fileBytes: 2_000 };

export const manyClients: RowGroup = {
  name: 'many-clients',
  async run(bench) {
    const template = await makeRepository(bench.stage, 'crowd', SHAPE);
    const rows: Row[] = [];
    for (const door of bench.doors) rows.push(await pushes(bench, template, door));
    return rows;
  },
};

async function pushes(bench: Bench, template: string, door: Door): Promise<Row> {
  const { stage } = bench;
  const clients = bench.isQuick ? 8 : 32;
  const work = `${clients} clients pushing at once`;
  bench.say(`${work}, ${door}`);
  const names = { direct: `${door}/crowd-direct`, gate: `${door}/crowd-gate` };
  for (const name of Object.values(names)) stage.install(template, name);
  const clones = Array.from({ length: clients }, (_, at) => join(stage.directory, `crowd-${door}-${at}`));
  for (const clone of clones) await stage.git(['clone', '-q', template, clone]);
  const rounds = { count: bench.rounds(4, 2), warmUp: 1, isLate: bench.isLate };
  let committed = -1;
  const failures = { direct: 0, gate: 0 };
  const stop = watch(stage.gatewayPid);
  const samples = await interleave(rounds, async (side, round) => {
    if (committed < round) {
      committed = round;
      for (const [at, clone] of clones.entries()) {
        await writeFile(join(clone, `client-${at}.txt`), `round ${round}\n`);
        await stage.git(['add', '-A'], clone);
        await stage.git(['commit', '-q', '-m', `client ${at}, round ${round}`], clone);
      }
      if (round === rounds.warmUp) await stage.steps();
    }
    const url = stage.url(side, door, names[side]);
    const start = performance.now();
    const all = clones.map((clone, at) => stage.time(['push', '-q', url, `HEAD:refs/heads/client-${at}`], clone));
    const ended = await Promise.allSettled(all);
    const taken = performance.now() - start;
    for (const one of ended) {
      if (one.status === 'fulfilled') continue;
      failures[side] += 1;
      bench.say(`${work}, ${door}, ${side}: ${String(one.reason).slice(0, 300)}`);
    }
    return taken;
  });
  const usage = stop();
  return {
    work,
    door,
    samples,
    figures: [
      {
        name: 'throughput',
        value: median(samples.direct) / median(samples.gate),
        unit: 'x',
        must: { min: 0.6 },
        aim: { min: 0.9 },
      },
      { name: 'failed pushes', value: failures.gate, unit: 'errors', must: { max: 0 } },
    ],
    notes: [
      `pushes a second: direct ${((clients / median(samples.direct)) * 1000).toFixed(1)}, gate ${((clients / median(samples.gate)) * 1000).toFixed(1)}`,
      ...(failures.direct === 0 ? [] : [`${failures.direct} direct pushes failed`]),
      ...usageNotes(usage, (rounds.count + rounds.warmUp) * clients),
      stepsNote(await stage.steps()),
    ],
  };
}
