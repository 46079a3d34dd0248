// npm run secrets:measure: how many secrets the scanner finds, and how many it only believes to have found.
// On the labelled corpus its rules were mended with, on both halves of one that was held out, on this repository,
// and on source trees in which nobody meant to leave a secret.
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { corpus } from '../test/domain/secrets/corpus/corpus.ts';
import { type Quality, qualityOn } from '../test/domain/secrets/corpus/quality.ts';
import { heldOut } from '../test/domain/secrets/held-out/held-out.ts';
import { tellCorpus } from './secrets/corpus-report.ts';
import { KNOWN } from './secrets/known-findings.ts';
import { type FoundInTree, isExplained, scanTree, type Tree, treeOf } from './secrets/trees.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MUST = { precision: 0.97, recall: 0.95, repository: 0, perFiftyMegabytes: 1 };
const FIFTY_MB = 50_000_000;

interface Options {
  readonly seed: string;
  readonly rounds: string;
  readonly all?: boolean;
  readonly show?: boolean;
}

const { args, opts } = (() => {
  const command = new Command('npm run secrets:measure --')
    .argument('[directory...]', 'further trees to be scanned; each finding in them is shown as a false one')
    .option('--seed <text>', 'of the corpus', 'measure')
    .option('--rounds <n>', 'how often each kind of credential is written down', '5')
    .option('--all', 'show also what does not block')
    .option('--show', 'show what is wrong in the final half too: whoever mends rules for it spoils the measure')
    .parse();
  return { args: command.args, opts: command.opts<Options>() };
})();

let isMet = true;

function judge(name: string, value: string, met: boolean): void {
  if (!met) isMet = false;
  console.log(`${met ? 'met   ' : 'missed'} ${name}: ${value}`);
}

function judgeCorpus(name: string, { precision, recall }: Quality): void {
  judge(`${name}: precision`, precision.toFixed(4), precision >= MUST.precision);
  judge(`${name}: recall`, recall.toFixed(4), recall >= MUST.recall);
}

/** What the trees hold that is explained is told by its reason only. */
function tellTree(name: string, tree: Tree): FoundInTree[] {
  const wrong = tree.found.filter((one) => !isExplained(one, KNOWN));
  for (const { path, rule, line, masked } of wrong) console.log(`false: ${rule}, ${path}:${line}: ${masked}`);
  const explained = tree.found.length - wrong.length;
  console.log(
    `${name}: ${tree.files} files, ${(tree.bytes / 1e6).toFixed(1)} MB, ${explained} findings that are explained`,
  );
  return wrong;
}

const rounds = Number(opts.rounds);
const tuned = qualityOn(corpus(opts.seed, rounds));
const dev = qualityOn(heldOut('dev', opts.seed, rounds));
const final = qualityOn(heldOut('final', opts.seed, rounds));
tellCorpus('tuned', tuned, 'all');
tellCorpus('held-out dev', dev, 'all');
tellCorpus('held-out final', final, opts.show === true ? 'all' : 'totals');
judgeCorpus('tuned', tuned);
judgeCorpus('held-out final', final);
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
const own = tellTree('this repository', scanTree(ROOT, tracked, opts.all === true));
judge('findings in this repository', String(own.length), own.length <= MUST.repository);
const packages = [join(ROOT, 'node_modules'), ...args.map((one) => resolve(one))];
const trees = packages.map((directory) => ({
  directory,
  tree: scanTree(directory, treeOf(directory), opts.all === true),
}));
const wrong = trees.flatMap(({ directory, tree }) => tellTree(directory, tree));
const size = trees.reduce((sum, { tree }) => sum + tree.bytes, 0);
const rate = (wrong.length * FIFTY_MB) / size;
judge('false findings in 50 MB of packages', rate.toFixed(2), rate <= MUST.perFiftyMegabytes);
process.exitCode = isMet ? 0 : 1;
