// How each rule is run, worked out once: what must be in a text, and around what its pattern is run.
import type { GitleaksRule } from './config.ts';
import { isAscii } from './scan-text.ts';

export interface Plan {
  readonly rules: readonly RulePlan[];
  readonly anchors: readonly string[];
  readonly readsEveryText: boolean;
}

export interface RulePlan {
  readonly rule: GitleaksRule;
  /** One of them must be in the text; empty: the rule always runs. */
  readonly keywords: readonly { readonly word: string; readonly isAnchor: boolean }[];
  /** Words of which every match holds one; undefined: the pattern runs on the whole text. */
  readonly words: readonly string[] | undefined;
  /** Whether all of `words` are anchors. */
  readonly areAnchors: boolean;
}

/** Shorter words are everywhere: an automaton that stops at each is slower than one search for the rule itself. */
const MIN_ANCHOR = 3;
/** Windows around shorter words would cover the text several times over. */
const MIN_WORD = 2;

export function planOf(rules: readonly GitleaksRule[]): Plan {
  const anchors = new Set(rules.flatMap(anchorsOf));
  const readsEveryText = rules.some((rule) => !rule.skipReport && !isAnchored(rule));
  return { rules: rules.map((rule) => planRule(rule, anchors)), anchors: [...anchors].sort(), readsEveryText };
}

function planRule(rule: GitleaksRule, anchors: ReadonlySet<string>): RulePlan {
  const words = wordsOf(rule);
  return {
    rule,
    keywords: rule.keywords.map((word) => ({ word, isAnchor: anchors.has(word) })),
    words,
    areAnchors: words?.every((word) => anchors.has(word)) ?? false,
  };
}

/** What the automaton is asked to find for a rule: its keywords, else the words of its pattern. */
function anchorsOf(rule: GitleaksRule): readonly string[] {
  const words = rule.keywords.length > 0 ? rule.keywords : (wordsOf(rule) ?? []);
  return words.every(isAnchor) ? words : [];
}

function isAnchored(rule: GitleaksRule): boolean {
  return anchorsOf(rule).length > 0;
}

function isAnchor(word: string): boolean {
  return word.length >= MIN_ANCHOR && isAscii(word);
}

function wordsOf({ regex }: GitleaksRule): readonly string[] | undefined {
  const words = regex?.literals;
  return words?.every((word) => word.length >= MIN_WORD) ? words : undefined;
}
