// The formats of a scan on stdout. Findings are written as they come, but where a format is one document about all.
import type { Severity } from '../../domain/push/finding.ts';
import { toGitleaksReport } from '../../domain/secrets/report/gitleaks-report.ts';
import { toJsonLine } from '../../domain/secrets/report/json-lines.ts';
import { jsonText } from '../../domain/secrets/report/json-text.ts';
import type { ReportFinding } from '../../domain/secrets/report/report-finding.ts';
import { toSarif } from '../../domain/secrets/report/sarif.ts';
import type { SecretRule } from '../../domain/secrets/rule.ts';
import { VERSION } from '../../gateway/version.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { CommandError } from '../terminal.ts';
import type { ScanFormat } from './formats.ts';

export interface Report {
  add(finding: ReportFinding): void;
  /** Ends the document. */
  end(): void;
  readonly count: number;
}

/** Documents about all findings hold them in memory. */
const MAX_IN_DOCUMENT = 100_000;

/** `write` is process.stdout's, or a test's. */
export function openReport(format: ScanFormat, rules: readonly SecretRule[], write: (text: string) => void): Report {
  switch (format) {
    case 'text':
      return streamed(textLine, { start: '', end: '' }, write);
    case 'jsonl':
      return streamed(toJsonLine, { start: '', end: '' }, write);
    case 'json':
      return jsonArray(write);
    case 'gitleaks':
      return document((findings) => toGitleaksReport(findings), write);
    case 'sarif':
      return document((findings) => toSarif(findings, VERSION, sarifRules(rules, findings)), write);
  }
}

function streamed(
  line: (finding: ReportFinding) => string,
  { start, end }: { start: string; end: string },
  write: (text: string) => void,
): Report {
  let count = 0;
  write(start);
  return {
    add(finding) {
      count += 1;
      write(line(finding));
    },
    end: () => write(end),
    get count() {
      return count;
    },
  };
}

function jsonArray(write: (text: string) => void): Report {
  let separator = '\n  ';
  const line = (finding: ReportFinding): string => {
    const text = separator + toJsonLine(finding).trimEnd();
    separator = ',\n  ';
    return text;
  };
  const report = streamed(line, { start: '[', end: '' }, write);
  return {
    add: report.add,
    end: () => write(report.count === 0 ? ']\n' : '\n]\n'),
    get count() {
      return report.count;
    },
  };
}

function document(make: (findings: readonly ReportFinding[]) => unknown, write: (text: string) => void): Report {
  const findings: ReportFinding[] = [];
  return {
    add(finding) {
      findings.push(finding);
      if (findings.length <= MAX_IN_DOCUMENT) return;
      throw new CommandError(`more than ${MAX_IN_DOCUMENT} findings do not fit this format`, 'use --format jsonl');
    },
    end: () => write(`${jsonText(make(findings), 2)}\n`),
    get count() {
      return findings.length;
    },
  };
}

function sarifRules(rules: readonly SecretRule[], findings: readonly ReportFinding[]) {
  const found = new Set(findings.map(({ rule }) => rule));
  return rules
    .filter(({ id }) => found.has(id))
    .map(({ id, title, severity, url }) => ({ id, description: title, severity, helpUrl: url }));
}

const WIDTH = Math.max(
  ...(['info', 'low', 'medium', 'high', 'critical'] satisfies Severity[]).map((one) => one.length),
);

function textLine({ commit, file, line, column, severity, rule, masked }: ReportFinding): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  const where = commit === undefined ? place : `${commit.slice(0, 12)} ${place}`;
  return `${visibleText(`${where}  ${severity.padEnd(WIDTH)}  ${rule}  ${masked}`)}\n`;
}
