// Which added lines, of those a rule looks at, a machine is said to have had part in. Generated files count like any
// other: a path that looks generated is the pusher's own choice.
import { addCounts, type FileAttribution, NO_LINES, type OwnedRange } from '../attribution/attribution.ts';
import { type Evidence, isAtLeast, type Tier } from '../attribution/evidence.ts';
import type { UpdateFacts } from '../push/inputs.ts';
import type { Glob } from './glob.ts';
import { type Comparison, compares } from './predicates/comparison.ts';
import type { Scope } from './predicates/predicate.ts';

export interface WantedMachines {
  readonly codingAgents?: readonly Glob[];
  readonly models?: readonly Glob[];
  /** Compared by rank in TIERS. */
  readonly tier?: Comparison;
}

export interface MachineLines {
  readonly lines: number;
  readonly unknown: number;
  /** All added lines, and those of source files. */
  readonly total: number;
  readonly source: { readonly lines: number; readonly total: number };
  /** Coding agents that are named, by lines or by commits. */
  readonly codingAgents: readonly string[];
  /** Files with such lines; of a commit that is named as a whole, all its files. */
  readonly paths: ReadonlySet<string>;
  /** Some lines could not be looked at. */
  readonly isPartial: boolean;
  /** Every added line has evidence that cannot be had by writing it down: of E4 or better. */
  readonly isProven: boolean;
}

/** Undefined when nobody has looked. */
export function machineLinesIn(scope: Scope, wanted: WantedMachines): MachineLines | undefined {
  const { attribution } = scope.facts.inputs;
  if (attribution === undefined) return undefined;
  const tally = new Tally(wanted, attribution.evidence);
  const isInScope = pathsOf(scope);
  const commits = commitsOf(scope.facts.inputs.commits, scope.update);
  for (const commit of attribution.commits) {
    if (!commits.has(commit.oid)) continue;
    const files = commit.files.filter(({ path }) => isInScope(path));
    for (const file of files) tally.addFile(file);
    tally.addCommit(commit.evidence, files);
  }
  for (const { commit, path } of attribution.unseen) if (commits.has(commit) && isInScope(path)) tally.isPartial = true;
  return tally.result();
}

function pathsOf({ hasPickedChanges, touched }: Scope): (path: string) => boolean {
  if (!hasPickedChanges) return () => true;
  const picked = new Set(touched.map(({ path }) => path));
  return (path) => picked.has(path);
}

function commitsOf(commits: Scope['facts']['inputs']['commits'], update: UpdateFacts): ReadonlySet<string> {
  return new Set(update.commits.flatMap((at) => commits[at]?.oid ?? []));
}

class Tally {
  readonly #wanted: WantedMachines;
  readonly #evidence: readonly Evidence[];
  readonly #agents = new Set<string>();
  readonly #paths = new Set<string>();
  #all = NO_LINES;
  #lines = 0;
  #source = { lines: 0, total: 0 };
  #unproven = 0;
  isPartial = false;

  constructor(wanted: WantedMachines, evidence: readonly Evidence[]) {
    this.#wanted = wanted;
    this.#evidence = evidence;
  }

  addFile(file: FileAttribution): void {
    this.#all = addCounts(this.#all, file.lines);
    for (const range of file.ranges) {
      const size = range.end - range.start + 1;
      const lines = this.#isWantedRange(range) ? size : 0;
      this.#lines += lines;
      if (lines > 0) this.#paths.add(file.path);
      if (file.column === 'source') {
        this.#source = { lines: this.#source.lines + lines, total: this.#source.total + size };
      }
      if (range.tier === undefined || !isAtLeast(range.tier, 'E4')) this.#unproven += size;
    }
  }

  /** What speaks of the commit as a whole names an agent also where no line is its own. */
  addCommit(evidence: readonly number[], files: readonly FileAttribution[]): void {
    for (const at of evidence) {
      const item = this.#evidence[at];
      if (item === undefined || !this.#isWantedItem(item)) continue;
      if (item.scope === 'line' && !files.some(({ path }) => path === item.target.path)) continue;
      if (files.length === 0 && item.scope !== 'push') continue;
      this.#agents.add(item.claim.codingAgent ?? 'unknown-ai');
      for (const { path } of files) if (item.scope !== 'line' || item.target.path === path) this.#paths.add(path);
    }
  }

  #isWantedRange({ state, evidence, tier }: OwnedRange): boolean {
    if (state === 'unknown' || state === 'human-attested') return false;
    const items = evidence.flatMap((at) => this.#evidence[at] ?? []);
    if (items.some((item) => this.#isWantedItem(item))) return true;
    return items.length === 0 && this.#isOfAny() && this.#isOfTier(tier);
  }

  #isOfAny(): boolean {
    return this.#wanted.codingAgents === undefined && this.#wanted.models === undefined;
  }

  #isWantedItem({ claim, tier }: Evidence): boolean {
    if (claim.by !== 'ai' && claim.by !== 'mixed') return false;
    const { codingAgents, models } = this.#wanted;
    if (codingAgents !== undefined && !isOneOf(codingAgents, claim.codingAgent ?? 'unknown-ai')) return false;
    if (models !== undefined && !(claim.model !== undefined && isOneOf(models, claim.model))) return false;
    return this.#isOfTier(tier);
  }

  #isOfTier(tier: Tier | undefined): boolean {
    const { tier: asked } = this.#wanted;
    return asked === undefined || (tier !== undefined && compares(asked, Number(tier.slice(1))));
  }

  result(): MachineLines {
    const total = Object.values(this.#all).reduce((sum, count) => sum + count, 0);
    return {
      lines: this.#lines,
      unknown: this.#all.unknown,
      total,
      source: this.#source,
      codingAgents: [...this.#agents].sort(),
      paths: this.#paths,
      isPartial: this.isPartial,
      isProven: total > 0 && this.#unproven === 0 && !this.isPartial,
    };
  }
}

function isOneOf(globs: readonly Glob[], text: string): boolean {
  return globs.some((glob) => glob.matchesLoosely(text));
}
