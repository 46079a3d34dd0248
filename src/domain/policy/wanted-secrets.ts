// Which secrets a rule, or the built-in default, is about: `severity`, `rules` (globs over their ids), `inlineAllow`.
import { visibleText } from '../../protocol/bytes.ts';
import { type Finding, isSecret, SEVERITIES } from '../push/finding.ts';
import type { Glob } from './glob.ts';
import { type Comparison, compares, comparisonOf } from './predicates/comparison.ts';
import { globOf } from './predicates/glob-value.ts';
import { someOf } from './predicates/predicate.ts';
import { eachOf, flagOf, type Value } from './yaml-values.ts';

export interface WantedSecrets {
  readonly severity?: Comparison;
  readonly rules?: readonly Glob[];
  /** A comment on the line (`sallyport:allow`, `gitleaks:allow`) takes its secret out. Who pushes writes such comments. */
  readonly inlineAllow: boolean;
}

export const WANTED_KEYS = ['severity', 'rules', 'inlineAllow'] as const;

export const AT_LEAST_MEDIUM: Comparison = Object.freeze({
  sign: '>=',
  amount: SEVERITIES.indexOf('medium'),
  text: '>=medium',
});

/** Reads them from a map's entries; undefined when any is wrong, which has then been reported. */
export function wantedSecretsOf(keys: ReadonlyMap<string, Value>): WantedSecrets | undefined {
  const [severityAt, rulesAt, inlineAt] = WANTED_KEYS.map((key) => keys.get(key));
  const severity = severityAt && comparisonOf(severityAt, parseSeverity, '>=medium');
  const rules = rulesAt && eachOf(rulesAt, (value) => globOf(value, { flat: true }));
  const inlineAllow = inlineAt ? flagOf(inlineAt) : false;
  if ((severityAt && !severity) || (rulesAt && !rules) || inlineAllow === undefined) return undefined;
  return { ...(severity && { severity }), ...(rules && { rules }), inlineAllow };
}

export function parseSeverity(text: string): number | undefined {
  const rank = SEVERITIES.map(String).indexOf(text);
  return rank < 0 ? undefined : rank;
}

/** Secrets that nobody has excepted, and no comment where comments count. */
export function isCounting(finding: Finding, { inlineAllow }: WantedSecrets): boolean {
  if (!isSecret(finding) || finding.exception !== undefined) return false;
  return !inlineAllow || finding.allowed === undefined;
}

/** What stands for secrets that are not listed one by one is of any rule. */
export function isWanted(finding: Finding, { severity, rules }: WantedSecrets): boolean {
  const isOfRule = rules?.some((glob) => glob.matches(finding.rule)) ?? true;
  if (!isOfRule && finding.fingerprint !== undefined) return false;
  return severity === undefined || compares(severity, SEVERITIES.indexOf(finding.severity));
}

/** `a secret of aws-* and of severity >=medium`. */
export function describeWanted({ severity, rules, inlineAllow }: WantedSecrets): string {
  const parts = [
    ...(rules ? [`of ${someOf(rules.map(({ pattern }) => visibleText(pattern)))}`] : []),
    ...(severity ? [`of severity ${severity.text}`] : []),
  ];
  const without = inlineAllow ? ', less what comments allow' : '';
  return `a secret ${parts.join(' and ')}`.trimEnd() + without;
}

/** `2 secrets (github-personal-access-token, aws-access-key-id)`: what was found, in a few words. */
export function summary(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  const values = new Set(findings.map(({ rule, fingerprint }) => `${rule} ${fingerprint}`)).size;
  return `${values} ${values === 1 ? 'secret' : 'secrets'} (${someOf(rules.map(visibleText))})`;
}
