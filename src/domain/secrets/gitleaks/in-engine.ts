// The rules of a `.gitleaks.toml` beside our own: their words are found in the engine's one pass, and what the file lets
// off (everywhere, or of a rule of ours that it names) is let off here too.
import type { Reading } from '../reading.ts';
import type { Anchor, SecretRule } from '../rule.ts';
import { type AllowanceTexts, allowsFinding, allowsOrigin, type Origin } from './allowance.ts';
import type { Allowlist, GitleaksConfig, RuleOverlay } from './config.ts';
import { entropyOf } from './entropy.ts';
import { createGitleaksMatcher, type Fragment, type GitleaksScan } from './matcher.ts';
import type { ScanLimits } from './meter.ts';
import type { AnchorHits } from './scan-text.ts';

/** The table of the engine holds 32,767 states; more words than this are looked for by the matcher itself. */
const MAX_ANCHOR_BYTES = 12_000;

export interface GitleaksInEngine {
  /** To be scanned with, beside our own; it never matches. None when the words do not fit. */
  readonly rules: readonly SecretRule[];
  /** Before each text that is scanned. */
  begin(): void;
  /** What the file's rules find in the text that was just scanned. */
  scan(fragment: Fragment, limits: ScanLimits): GitleaksScan;
  /** Rules of ours that the file turns off. */
  readonly disabled: ReadonlySet<string>;
  /** Whether the file lets off everything in a text from there. */
  allowsAll(origin: Origin): boolean;
  /** Whether the file lets off what a rule of ours found. */
  allows(rule: string, origin: Origin, texts: AllowanceTexts): boolean;
}

export function gitleaksInEngine(config: GitleaksConfig): GitleaksInEngine {
  const matcher = createGitleaksMatcher(config);
  const words = new Words(matcher.anchors);
  const overlays = new Map(config.overlays.map((overlay) => [overlay.id, overlay]));
  return {
    rules: words.rules,
    begin: () => words.clear(),
    disabled: new Set(config.disabledDefaultRules),
    scan(fragment, limits) {
      const hits = words.hits;
      if (hits?.size === 0 && !matcher.readsEveryText) return { state: 'scanned', matches: [] };
      return matcher.scan(fragment, { limits, ...(hits !== undefined && { hits }) });
    },
    allowsAll: (origin) => allowsOrigin(config.allowlists, origin),
    allows: (rule, origin, texts) => allowsOurs(config.allowlists, overlays.get(rule), origin, texts),
  };
}

function allowsOurs(
  everywhere: readonly Allowlist[],
  overlay: RuleOverlay | undefined,
  origin: Origin,
  texts: AllowanceTexts,
): boolean {
  if (overlay?.entropy !== undefined && entropyOf(texts.secret) <= overlay.entropy) return true;
  return allowsFinding([...(overlay?.allowlists ?? []), ...everywhere], origin, texts);
}

/** A rule whose check only notes where it was called. */
class Words {
  readonly rules: readonly SecretRule[];
  readonly #hits = new Map<string, number[]>();

  constructor(words: readonly string[]) {
    const size = words.reduce((sum, word) => sum + word.length, 0);
    const fits = size <= MAX_ANCHOR_BYTES && words.every((word) => !word.includes('\0'));
    this.rules = fits && words.length > 0 ? [this.#ruleOf(words)] : [];
  }

  /** Undefined: nobody looked. */
  get hits(): AnchorHits | undefined {
    return this.rules.length > 0 ? this.#hits : undefined;
  }

  clear(): void {
    this.#hits.clear();
  }

  #ruleOf(words: readonly string[]): SecretRule {
    return {
      id: 'gitleaks-words',
      vendor: 'gitleaks',
      title: 'Words of a .gitleaks.toml',
      severity: 'info',
      url: 'https://github.com/gitleaks/gitleaks',
      remedy: 'None: it never matches.',
      anchors: words.map((text): Anchor => ({ text, fold: true })),
      check: (_bytes, start, end, reading) => this.#note(reading, start, end),
    };
  }

  #note(reading: Reading, start: number, end: number): undefined {
    const word = reading.text(start, end).toLowerCase();
    const places = this.#hits.get(word);
    if (places === undefined) this.#hits.set(word, [start]);
    else places.push(start);
  }
}
