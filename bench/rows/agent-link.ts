// What it costs that the agent runs apart: the same pushes to the same server, once through the agent in the gateway and
// once through the link.
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, median, watch } from '../measure.ts';
import { makeRepository } from '../repositories.ts';
import { type Bench, MB, type Row, type RowGroup } from './row.ts';

const SMALL = { commits: 20, filesPerCommit: 5, spread: 20, fileBytes: 2_000 };
const MAX_GROWTH_MB = 150;

export const agentLink: RowGroup = {
  name: 'agent-link',
  async run(bench) {
    const rows = [await smallPushes(bench)];
    if (!bench.isLate()) rows.push(await largePushes(bench));
    return rows;
  },
};

async function smallPushes(bench: Bench): Promise<Row> {
  const { stage } = bench;
  bench.say('one commit, through the link');
  const template = await makeRepository(stage, 'link-small', SMALL);
  const names = { direct: 'http/link-small', gate: 'link/link-small' };
  for (const name of Object.values(names)) stage.install(template, name);
  const clone = join(stage.directory, 'link-small-clone');
  await stage.git(['clone', '-q', template, clone]);
  const rounds = { count: bench.rounds(25, 3), warmUp: bench.isQuick ? 1 : 10, isLate: bench.isLate };
  let committed = -1;
  const samples = await interleave(rounds, async (side, round) => {
    if (committed < round) {
      committed = round;
      await appendFile(join(clone, 'notes.txt'), `round ${round}\n`);
      await stage.git(['add', 'notes.txt'], clone);
      await stage.git(['commit', '-q', '-m', `round ${round}`], clone);
    }
    return stage.time(['push', '-q', stage.url('gate', 'http', names[side]), 'HEAD:refs/heads/main'], clone);
  });
  return {
    work: 'one commit: agent in the gateway, and behind a link',
    door: 'http',
    samples,
    figures: [
      {
        name: 'added',
        value: median(samples.gate) - median(samples.direct),
        unit: 'ms',
        must: { max: 5 },
        aim: { max: 2 },
      },
    ],
    notes: [`agent ${memory(stage.agentPid)}`],
  };
}

async function largePushes(bench: Bench): Promise<Row> {
  const { stage } = bench;
  const base = await makeRepository(stage, 'link-base', {
    commits: 3,
    filesPerCommit: 5,
    spread: 10,
    fileBytes: 1_000,
  });
  const fileBytes = (bench.isQuick ? 0.5 : 4) * 1024 * 1024;
  const shape = { commits: 4, filesPerCommit: 16, spread: 16, fileBytes, isBinary: true };
  const client = await makeRepository(stage, 'link-large', shape, base);
  await stage.git(['config', 'pack.window', '0'], client);
  const rounds = { count: bench.rounds(3, 1), warmUp: bench.isQuick ? 0 : 1, isLate: bench.isLate };
  let rssPeak = 0;
  const { rssBefore } = watch(stage.agentPid)();
  const samples = await interleave(rounds, async (side, round) => {
    const name = `${side === 'direct' ? 'http' : 'link'}/link-large-${round}`;
    bench.say(`large push through the link, ${side}, round ${round + 1}`);
    const target = stage.install(base, name);
    const stop = watch(stage.agentPid);
    const taken = await stage.time(['push', '-q', stage.url('gate', 'http', name), 'main:refs/heads/main'], client);
    rssPeak = Math.max(rssPeak, stop().rssPeak);
    await rm(target, { recursive: true });
    return taken;
  });
  await rm(client, { recursive: true });
  return {
    work: `push of ${Math.round((fileBytes * 64) / MB)} MB: agent in the gateway, and behind a link`,
    door: 'http',
    samples,
    figures: [
      {
        name: 'throughput',
        value: median(samples.direct) / median(samples.gate),
        unit: 'x',
        must: { min: 0.9 },
        aim: { min: 0.97 },
      },
      { name: 'RSS growth of the agent', value: (rssPeak - rssBefore) / MB, unit: 'MB', must: { max: MAX_GROWTH_MB } },
    ],
    notes: [`agent ${memory(stage.agentPid)}`],
  };
}

function memory(pid: number): string {
  return `has ${Math.round(watch(pid)().rssBefore / MB)} MB resident afterwards`;
}
