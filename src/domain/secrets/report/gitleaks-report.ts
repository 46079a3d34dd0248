// gitleaks' own JSON report, for tools that read it: its keys, in its order. Secret and Match are masked, always; whoever
// compares reports does so by Fingerprint.
import { fingerprintOf } from '../gitleaks/ignore-file.ts';
import type { ReportFinding } from './report-finding.ts';

export interface GitleaksReportEntry {
  readonly RuleID: string;
  readonly Description: string;
  readonly StartLine: number;
  readonly EndLine: number;
  readonly StartColumn: number;
  readonly EndColumn: number;
  readonly Match: string;
  readonly Secret: string;
  readonly File: string;
  readonly SymlinkFile: string;
  readonly Commit: string;
  readonly Entropy: number;
  readonly Author: string;
  readonly Email: string;
  readonly Date: string;
  readonly Message: string;
  readonly Tags: readonly string[];
  /** As a line of `.gitleaksignore`. */
  readonly Fingerprint: string;
}

export function toGitleaksReport(findings: readonly ReportFinding[]): readonly GitleaksReportEntry[] {
  return findings.map(entryOf);
}

function entryOf(finding: ReportFinding): GitleaksReportEntry {
  const { rule, file, line, column, masked, commit = '' } = finding;
  return {
    RuleID: rule,
    Description: finding.description ?? '',
    StartLine: line,
    EndLine: finding.endLine ?? line,
    StartColumn: column,
    EndColumn: finding.endColumn ?? column,
    Match: masked,
    Secret: masked,
    File: file,
    SymlinkFile: finding.symlink ?? '',
    Commit: commit,
    Entropy: single(finding.entropy ?? 0),
    Author: finding.author ?? '',
    Email: finding.email ?? '',
    Date: finding.date ?? '',
    Message: finding.message ?? '',
    Tags: finding.tags ?? [],
    Fingerprint: fingerprintOf({ path: file, rule, line, commit }),
  };
}

/** The shortest number that is the same in single precision, which gitleaks writes. */
function single(value: number): number {
  const near = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(near.toPrecision(digits));
    if (Math.fround(short) === near) return short;
  }
  return Number(near.toPrecision(9));
}
