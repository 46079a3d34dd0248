// `findings: [rule, …]` or `findings: { rules, severity }`: what the inspection saw, such as `lfs-pointer`. A finding
// on a commit belongs to the updates that bring this commit, one on a path to the changes picked by `paths`; a finding
// that says neither belongs to all.
import { visibleText } from '../../../protocol/bytes.ts';
import { type Finding, SEVERITIES } from '../../push/finding.ts';
import { parseSeverity } from '../wanted-secrets.ts';
import { eachOf, isMapNode, mapOf, problemAt, textOf, type Value } from '../yaml-values.ts';
import { type Comparison, compares, comparisonOf } from './comparison.ts';
import { type PredicateKey, type Scope, someOf } from './predicate.ts';

interface Wanted {
  readonly rules?: readonly string[];
  readonly severity?: Comparison;
}

export const findings: PredicateKey = {
  key: 'findings',
  parse(value) {
    const wanted = isMapNode(value) ? wantedOfMap(value) : wantedOfList(value);
    if (wanted === undefined) return undefined;
    const asked = [
      ...(wanted.rules ? [`of ${someOf(wanted.rules.map(visibleText))}`] : []),
      ...(wanted.severity ? [`of severity ${wanted.severity.text}`] : []),
    ];
    return {
      key: 'findings',
      asked: `a finding ${asked.join(' and ')}`,
      evaluate(scope, mode) {
        const relevant = relevantFindings(scope);
        const matching = relevant.filter(([, finding]) => isWanted(finding, wanted));
        const holds = matching.length > 0 && (mode === 'some' || matching.length === relevant.length);
        const seen = matching.length === 0 ? 'none' : someOf(matching.map(([, finding]) => describe(finding)));
        return { holds, seen, findings: matching.map(([index]) => index) };
      },
    };
  },
};

function wantedOfList(value: Value): Wanted | undefined {
  const rules = eachOf(value, textOf);
  return rules === undefined ? undefined : { rules };
}

function wantedOfMap(value: Value): Wanted | undefined {
  const keys = mapOf(value, ['rules', 'severity']);
  if (keys === undefined) return undefined;
  if (keys.size === 0) return problemAt(value, '`findings` names nothing', 'give `rules` or `severity`');
  const [rulesAt, severityAt] = [keys.get('rules'), keys.get('severity')];
  const rules = rulesAt && eachOf(rulesAt, textOf);
  const severity = severityAt && comparisonOf(severityAt, parseSeverity, '>=medium');
  if ((rulesAt && !rules) || (severityAt && !severity)) return undefined;
  return { ...(rules && { rules }), ...(severity && { severity }) };
}

function isWanted(finding: Finding, { rules, severity }: Wanted): boolean {
  if (rules !== undefined && !rules.includes(finding.rule)) return false;
  return severity === undefined || compares(severity, SEVERITIES.indexOf(finding.severity));
}

/** Those that belong to this update, and to the changes that are picked. */
export function relevantFindings(scope: Scope): readonly (readonly [number, Finding])[] {
  const { inputs } = scope.facts;
  const brought = new Set(scope.facts.authored(scope.update).map(({ oid }) => oid));
  const known = new Set([...inputs.commits, ...inputs.tags].map(({ oid }) => oid));
  const picked = new Set(scope.touched.map((change) => change.path));
  return [...inputs.findings.entries()].filter(([, { commit, path, where }]) => {
    const isElsewhere = commit !== undefined && known.has(commit) && !brought.has(commit);
    // A name with a secret in it is masked, and equals no path.
    const isAnywhere = path === undefined || where !== undefined || !scope.hasPickedChanges;
    return !isElsewhere && (isAnywhere || isIn(picked, path));
  });
}

/** Also `archive!member` when the archive is picked. */
function isIn(picked: ReadonlySet<string>, path: string): boolean {
  if (picked.has(path)) return true;
  for (let at = path.indexOf('!'); at >= 0; at = path.indexOf('!', at + 1)) {
    if (picked.has(path.slice(0, at))) return true;
  }
  return false;
}

function describe(finding: Finding): string {
  const place = [finding.commit?.slice(0, 10), finding.path].filter((part) => part !== undefined).join(' ');
  return visibleText(place === '' ? finding.rule : `${place} ${finding.rule}`);
}
