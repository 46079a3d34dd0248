// Pushes of which the owner of every added line is known, since they are put together here: a file that was there, pieces of
// a coding agent's, pieces of a person's, and what had been recorded before.
import { createHash } from 'node:crypto';
import type { AddedFile } from '../../src/domain/attribution/added-file.ts';
import type { LineRange } from '../../src/domain/attribution/evidence.ts';
import { lineHash } from '../../src/domain/attribution/lines/line-hash.ts';
import { normaliseLine } from '../../src/domain/attribution/lines/normalise.ts';
import type { RecordedOutput } from '../../src/domain/attribution/matching/recorded-output.ts';
import { type Random, seeded } from '../../test/domain/secrets/support/random.ts';
import { CHANGES, type Labelled, type Truth } from './changes.ts';
import type { Cut } from './functions.ts';

export type Kind = keyof typeof CHANGES;

export interface LabelledPush {
  readonly kind: Kind | 'foreign';
  readonly file: AddedFile;
  /** Of each added line. */
  readonly truths: readonly Truth[];
  /** The recorded output that was used in it. */
  readonly used: readonly RecordedOutput[];
  /** Hashes of the lines that were there before. */
  readonly parent: ReadonlySet<bigint>;
}

export interface PushSet {
  readonly pushes: readonly LabelledPush[];
  /** All that is recorded of this principal. */
  readonly log: readonly RecordedOutput[];
  /** Functions of the same packages that were not recorded. */
  readonly unrecorded: readonly Cut[];
}

/**
 * `each` pushes of each kind, and a log in which only a part of what is recorded was used. What people wrote is of other
 * packages: within one, functions are copied and varied, and who wrote the second of two alike nobody can know.
 */
export function labelledPushes(functions: readonly Cut[], people: readonly Cut[], seed: string, each: number): PushSet {
  const random = seeded(seed);
  const shuffled = shuffle(functions, random);
  const half = Math.floor(shuffled.length / 2);
  const hosts = shuffled.slice(0, half);
  const log = shuffled.slice(half).map(outputOf);
  const pushes = (Object.keys(CHANGES) as Kind[]).flatMap((kind) =>
    Array.from({ length: each }, (_, i) => labelledPush(kind, { hosts, people, log, random, i })),
  );
  return { pushes, log, unrecorded: hosts };
}

/** Pushes of people alone. */
export function foreignPushes(functions: readonly Cut[], seed: string, count: number): readonly LabelledPush[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const host = random.pick(functions).lines;
    const blocks = [0, 1, 2, 3].map(() => human(random.pick(functions)));
    return assemble('foreign', host, blocks, [], i);
  });
}

interface Material {
  readonly hosts: readonly Cut[];
  readonly people: readonly Cut[];
  readonly log: readonly RecordedOutput[];
  readonly random: Random;
  readonly i: number;
}

function labelledPush(kind: Kind, { hosts, people, log, random, i }: Material): LabelledPush {
  const host = [random.pick(hosts), random.pick(hosts)].flatMap(({ lines }) => lines);
  const used = Array.from({ length: 1 + random.next(3) }, () => random.pick(log));
  const others = random.pick(people).lines;
  const machine = used.map(({ lines }) => CHANGES[kind](lines, random, others));
  const persons = Array.from({ length: 1 + random.next(3) }, () => human(random.pick(people)));
  return assemble(kind, host, shuffle([...machine, ...persons], random), used, i);
}

function human({ lines }: Cut): readonly Labelled[] {
  return lines.map((text) => ({ text, truth: 'human' }));
}

/** The blocks, some one below the other, some with lines between that were there before. */
function assemble(
  kind: LabelledPush['kind'],
  host: readonly string[],
  blocks: readonly (readonly Labelled[])[],
  used: readonly RecordedOutput[],
  i: number,
): LabelledPush {
  const added: LineRange[] = [];
  let number = 1;
  for (const [at, block] of blocks.entries()) {
    const last = added.at(-1);
    const end = number + block.length - 1;
    // Every second block stands directly below the one before.
    if (last !== undefined && at % 2 === 1) added[added.length - 1] = { start: last.start, end };
    else added.push({ start: number, end });
    number = end + 1 + (at % 2 === 1 ? 3 : 0);
  }
  const labelled = blocks.flat();
  const oid = createHash('sha1').update(`${kind} ${i}`).digest('hex');
  return {
    kind,
    file: {
      commit: oid,
      path: `src/${kind}-${i}.js`,
      blob: oid,
      totalLines: number + host.length,
      added,
      lines: labelled.map(({ text }) => Buffer.from(text)),
      isGenerated: false,
    },
    truths: labelled.map(({ truth }) => truth),
    used,
    parent: new Set(host.map((line) => lineHash(normaliseLine(line)))),
  };
}

export function outputOf({ lines }: Cut, i: number): RecordedOutput {
  return {
    id: String(i),
    principal: 'alice',
    codingAgent: 'claude-code',
    session: `session-${Math.floor(i / 5)}`,
    at: i,
    witness: { by: 'gateway' },
    lines,
  };
}

function shuffle<T>(all: readonly T[], random: Random): T[] {
  const out = [...all];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.next(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
