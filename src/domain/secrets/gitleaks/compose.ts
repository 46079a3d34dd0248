// A config and the files it extends, the nearest first, made one: what a nearer file says about a rule goes before what
// a farther one says; lists are added up.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Allowlist, GitleaksConfig, GitleaksRule, RuleOverlay } from './config.ts';
import type { WrittenRule } from './read-rule.ts';
import { problem, type Report } from './toml-table.ts';

/** One file as written. */
export interface WrittenConfig {
  readonly title: string;
  readonly description: string;
  readonly rules: readonly WrittenRule[];
  readonly allowlists: readonly { readonly allowlist: Allowlist; readonly targets: readonly string[] }[];
  readonly path: string | undefined;
  readonly useDefault: boolean;
  readonly disabledRules: readonly string[];
}

/** Undefined never; rules that cannot be used are left out, with a problem each. */
export function compose(files: readonly WrittenConfig[], report: Report): GitleaksConfig {
  const useDefault = files.some((file) => file.useDefault);
  const rules = targeted(joinRules(files, useDefault, report), files, useDefault, report);
  const whole = rules.filter((rule) => rule.regex !== undefined || rule.path !== undefined);
  const overlays = rules.filter((rule) => rule.regex === undefined && rule.path === undefined);
  for (const rule of useDefault ? [] : overlays) {
    const hint = 'a rule needs one of them, unless it changes a rule of a file that [extend] names';
    problem(about(rule, report), 'error', 'the rule has neither `regex` nor `path`', hint);
  }
  checkRequired(whole, report);
  warnOfSlow(whole, report);
  return {
    title: files[0]?.title ?? '',
    description: files[0]?.description ?? '',
    rules: whole.map(finished),
    allowlists: files.flatMap((file) => file.allowlists.filter(({ targets }) => targets.length === 0)).map(listOf),
    useDefault,
    disabledDefaultRules: useDefault ? files.flatMap((file) => file.disabledRules) : [],
    overlays: useDefault ? overlays.map(overlayOf) : [],
  };
}

const listOf = ({ allowlist }: { readonly allowlist: Allowlist }) => allowlist;

/** From the farthest file to the nearest: what that one disables goes, what it says itself is merged in. */
function joinRules(files: readonly WrittenConfig[], useDefault: boolean, report: Report): Map<string, WrittenRule> {
  const rules = new Map<string, WrittenRule>();
  for (const file of files.toReversed()) {
    for (const id of file.disabledRules) {
      if (rules.delete(id) || useDefault) continue;
      problem(
        report,
        'warning',
        `disabledRules names "${visibleText(id)}", which there is not`,
        'look at its spelling',
      );
    }
    for (const rule of file.rules) {
      const base = rules.get(rule.id);
      rules.set(rule.id, base === undefined ? rule : merged(base, rule));
    }
  }
  return rules;
}

function merged(base: WrittenRule, near: WrittenRule): WrittenRule {
  return {
    id: near.id,
    line: near.line,
    description: near.description ?? base.description,
    regex: near.regex ?? base.regex,
    path: near.path ?? base.path,
    secretGroup: near.secretGroup || base.secretGroup,
    entropy: near.entropy || base.entropy,
    keywords: [...new Set([...base.keywords, ...near.keywords])],
    tags: [...base.tags, ...near.tags],
    skipReport: base.skipReport || near.skipReport,
    allowlists: [...base.allowlists, ...near.allowlists],
    required: near.required.length > 0 ? near.required : base.required,
  };
}

/** Global allowlists with `targetRules` go to those rules; with useDefault a name may be one of the scanner's own. */
function targeted(
  rules: Map<string, WrittenRule>,
  files: readonly WrittenConfig[],
  useDefault: boolean,
  report: Report,
): readonly WrittenRule[] {
  for (const { allowlist, targets } of files.flatMap((file) => file.allowlists)) {
    for (const id of new Set(targets)) {
      const rule = rules.get(id) ?? (useDefault ? nothingSaid(id) : undefined);
      if (rule !== undefined) rules.set(id, { ...rule, allowlists: [...rule.allowlists, allowlist] });
      else
        problem(report, 'error', `targetRules names "${visibleText(id)}", which there is not`, 'look at its spelling');
    }
  }
  return [...rules.values()];
}

function nothingSaid(id: string): WrittenRule {
  const unsaid = { regex: undefined, path: undefined, secretGroup: undefined, entropy: undefined };
  const lists = { keywords: [], tags: [], allowlists: [], required: [] };
  return { id, line: undefined, description: undefined, skipReport: false, ...unsaid, ...lists };
}

function checkRequired(rules: readonly WrittenRule[], report: Report): void {
  const ids = new Set(rules.map(({ id }) => id));
  for (const rule of rules) {
    for (const { id } of rule.required) {
      if (ids.has(id)) continue;
      const message = `[[rules.required]] names "${visibleText(id)}", which there is not`;
      problem(about(rule, report), 'error', message, 'define that rule, with skipReport = true if it is only a part');
    }
  }
}

function warnOfSlow(rules: readonly WrittenRule[], report: Report): void {
  for (const rule of rules) {
    if (rule.regex === undefined || rule.keywords.length > 0 || rule.regex.literals !== undefined) continue;
    const message = 'the rule has no keywords and its pattern no certain word: it reads every text as a whole';
    problem(about(rule, report), 'warning', message, 'give it `keywords`; on large texts it may run out of time');
  }
}

function about(rule: WrittenRule, report: Report): Report {
  return { ...report, rule: visibleText(rule.id), ...(rule.line !== undefined && { line: rule.line }) };
}

function finished({ line: _, ...rule }: WrittenRule): GitleaksRule {
  const { description = '', secretGroup = 0, entropy = 0 } = rule;
  return { ...rule, description, secretGroup, entropy };
}

function overlayOf({ id, description, entropy, tags, allowlists }: WrittenRule): RuleOverlay {
  return { id, description, entropy, tags, allowlists };
}
