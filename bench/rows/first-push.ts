// The first push to a repository that the gateway has never seen: it must not fetch what the push does not need.
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, median, type Usage, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Door } from '../stage.ts';
import { stepsNote } from './one-commit.ts';
import { type Bench, MB, type Row, type RowGroup, usageNotes } from './row.ts';

const HISTORY = { commits: 1000, filesPerCommit: 40, spread: 50, fileBytes: 1_500, files: 8_000 };
const HISTORY_QUICK = { commits: 50, filesPerCommit: 40, spread: 50, fileBytes: 1_500, files: 1_000 };

export const firstPush: RowGroup = {
  name: 'first-push',
  async run(bench) {
    bench.say('making a repository with a long history');
    const shape = bench.isQuick ? HISTORY_QUICK : HISTORY;
    const template = await makeRepository(bench.stage, 'history', shape);
    const rows: Row[] = [];
    for (const door of bench.doors) rows.push(await pushes(bench, template, door));
    return rows;
  },
};

async function pushes(bench: Bench, template: string, door: Door): Promise<Row> {
  const { stage } = bench;
  const clone = join(stage.directory, `history-${door}`);
  await stage.git(['clone', '-q', template, clone]);
  const facts = await stage.git(['count-objects', '-v'], template);
  const objects = /in-pack: (\d+)/.exec(facts)?.[1] ?? '?';
  const size = (Number(/size-pack: (\d+)/.exec(facts)?.[1]) * 1024) / MB;
  const work = `first push to a repository never seen, ${objects} objects, ${Math.round(size)} MB`;
  bench.say(`${work}, ${door}`);
  const rounds = { count: bench.rounds(5, 2), warmUp: 1, isLate: bench.isLate };
  const fetched: number[] = [];
  const usages: Usage[] = [];
  let committed = -1;
  let pushed = 0;
  // The one commit of each round stands on the history alone: every push goes to a fresh copy of the repository.
  const start = await stage.git(['rev-parse', 'HEAD'], clone);
  const samples = await interleave(rounds, async (side, round) => {
    if (committed < round) {
      committed = round;
      await stage.git(['reset', '-q', '--hard', start], clone);
      await appendFile(join(clone, 'notes.txt'), `round ${round}\n`);
      await stage.git(['add', 'notes.txt'], clone);
      await stage.git(['commit', '-q', '-m', `round ${round}`], clone);
      pushed = await packBytes(stage.git, clone);
      if (round === rounds.warmUp) await stage.steps();
    }
    const upstream = `${door}/history-${side}-${round}`;
    // The gateway comes to the same directory through a relay that counts.
    const named = side === 'gate' ? `counted-${upstream}` : upstream;
    const target = stage.install(template, named);
    const before = stage.counted[door].bytes.down;
    const stop = watch(stage.gatewayPid);
    const taken = await stage.time(['push', '-q', stage.url(side, door, named), 'HEAD:refs/heads/main'], clone);
    if (side === 'gate' && round >= rounds.warmUp) {
      usages.push(stop());
      fetched.push(stage.counted[door].bytes.down - before);
    }
    await rm(target, { recursive: true });
    return taken;
  });
  const [usage] = usages;
  return {
    work,
    door,
    samples,
    figures: [
      {
        name: 'ratio',
        value: median(samples.gate) / median(samples.direct),
        unit: 'x',
        must: { max: 3 },
        aim: { max: 1.5 },
      },
      { name: 'fetched', value: median(fetched) / MB, unit: 'MB' },
    ],
    notes: [
      `the push itself has ${(pushed / 1000).toFixed(1)} kB, the gateway read ${(median(fetched) / 1000).toFixed(1)} kB from the upstream, ${((median(fetched) / (size * MB)) * 100).toFixed(2)} % of the repository`,
      ...(usage === undefined ? [] : usageNotes(usage, 1)),
      stepsNote(await stage.steps()),
    ],
  };
}

/** Bytes of the pack that one commit makes. */
async function packBytes(
  git: (args: readonly string[], cwd?: string) => Promise<string>,
  clone: string,
): Promise<number> {
  const list = await git(['rev-list', '--objects', '--disk-usage', 'HEAD', '^HEAD~1'], clone);
  return Number(list);
}
