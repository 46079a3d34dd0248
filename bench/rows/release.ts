// A held push is approved: how long until the upstream's ref has moved?
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import type { Door } from '../stage.ts';
import type { Bench, Row, RowGroup } from './row.ts';

const SHAPE = { commits: 20, filesPerCommit: 10, spread: 20, fileBytes: 2_000 };
const GIVE_UP_MS = 20_000;

export const release: RowGroup = {
  name: 'release',
  async run(bench) {
    const template = await makeRepository(bench.stage, 'held', SHAPE);
    const rows: Row[] = [];
    for (const door of bench.doors) rows.push(await approvals(bench, template, door));
    return rows;
  },
};

async function approvals(bench: Bench, template: string, door: Door): Promise<Row> {
  const { stage } = bench;
  bench.say(`approval, ${door}`);
  const name = `${door}/held`;
  const upstream = stage.install(template, name);
  const clone = join(stage.directory, `held-${door}`);
  await stage.git(['clone', '-q', template, clone]);
  await mkdir(join(clone, 'infra/prod'), { recursive: true });
  const taken: number[] = [];
  const count = bench.rounds(7, 3);
  for (let round = 0; round <= count; round++) {
    await writeFile(join(clone, 'infra/prod/db.tf'), `size = ${round}\n`);
    await stage.git(['add', '-A'], clone);
    await stage.git(['commit', '-q', '-m', `round ${round}`], clone);
    const tip = await stage.git(['rev-parse', 'HEAD'], clone);
    const refused = await stage.git(['push', '-q', stage.url('gate', door, name), 'HEAD:refs/heads/main'], clone).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (refused?.includes('held for approval') !== true) throw new Error(`the push was not held: ${refused}`);
    const held = (await stage.api('reviewer', 'GET', '/api/v1/pushes?state=held')) as { id: number }[];
    const id = held[0]?.id;
    const start = performance.now();
    const answered = stage.api('reviewer', 'POST', `/api/v1/pushes/${id}/approve`, { comment: 'fine' });
    for (;;) {
      const ref = await stage.git(['rev-parse', 'refs/heads/main'], upstream);
      if (ref === tip) break;
      if (performance.now() - start > GIVE_UP_MS) throw new Error(`push ${id} did not land`);
      await sleep(2);
    }
    // The first one finds everything cold.
    if (round > 0) taken.push(performance.now() - start);
    await answered;
  }
  return {
    work: 'approval sent → upstream ref moved',
    door,
    figures: [{ name: 'median', value: median(taken), unit: 'ms', must: { max: 500 } }],
    notes: [`slowest ${Math.round(Math.max(...taken))} ms of ${taken.length}; the reviewer's request counts`],
  };
}
