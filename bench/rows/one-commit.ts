// The push everybody makes all day: one commit, to a repository the gateway knows, whatever its size.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, median, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Door } from '../stage.ts';
import { type Bench, type Row, type RowGroup, usageNotes } from './row.ts';

const SMALL = { commits: 20, filesPerCommit: 5, spread: 20, fileBytes: 2_000 };
const LARGE = { commits: 200, filesPerCommit: 50, spread: 100, fileBytes: 2_000 };
const LARGE_QUICK = { commits: 20, filesPerCommit: 100, spread: 100, fileBytes: 500 };

export const oneCommit: RowGroup = {
  name: 'one-commit',
  async run(bench) {
    const rows: Row[] = [];
    const sizes = [
      { size: 'small', shape: SMALL },
      { size: 'large', shape: bench.isQuick ? LARGE_QUICK : LARGE },
    ];
    for (const { size, shape } of sizes) {
      bench.say(`making the ${size} repository`);
      const template = await makeRepository(bench.stage, `commit-${size}`, shape);
      const facts = (await bench.stage.git(['count-objects', '-v'], template)).match(/in-pack: (\d+)/)?.[1] ?? '?';
      const files = shape.commits * shape.filesPerCommit;
      for (const door of bench.doors) {
        rows.push(await pushes(bench, template, door, `one commit, ${files} files, ${facts} objects`, size));
      }
    }
    return rows;
  },
};

async function pushes(bench: Bench, template: string, door: Door, work: string, size: string): Promise<Row> {
  const { stage } = bench;
  const names = { direct: `${door}/commit-${size}-direct`, gate: `${door}/commit-${size}-gate` };
  for (const name of Object.values(names)) stage.install(template, name);
  const clone = join(stage.directory, `commit-${size}-${door}`);
  await stage.git(['clone', '-q', template, clone]);
  bench.say(`${work}, ${door}`);
  const rounds = { count: bench.rounds(15, 3), warmUp: bench.isQuick ? 1 : 10, isLate: bench.isLate };
  let committed = -1;
  let stop = watch(stage.gatewayPid);
  const samples = await interleave(rounds, async (side, round) => {
    if (committed < round) {
      committed = round;
      await appendFile(join(clone, 'notes.txt'), `round ${round}\n`);
      await stage.git(['add', 'notes.txt'], clone);
      await stage.git(['commit', '-q', '-m', `round ${round}`], clone);
      if (round === rounds.warmUp) {
        await stage.steps();
        stop = watch(stage.gatewayPid);
      }
    }
    return stage.time(['push', '-q', stage.url(side, door, names[side]), 'HEAD:refs/heads/main'], clone);
  });
  const usage = stop();
  return {
    work,
    door,
    samples,
    figures: [
      {
        name: 'ratio',
        value: median(samples.gate) / median(samples.direct),
        unit: 'x',
        must: { max: 1.5 },
        aim: { max: 1.2 },
      },
    ],
    notes: [...usageNotes(usage, samples.gate.length), stepsNote(await stage.steps())],
  };
}

/** The gateway's own account of its answers: medians of each step. */
export function stepsNote(steps: readonly Readonly<Record<string, number>>[]): string {
  const names = Object.keys(steps[0] ?? {});
  const parts = names.map((name) => `${name} ${median(steps.map((one) => one[name] ?? 0))}`);
  return `steps in ms: ${parts.join(', ')}`;
}
