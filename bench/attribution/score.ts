// What the matching says of a labelled push, against what is so. As in a gateway: only what shares a hash with the push is
// compared with it. Blank lines are nobody's.
import type { Evidence } from '../../src/domain/attribution/evidence.ts';
import { outputHashes, wantedHashes } from '../../src/domain/attribution/matching/index-hashes.ts';
import { recordedEvidence } from '../../src/domain/attribution/matching/recorded-evidence.ts';
import type { RecordedOutput } from '../../src/domain/attribution/matching/recorded-output.ts';
import type { Truth } from './changes.ts';
import type { LabelledPush } from './labelled-push.ts';

type Said = 'ai' | 'mixed' | 'nothing';

/** Lines by what they are, then by what is said of them. */
export type Table = Readonly<Record<Truth, Record<Said, number>>>;

export interface Score {
  readonly table: Table;
  /** Outputs that were used, and how many of them the index found. */
  readonly used: number;
  readonly retrieved: number;
  readonly milliseconds: number;
}

/** Most outputs that one push is compared with. */
const MAX_CANDIDATES = 500;

export class OutputIndex {
  readonly #outputs = new Map<bigint, RecordedOutput[]>();

  constructor(log: readonly RecordedOutput[]) {
    for (const output of log) {
      for (const hash of outputHashes(output.lines)) {
        const known = this.#outputs.get(hash);
        if (known === undefined) this.#outputs.set(hash, [output]);
        else known.push(output);
      }
    }
  }

  candidates(hashes: ReadonlySet<bigint>): readonly RecordedOutput[] {
    const counts = new Map<RecordedOutput, number>();
    for (const hash of hashes) {
      for (const output of this.#outputs.get(hash) ?? []) counts.set(output, (counts.get(output) ?? 0) + 1);
    }
    return [...counts]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, MAX_CANDIDATES)
      .map(([output]) => output);
  }
}

export function scoreOf(pushes: readonly LabelledPush[], index: OutputIndex): Score {
  const table: Table = { ai: noLines(), mixed: noLines(), human: noLines() };
  let [used, retrieved] = [0, 0];
  const started = performance.now();
  for (const push of pushes) {
    const outputs = index.candidates(wantedHashes([push.file]));
    used += push.used.length;
    retrieved += push.used.filter((one) => outputs.includes(one)).length;
    const evidence = recordedEvidence({ files: [push.file], outputs, parentLines: () => push.parent });
    const said = saidOf(push, evidence);
    for (const [at, truth] of push.truths.entries()) {
      if (push.file.lines[at]?.toString().trim() !== '') table[truth][said[at] as Said] += 1;
    }
  }
  return { table, used, retrieved, milliseconds: performance.now() - started };
}

/** Of each added line. */
export function saidOf({ file }: LabelledPush, evidence: readonly Evidence[]): readonly Said[] {
  const by = new Map<number, Said>();
  for (const { target, claim } of evidence) {
    for (const { start, end } of target.ranges ?? []) {
      for (let line = start; line <= end; line++) by.set(line, claim.by === 'ai' ? 'ai' : 'mixed');
    }
  }
  return file.added.flatMap(({ start, end }) =>
    Array.from({ length: end - start + 1 }, (_, i) => by.get(start + i) ?? 'nothing'),
  );
}

export function total(tables: readonly Table[]): Table {
  const sum: Table = { ai: noLines(), mixed: noLines(), human: noLines() };
  for (const table of tables) {
    for (const truth of ['ai', 'mixed', 'human'] as const) {
      for (const said of ['ai', 'mixed', 'nothing'] as const) sum[truth][said] += table[truth][said];
    }
  }
  return sum;
}

function noLines(): Record<Said, number> {
  return { ai: 0, mixed: 0, nothing: 0 };
}

/** Of the lines that are said to be the machine's, how many are: to the letter, and counting those edited afterwards. */
export function precisionOf({ ai, mixed, human }: Table): { readonly strict: number; readonly lenient: number } {
  const said = ai.ai + mixed.ai + human.ai;
  return { strict: ai.ai / said, lenient: (ai.ai + mixed.ai) / said };
}

/** Of the lines that a machine wrote, how many are found. */
export function recallOf({ ai, mixed }: Table): { readonly ai: number; readonly mixed: number } {
  const all = (of: Record<Said, number>) => of.ai + of.mixed + of.nothing;
  return { ai: (ai.ai + ai.mixed) / all(ai), mixed: all(mixed) === 0 ? 1 : (mixed.ai + mixed.mixed) / all(mixed) };
}
