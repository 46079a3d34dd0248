// Lines that bear their owner: an independent model of who wrote what, whatever git does with them afterwards.
import type { AddedFile } from '../../../../src/domain/attribution/added-file.ts';
import type { OwnedRange } from '../../../../src/domain/attribution/attribution.ts';
import type { Evidence } from '../../../../src/domain/attribution/evidence.ts';
import { evidence } from '../sample.ts';

export const OWNERS = ['claude-code', 'openai-codex', 'human:Ada', 'untracked'] as const;
export type Owner = (typeof OWNERS)[number];

const WORDS = ['load', 'store', 'merge', 'split', 'render', 'parse', 'total', 'index'];

export class OwnedLines {
  readonly #owners: Owner[] = [];
  readonly #below: (limit: number) => number;

  constructor(below: (limit: number) => number) {
    this.#below = below;
  }

  /** A block of some lines of one owner; brackets and blank lines in it belong to nobody. */
  block(owner: Owner): string[] {
    const lines = Array.from({ length: 1 + this.#below(9) }, () => this.line(owner));
    if (this.#below(2) === 0) lines.push('}');
    if (this.#below(3) === 0) lines.splice(this.#below(lines.length), 0, '');
    return lines;
  }

  line(owner: Owner): string {
    const token = `t${this.#owners.push(owner) - 1}`;
    const word = WORDS[this.#below(WORDS.length)];
    return [
      `  const ${word} = compute(${token});`,
      `  ${word}Everything(${token}, options, await context.${word}());`,
      `    ${token}.${word}();`,
    ][this.#below(3)] as string;
  }

  ownerOf(line: string | Buffer): Owner | undefined {
    const token = /\bt(\d+)\b/.exec(String(line));
    return token === null ? undefined : this.#owners[Number(token[1])];
  }

  /** What a client that saw everything would write for a file: a claim for each owner but the untracked. */
  notes(file: AddedFile): Evidence[] {
    const places = linesOf(file);
    return OWNERS.filter((owner) => owner !== 'untracked').flatMap((owner) => {
      const ranges = places
        .filter(({ text }) => this.ownerOf(text) === owner)
        .map(({ line }) => ({ start: line, end: line }));
      const target = { commit: file.commit, path: file.path, blob: file.blob, ranges };
      return ranges.length === 0
        ? []
        : [evidence(owner, { kind: 'git-ai-note', tier: 'E3', verifier: 'consistent', target })];
    });
  }
}

export function linesOf({ added, lines }: AddedFile): readonly { readonly line: number; readonly text: Buffer }[] {
  const numbers = added.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, at) => start + at));
  return numbers.map((line, at) => ({ line, text: lines[at] as Buffer }));
}

/** Whom an attributed range names: an owner, nobody, or somebody who is none of the model. */
export function namedBy(
  { state, evidence: items }: OwnedRange,
  all: readonly Evidence[],
): Owner | 'nobody' | 'somebody else' {
  if (state === 'unknown') return 'nobody';
  const claim = all[items[0] ?? -1]?.claim;
  const name = claim?.by === 'human' ? `human:${claim.human}` : claim?.codingAgent;
  const isState = state === (claim?.by === 'human' ? 'human-attested' : 'ai');
  return (isState ? OWNERS.find((owner) => owner === name) : undefined) ?? 'somebody else';
}
