// npm run attribution:measure: how well pushed lines are told to be recorded output of a coding agent. Real functions are
// recorded, used in files as they are, edited, laid out anew or renamed, among functions that nobody recorded.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { functionsOf } from './attribution/functions.ts';
import { foreignPushes, labelledPushes, outputOf } from './attribution/labelled-push.ts';
import { OutputIndex, precisionOf, recallOf, type Score, scoreOf, type Table, total } from './attribution/score.ts';

const MUST = { precision: 0.97, floor: 0.005 };
const MODULES = resolve(import.meta.dirname, '../node_modules');

const { seed, each } = new Command('npm run attribution:measure --')
  .option('--seed <text>', 'of the pushes', 'measure')
  .option('--each <n>', 'pushes of each kind', '250')
  .parse()
  .opts<{ seed: string; each: string }>();

let isMet = true;

function judge(name: string, value: string, met: boolean): void {
  if (!met) isMet = false;
  console.log(`${met ? 'met   ' : 'missed'} ${name}: ${value}`);
}

function tell(name: string, { table, used, retrieved, milliseconds }: Score): void {
  const { strict, lenient } = precisionOf(table);
  const recall = recallOf(table);
  console.log(
    `${name.padEnd(12)} precision ${percent(strict)} (with edited lines ${percent(lenient)}), recall ${percent(recall.ai)}, of edited lines ${percent(recall.mixed)}, ` +
      `people's lines taken for a machine's ${percent(taken(table))}; ${retrieved}/${used} outputs found; ${milliseconds.toFixed(0)} ms`,
  );
}

function taken({ human }: Table): number {
  return (human.ai + human.mixed) / (human.ai + human.mixed + human.nothing);
}

function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${(share * 100).toFixed(2)} %`;
}

const own = functionsOf(MODULES, 'own');
const foreign = functionsOf(MODULES, 'foreign');
console.log(`${own.length} functions of one set of packages, ${foreign.length} of another`);

const { pushes, log, unrecorded } = labelledPushes(own, foreign, seed, Number(each));
const index = new OutputIndex(log);
const kinds = [...new Set(pushes.map(({ kind }) => kind))];
const scores = kinds.map((kind) =>
  scoreOf(
    pushes.filter((push) => push.kind === kind),
    index,
  ),
);
for (const [i, kind] of kinds.entries()) tell(kind, scores[i] as Score);
const all = total(scores.map(({ table }) => table));
const floors = [
  scoreOf(foreignPushes(own, `${seed} own`, Number(each)), new OutputIndex(foreign.map(outputOf))),
  scoreOf(foreignPushes(foreign, `${seed} foreign`, Number(each)), new OutputIndex(own.map(outputOf))),
];
const floor = taken(total(floors.map(({ table }) => table)));

// Not judged: a package is full of functions that vary one another, and nobody can know who wrote the second of two alike.
const alike = scoreOf(foreignPushes(unrecorded, `${seed} alike`, Number(each)), new OutputIndex(log));
console.log(
  `people’s functions of the very packages that were recorded: ${percent(taken(alike.table))} of the lines are taken for a machine’s`,
);
judge(
  'precision of lines said to be the machine’s',
  percent(precisionOf(all).strict),
  precisionOf(all).strict >= MUST.precision,
);
console.log(`       recall ${percent(recallOf(all).ai)}, of edited lines ${percent(recallOf(all).mixed)}`);
judge('lines matched by another repository’s completions', percent(floor), floor <= MUST.floor);
process.exitCode = isMet ? 0 : 1;
