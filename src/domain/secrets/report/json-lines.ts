// `--format jsonl`: one finding a line.
import { jsonText } from './json-text.ts';
import type { ReportFinding } from './report-finding.ts';

/** The line of a finding, with its newline. */
export function toJsonLine(finding: ReportFinding): string {
  return `${jsonText(toPlainFinding(finding))}\n`;
}

/** The same as a value: what `sallyport scan --json` has an array of. */
export function toPlainFinding({ file, line, column, rule, severity, masked, commit }: ReportFinding) {
  return { file, line, column, rule, severity, masked, ...(commit !== undefined && { commit }) };
}
