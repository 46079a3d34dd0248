// SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0), as forges and editors read it. Only what we know is said:
// no snippets of files, no repository addresses.
import type { Severity } from '../../push/finding.ts';
import type { ReportFinding, ReportRule } from './report-finding.ts';

type Level = 'error' | 'warning' | 'note';

const LEVELS: Readonly<Record<Severity, Level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};
/** What GitHub sorts alerts by. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: '0.0',
};

/** One log with one run. `version` is the program's; rules that findings name but `rules` has not are added. */
export function toSarif(findings: readonly ReportFinding[], version: string, rules: readonly ReportRule[]) {
  const listed = withFound(rules, findings);
  const indexes = new Map(listed.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Sallyport', version, rules: listed.map(descriptorOf) } },
        results: findings.map((finding) => resultOf(finding, indexes)),
      },
    ],
  };
}

function withFound(rules: readonly ReportRule[], findings: readonly ReportFinding[]): readonly ReportRule[] {
  const listed = new Map(rules.map((rule) => [rule.id, rule]));
  for (const { rule: id, description, severity } of findings) {
    if (!listed.has(id)) listed.set(id, { id, description: description ?? '', severity });
  }
  return [...listed.values()];
}

function descriptorOf({ id, description, severity, helpUrl }: ReportRule) {
  return {
    id,
    shortDescription: { text: description === '' ? id : description },
    ...(helpUrl !== undefined && { helpUri: helpUrl }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ['security', 'secret'], 'security-severity': SCORES[severity] },
  };
}

function resultOf(finding: ReportFinding, indexes: ReadonlyMap<string, number>) {
  const { rule, severity, masked, file, commit, fingerprint, tags = [] } = finding;
  const where = commit === undefined ? file : `${file} at commit ${commit}`;
  const fingerprints = {
    ...(fingerprint !== undefined && { 'sallyportSecret/v1': fingerprint }),
    ...(commit !== undefined && { commitSha: commit }),
  };
  return {
    ruleId: rule,
    ruleIndex: indexes.get(rule) ?? -1,
    level: LEVELS[severity],
    message: { text: plain(`${rule} found ${masked} in ${where}`) },
    locations: [{ physicalLocation: placeOf(finding) }],
    ...(Object.keys(fingerprints).length > 0 && { partialFingerprints: fingerprints }),
    ...(tags.length > 0 && { properties: { tags: [...new Set(tags)] } }),
  };
}

function placeOf(finding: ReportFinding) {
  const { line, column, endLine = line, endColumn = column } = finding;
  const artifactLocation = { uri: uriOf(finding.symlink ?? finding.file), uriBaseId: '%SRCROOT%' };
  if (line < 1) return { artifactLocation };
  // SARIF's end column is the one behind the last character.
  const region = { startLine: line, startColumn: Math.max(column, 1), endLine, endColumn: Math.max(endColumn, 1) + 1 };
  return { artifactLocation, region };
}

/** Message text without links and placeholders of its own (3.11.5 and 3.11.6): a file's name may look like one. */
function plain(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&').replace(/[{}]/g, '$&$&');
}

/** A relative URI reference: everything but unreserved signs and `/` is escaped, also what might read as a scheme. */
function uriOf(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
