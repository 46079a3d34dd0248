// The rules of a `.gitleaks.toml` on one text after another. A rule runs when one of its keywords is in the text, around
// the words that its pattern cannot do without, and on the whole text only when there are no such words.
//
// With an automaton of its own, the engine looks for `anchors` while it looks for everything else, and hands in what it
// saw: then a text without any of them costs nothing here.
import type { Span } from '../../regex/linear-regex.ts';
import { allowsOrigin } from './allowance.ts';
import { withParts } from './composite.ts';
import type { GitleaksConfig, GitleaksRule } from './config.ts';
import { detect } from './detect.ts';
import type { GitleaksMatch } from './match.ts';
import { Meter, type OverReason, type ScanLimits, ScanOver } from './meter.ts';
import { type Plan, planOf, type RulePlan } from './plan.ts';
import { type AnchorHits, ScanText } from './scan-text.ts';

export interface Fragment {
  readonly bytes: Uint8Array;
  /** As allowlists and path rules see it; without one, no such check holds. */
  readonly path?: string;
  readonly commit?: string;
}

export interface ScanOptions {
  /** Where the anchors are in this text, all of them. Without it they are looked for here. */
  readonly hits?: AnchorHits;
  readonly limits?: ScanLimits;
}

export type GitleaksScan =
  | { readonly state: 'scanned'; readonly matches: readonly GitleaksMatch[] }
  /** The text was not read to its end: whoever decides must not take it for clean. */
  | {
      readonly state: 'scanner-timeout';
      readonly reason: OverReason;
      /** Ids of the rules that did not finish. */
      readonly rules: readonly string[];
      readonly matches: readonly GitleaksMatch[];
    };

export interface GitleaksMatcher {
  /** Words in ASCII lower case, to be found in any case (ASCII). */
  readonly anchors: readonly string[];
  /** True when some rule has no anchor: then texts without any hit must be scanned as well. */
  readonly readsEveryText: boolean;
  scan(fragment: Fragment, options?: ScanOptions): GitleaksScan;
}

/** Offsets must fit what strings can hold. */
const MAX_TEXT = 256 * 1024 * 1024;

/** Prepares the rules of a config. Pure; the matcher may be kept and used for any number of texts. */
export function createGitleaksMatcher(config: GitleaksConfig): GitleaksMatcher {
  const plan = planOf(config.rules);
  return Object.freeze({
    anchors: plan.anchors,
    readsEveryText: plan.readsEveryText,
    scan: (fragment: Fragment, options: ScanOptions = {}) => new Scan(config, plan, fragment, options).run(),
  });
}

class Scan {
  readonly #config: GitleaksConfig;
  readonly #plan: Plan;
  readonly #text: ScanText;
  readonly #origin: { readonly path: string; readonly commit: string };
  readonly #meter: Meter;
  readonly #findings = new Map<string, readonly GitleaksMatch[]>();

  constructor(config: GitleaksConfig, plan: Plan, { bytes, path = '', commit = '' }: Fragment, options: ScanOptions) {
    this.#config = config;
    this.#plan = plan;
    this.#text = new ScanText(bytes, options.hits);
    this.#origin = { path, commit };
    this.#meter = new Meter(options.limits ?? {}, bytes.length);
  }

  run(): GitleaksScan {
    if (allowsOrigin(this.#config.allowlists, this.#origin)) return { state: 'scanned', matches: [] };
    const matches: GitleaksMatch[] = [];
    const waiting = this.#plan.rules.filter(({ rule }) => !rule.skipReport);
    if (this.#text.bytes.length > MAX_TEXT) return over('size', waiting, matches);
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        for (const match of this.#reported(next)) matches.push(match);
        waiting.shift();
      }
      return { state: 'scanned', matches: withoutGenericTwins(matches, this.#text, this.#meter) };
    } catch (error) {
      if (!(error instanceof ScanOver)) throw error;
      return over(error.reason, waiting, matches);
    }
  }

  #reported(plan: RulePlan): readonly GitleaksMatch[] {
    if (!this.#isWorthwhile(plan)) return [];
    return withParts(this.#all(plan), plan.rule.required, (id) => this.#part(id), this.#meter);
  }

  #isWorthwhile({ keywords }: RulePlan): boolean {
    return keywords.length === 0 || keywords.some(({ word, isAnchor }) => this.#text.hasKeyword(word, isAnchor));
  }

  /** A part is looked for without asking for its keywords, and even when it is not reported by itself. */
  #part(id: string): readonly GitleaksMatch[] {
    const plan = this.#plan.rules.find(({ rule }) => rule.id === id);
    return plan === undefined ? [] : this.#all(plan);
  }

  #all(plan: RulePlan): readonly GitleaksMatch[] {
    const known = this.#findings.get(plan.rule.id);
    if (known !== undefined) return known;
    const around = { text: this.#text, origin: this.#origin, allowlists: this.#config.allowlists, meter: this.#meter };
    const found = detect(plan, around);
    this.#findings.set(plan.rule.id, found);
    return found;
  }
}

function over(reason: OverReason, waiting: readonly RulePlan[], matches: readonly GitleaksMatch[]): GitleaksScan {
  return { state: 'scanner-timeout', reason, rules: waiting.map(({ rule }) => rule.id), matches };
}

/** Drops what a generic rule found when another rule found the same secret on the same line. */
function withoutGenericTwins(all: readonly GitleaksMatch[], text: ScanText, meter: Meter): readonly GitleaksMatch[] {
  const generic = all.filter(({ rule }) => isGeneric(rule));
  if (generic.length === 0) return all;
  const specific = Map.groupBy(
    all.filter(({ rule }) => !isGeneric(rule)),
    ({ startLine }) => startLine,
  );
  const lengthOf = ({ start, end }: Span) => end - start;
  const twins = new Set(
    generic.filter((match) => {
      const others = specific.get(match.startLine) ?? [];
      meter.spend(others.reduce((sum, other) => sum + lengthOf(other.secret) + lengthOf(match.secret), 0));
      const secret = text.text(match.secret);
      return others.some((other) => text.text(other.secret).includes(secret));
    }),
  );
  return all.filter((match) => !twins.has(match));
}

function isGeneric({ id }: GitleaksRule): boolean {
  return id.toLowerCase().includes('generic');
}
