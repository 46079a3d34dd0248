// npm run bench: what the gate costs, against the bare upstream in the same run. The sides take turns, so that whatever
// else the machine does falls on both; medians are compared, the least of each is shown beside it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { isMissed, machine, notes, table } from './report.ts';
import { agentLink } from './rows/agent-link.ts';
import { attribution } from './rows/attribution.ts';
import { clonesAndFetches } from './rows/fetch.ts';
import { firstPush } from './rows/first-push.ts';
import { manyBytes, manyObjects } from './rows/large-push.ts';
import { manyClients } from './rows/many-clients.ts';
import { oneCommit } from './rows/one-commit.ts';
import { release } from './rows/release.ts';
import type { Bench, Row, RowGroup } from './rows/row.ts';
import { secrets } from './rows/secrets.ts';
import { DOORS, type Door, openStage } from './stage.ts';

const GROUPS: readonly RowGroup[] = [
  oneCommit,
  clonesAndFetches,
  firstPush,
  manyClients,
  release,
  manyObjects,
  manyBytes,
  agentLink,
  secrets,
  attribution,
];
/** Past this, rounds under way are finished and no other is begun. */
const BUDGET_MS = 12 * 60_000;
const BUDGET_QUICK_MS = 75_000;

interface Options {
  readonly only?: readonly string[];
  readonly door?: Door;
  readonly quick?: boolean;
  readonly runs?: number;
  readonly check?: boolean;
}

async function main(): Promise<number> {
  const options = new Command('npm run bench --')
    .description('What the gate costs, against the bare upstream in the same run; writes bench/RESULTS.md')
    .addOption(new Option('--only <row...>', 'these rows alone; nothing is written').choices(GROUPS.map((g) => g.name)))
    .addOption(new Option('--door <door>', 'this door alone; nothing is written').choices(DOORS))
    .option('--quick', 'small sizes and few rounds, to see that it works; nothing is written')
    .option('--runs <n>', 'rounds that count, for each row', wholeNumber)
    .option('--check', 'exit 1 when a figure is worse than it must be')
    .exitOverride()
    .parse(process.argv.slice(2), { from: 'user' })
    .opts<Options>();
  const isQuick = options.quick === true;
  const begun = performance.now();
  const say = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`${Math.round((performance.now() - begun) / 1000)} s: ${text}\n`);
  };
  const stage = await openStage();
  const onSignal = () => {
    void stage.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const rows: Row[] = [];
  try {
    const bench: Bench = {
      stage,
      isQuick,
      doors: options.door === undefined ? DOORS : [options.door],
      rounds: (usual, quick) => options.runs ?? (isQuick ? quick : usual),
      isLate: () => performance.now() - begun > (isQuick ? BUDGET_QUICK_MS : BUDGET_MS),
      say,
    };
    for (const group of GROUPS) {
      if (options.only !== undefined && !options.only.includes(group.name)) continue;
      if (bench.isLate()) say(`out of time: ${group.name} is left out`);
      else rows.push(...(await group.run(bench)));
    }
  } finally {
    await stage.close();
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stdout.write(`${table(rows)}\n\n${notes(rows)}\n\n${seconds} s\n`);
  if (!isQuick && options.only === undefined && options.door === undefined) {
    const file = join(import.meta.dirname, 'RESULTS.md');
    await writeFile(file, results(rows, machine(stage.sshServer), seconds, options.runs));
    process.stdout.write(`written to bench/RESULTS.md\n`);
  }
  return options.check === true && rows.some((row) => row.figures.some(isMissed)) ? 1 : 0;
}

function results(rows: readonly Row[], facts: readonly string[], seconds: number, runs: number | undefined): string {
  const command = `npm run bench${runs === undefined ? '' : ` -- --runs ${runs}`}`;
  return `# What the gate costs

\`${command}\`, ${new Date().toISOString().slice(0, 10)}, ${seconds} s. Written by the bench itself.

${facts.map((fact) => `- ${fact}`).join('\n')}

Each side in turn, in one run: straight to the upstream, and through the gate to the same kind of upstream. Times are
medians, the least in brackets. Client, gateway and upstream share the machine, so everything the gate does besides
waiting is paid for by the push itself. In the rows of the agent link, direct is the agent in the gateway, gate the
one that runs apart.

${table(rows)}

Where the rest of a large push goes: not a byte may go upstream before the verdict, so what a direct push does once is
done twice, one after the other. \`receive\` is the client's upload with git's index-pack beside it, about as long as a
direct push; \`inspect\` and \`search\` read every object again, to judge paths and to look for secrets; \`attribute\` reads up to
64 MB of new versions once more, to say who wrote their lines; \`relay\` is the
upload to the upstream with the upstream's own index-pack, again about as long as a direct push. Over ssh every byte is
encrypted twice on the way, in JavaScript; that is what a clone over ssh costs more than one over http.

What the gateway used, and its own account of where its time went:

${notes(rows)}
`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Must be a whole number, 1 at least.');
  return Number(text);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
