// Evidence on its way to other commits. The same item that is found by several ways is carried once.
import type { Oid } from '../../../protocol/oid.ts';
import type { AddedFile } from '../added-file.ts';
import type { Evidence } from '../evidence.ts';
import { joinedLines } from '../lines/line-ranges.ts';
import type { CarriedRow } from './carried-row.ts';

export interface FoundLines {
  readonly row: CarriedRow;
  /** All of the commit was found: what was known of it as a whole is carried as a whole, not for its lines. */
  readonly isWholePatch: boolean;
  /** For each added line, as far as known: its owner in the row; 0 for none. */
  readonly owners: Uint16Array;
}

interface Carried {
  readonly evidence: Evidence;
  readonly file: AddedFile;
  /** In any order; one may be there twice. */
  readonly lines: number[];
}

export class CarriedEvidence {
  readonly #own: ReadonlySet<string>;
  readonly #whole = new Map<string, Evidence>();
  readonly #ofLines = new Map<string, Carried>();

  constructor(own: readonly Evidence[]) {
    this.#own = new Set(own.map((item) => `${item.target.commit} ${saying(item)}`));
  }

  /** What is known of a commit as a whole. */
  addWhole(row: CarriedRow, commit: Oid): void {
    for (const item of row.claims.evidence) {
      const evidence = carried(item, row.commit, { commit });
      if (this.#own.has(`${commit} ${saying(item)}`)) continue;
      this.#whole.set(`${commit} ${evidence.carriedFrom} ${saying(item)}`, evidence);
    }
  }

  addLines(file: AddedFile, { row, isWholePatch, owners }: FoundLines): void {
    const { evidence: items, owners: sets } = row.claims;
    const places = items.map((item) =>
      isWholePatch && isOfCommit(item) ? undefined : this.#placeFor(item, row, file),
    );
    let at = 0;
    for (const { start, end } of file.added) {
      for (let line = start; line <= end; line++, at++) {
        for (const item of sets[(owners[at] ?? 0) - 1] ?? []) places[item]?.push(line);
      }
    }
  }

  list(): Evidence[] {
    const ofLines = [...this.#ofLines.values()].flatMap(({ evidence, file, lines }) => {
      const ranges = joinedLines(lines);
      const { commit, path, blob } = file;
      return ranges.length === 0 ? [] : [{ ...evidence, target: { commit, path, blob, ranges } }];
    });
    return [...this.#whole.values(), ...ofLines];
  }

  #placeFor(item: Evidence, row: CarriedRow, file: AddedFile): number[] {
    const origin = item.carriedFrom ?? row.commit;
    const key = `${file.commit} ${file.path}\0${origin} ${saying(item)}`;
    const known = this.#ofLines.get(key);
    if (known !== undefined) return known.lines;
    const lines: number[] = [];
    this.#ofLines.set(key, { evidence: forLines(carried(item, row.commit, {})), file, lines });
    return lines;
  }
}

/** What spoke for all of a commit has part in another one: the lines that came over. */
function forLines(item: Evidence): Evidence {
  return item.scope === 'line' ? item : { ...item, scope: 'commit', isPartial: true };
}

function isOfCommit({ scope, isPartial }: Evidence): boolean {
  return scope !== 'line' && scope !== 'file' && isPartial !== true;
}

/** What was verified was verified for the other commit; that the lines are the same, we checked. */
function carried(item: Evidence, from: Oid, target: Evidence['target']): Evidence {
  const verifier = item.verifier === 'verified' ? 'consistent' : item.verifier;
  return { ...item, target, verifier, carriedFrom: item.carriedFrom ?? from };
}

function saying({ kind, tier, claim, source }: Evidence): string {
  const { by, codingAgent, model, session, promptDigest, human } = claim;
  return [kind, tier, source.rule, source.rawSha256, by, codingAgent, model, session, promptDigest, human].join('\0');
}
