// `secrets: { severity, rules, inlineAllow }`: credentials in what the push introduces. What an exception covers does not
// count, nor what a comment allows where `inlineAllow: true` says so. Nobody having looked counts as a match.
import type { Finding } from '../../push/finding.ts';
import {
  describeWanted,
  isCounting,
  isWanted,
  summary,
  WANTED_KEYS,
  type WantedSecrets,
  wantedSecretsOf,
} from '../wanted-secrets.ts';
import { mapOf } from '../yaml-values.ts';
import { relevantFindings } from './findings.ts';
import type { Mode, PredicateKey, Scope, Seen } from './predicate.ts';

export const secrets: PredicateKey = {
  key: 'secrets',
  parse(value) {
    const keys = mapOf(value, WANTED_KEYS);
    const wanted = keys && wantedSecretsOf(keys);
    if (wanted === undefined) return undefined;
    return { key: 'secrets', asked: describeWanted(wanted), evaluate: (scope, mode) => look(scope, mode, wanted) };
  },
};

function look(scope: Scope, mode: Mode, wanted: WantedSecrets): Seen {
  if (scope.facts.inputs.secrets === undefined) return { holds: mode === 'some', seen: 'nobody has looked' };
  const counting = relevantFindings(scope).filter(([, finding]) => isCounting(finding, wanted));
  const judged = counting.filter(([index]) => scope.secrets?.has(index) ?? true);
  const matching = judged.filter(([, finding]) => isWanted(finding, wanted));
  const holds = matching.length > 0 && (mode === 'some' || matching.length === judged.length);
  return { holds, seen: describe(matching.map(([, finding]) => finding)), findings: matching.map(([index]) => index) };
}

function describe(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'none' : summary(findings);
}
