// What the search for secrets costs, without network and git where it can be: processor time of one thread, so that what
// else the machine does counts little.
import { openScanner } from '../../src/adapters/scanner/open-scanner.ts';
import { buildAutomaton } from '../../src/domain/secrets/automaton.ts';
import { LayerBudget } from '../../src/domain/secrets/layers/budget.ts';
import { layersOf } from '../../src/domain/secrets/layers/layers-of.ts';
import { ALL_RULES } from '../../src/domain/secrets/rules/all.ts';
import { createObjectScanner, type ObjectScanner } from '../../src/domain/secrets/scan-object.ts';
import { anchorScanner } from '../../src/domain/secrets/wasm/scanner.ts';
import { median } from '../measure.ts';
import { hostileTexts, MAPS, MEGABYTE, MINIFIED, packageTexts, SETTINGS } from '../secrets/texts.ts';
import type { Bench, Figure, Row, RowGroup } from './row.ts';
import { largePack } from './secrets-pack.ts';

const KEY = Buffer.alloc(32, 1);
const BATCH = MEGABYTE;
const MIN_HOSTILE_BYTES = 10 * MEGABYTE;

export const secrets: RowGroup = {
  name: 'secrets',
  async run(bench) {
    bench.say('secrets: text');
    const rounds = bench.rounds(7, 2);
    const scanner = createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY });
    const rows = [sourceText(scanner, rounds), denseText(scanner, rounds)];
    bench.say('secrets: hostile text');
    rows.push(hostileText(scanner, bench.isQuick ? 1 : 3), startUp(rounds));
    bench.say('secrets: pushes');
    return [...rows, await oneCommit(bench), await largePack(bench)];
  },
};

/** Milliseconds of processor time of the best round. */
function cpu(rounds: number, work: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const sizeOf = (texts: readonly Uint8Array[]): number => texts.reduce((sum, text) => sum + text.length, 0);

/** MB/s of one thread; MB of a million bytes. */
const speed = (bytes: number, ms: number): number => bytes / 1000 / ms;

function sourceText(scanner: ObjectScanner, rounds: number): Row {
  const texts = packageTexts();
  const size = sizeOf(texts);
  const find = anchorScanner(buildAutomaton(ALL_RULES.flatMap((rule) => rule.anchors)));
  let anchors = 0;
  const core = cpu(rounds, () => {
    anchors = 0;
    find(texts, () => {
      anchors++;
    });
  });
  const all = cpu(rounds, () => scanAll(scanner, texts));
  return {
    work: `source text of packages, ${Math.round(size / MEGABYTE)} MB`,
    figures: [
      { name: 'anchors', value: speed(size, core), unit: 'MB/s', must: { min: 500 }, aim: { min: 800 } },
      { name: 'all stages', value: speed(size, all), unit: 'MB/s', must: { min: 300 } },
    ],
    notes: [`${ALL_RULES.length} rules; an anchor every ${Math.round(size / anchors)} bytes`],
  };
}

/** In batches, as an inspection hands objects over. */
function scanAll(scanner: ObjectScanner, texts: readonly Buffer[]): void {
  let batch: { bytes: Buffer }[] = [];
  let size = 0;
  for (const bytes of texts) {
    batch.push({ bytes });
    size += bytes.length;
    if (size < BATCH) continue;
    scanner.scanAll(batch, { budget: new LayerBudget() });
    [batch, size] = [[], 0];
  }
  scanner.scanAll(batch, { budget: new LayerBudget() });
}

function denseText(scanner: ObjectScanner, rounds: number): Row {
  const kinds = { minified: MINIFIED, 'source maps': MAPS, settings: SETTINGS };
  const figures = Object.entries(kinds).map(([name, fits]): Figure => {
    const texts = packageTexts(fits);
    const ms = cpu(rounds, () => scanAll(scanner, texts));
    return { name, value: speed(sizeOf(texts), ms), unit: 'MB/s', must: { min: 120 } };
  });
  return { work: 'minified code, maps and settings of packages, all stages', figures, notes: [] };
}

/** Time for each byte that is looked at, unpacked ones included, against that of source text. */
function hostileText(scanner: ObjectScanner, rounds: number): Row {
  const texts = packageTexts(undefined, 20 * MEGABYTE);
  const normal = cpu(rounds + 2, () => scanAll(scanner, texts)) / sizeOf(texts);
  const costs = hostileTexts().map(({ what, bytes }) => {
    const ms = cpu(rounds, () => scanner.scan({ bytes }, { budget: new LayerBudget() }));
    return { what, ratio: ms / Math.max(bytes.length + unpacked(bytes), MIN_HOSTILE_BYTES) / normal };
  });
  const worst = costs.toSorted((a, b) => b.ratio - a.ratio);
  return {
    work: 'text made to be slow, time for a byte against source text',
    figures: [{ name: 'worst', value: worst[0]?.ratio ?? Number.NaN, unit: 'x', must: { max: 3 } }],
    notes: worst.slice(0, 6).map(({ what, ratio }) => `${what} ${ratio.toFixed(2)}×`),
  };
}

/** What a file costs however small it is, in bytes of one that is not. */
const LEAST_FILE = 4_096;

function unpacked(bytes: Buffer): number {
  let size = 0;
  for (const layer of layersOf(bytes, new LayerBudget())) {
    if (layer.kind === 'layer') size += Math.max(layer.bytes.length, LEAST_FILE);
  }
  return size;
}

function startUp(rounds: number): Row {
  const value = cpu(rounds, () => createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY }));
  return { work: 'a scanner is made', figures: [{ name: 'warm', value, unit: 'ms', must: { max: 50 } }], notes: [] };
}

const COMMITS = 50;

/** A commit, its trees and three files, handed to the scanner as a push hands them over. */
async function oneCommit(bench: Bench): Promise<Row> {
  const texts = packageTexts(undefined, 2 * MEGABYTE).filter(({ length }) => length < 20_000);
  const scanner = openScanner({ fingerprintKey: KEY });
  await scanner.warm();
  const taken: number[] = [];
  for (let round = 0; round < (bench.isQuick ? 10 : COMMITS); round++) {
    const objects = texts.slice(round * 3, round * 3 + 3).map((bytes) => ({ bytes: Buffer.from(bytes), path: 'a.ts' }));
    const begun = performance.now();
    await scanner.scanObjects([...objects, { bytes: Buffer.from('tree 1\n\nfix: a message\n') }]);
    taken.push(performance.now() - begun);
  }
  await scanner.close();
  return {
    work: 'the objects of one commit',
    figures: [{ name: 'median', value: median(taken), unit: 'ms', must: { max: 3 } }],
    notes: [`slowest ${Math.max(...taken).toFixed(1)} ms of ${taken.length}`],
  };
}
