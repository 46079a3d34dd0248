// How a scanner does on the corpus. A finding counts from severity medium on: that is what refuses a push.
import { SEVERITIES } from '../../../../src/domain/push/finding.ts';
import { fingerprint, fingerprintKeyOf } from '../../../../src/domain/secrets/fingerprint.ts';
import { ALL_RULES } from '../../../../src/domain/secrets/rules/all.ts';
import { createObjectScanner } from '../../../../src/domain/secrets/scan-object.ts';
import type { SecretFinding } from '../../../../src/domain/secrets/secret-scanner.ts';
import type { Label, LabelledFile } from './labelled.ts';

export interface Tally {
  found: number;
  missed: number;
}

export interface Quality {
  readonly files: number;
  readonly bytes: number;
  /** By vendor. */
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly misses: readonly { readonly path: string; readonly label: Label; readonly line: string }[];
  readonly falseFindings: readonly { readonly path: string; readonly rule: string; readonly line: string }[];
  readonly precision: number;
  readonly recall: number;
}

const KEY = Buffer.alloc(32, 1);
const FINGERPRINT_KEY = fingerprintKeyOf(KEY);

/** Scans every file with all of its layers. */
export function qualityOn(files: readonly LabelledFile[]): Quality {
  const scanner = createObjectScanner({ rules: ALL_RULES, fingerprintKey: KEY });
  const count = new Count();
  for (const file of files)
    count.add(file, scanner.scan({ bytes: file.bytes, path: file.path }).findings.filter(blocks));
  return count.quality(files);
}

export function blocks({ severity }: { readonly severity: SecretFinding['severity'] }): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('medium');
}

class Count {
  readonly #tallies = new Map<string, Tally>();
  readonly #misses: Quality['misses'][number][] = [];
  readonly #falseFindings: Quality['falseFindings'][number][] = [];
  #right = 0;

  add(file: LabelledFile, findings: readonly SecretFinding[]): void {
    const lines = file.bytes.toString('latin1').split('\n');
    const starts = startsOf(lines);
    const claims = (finding: SecretFinding, label: Label): boolean =>
      (!file.isWrapped && overlaps(finding, label, starts)) || isValue(finding, label);
    for (const label of file.labels) {
      if (label.is !== 'secret') continue;
      const isFound = findings.some((finding) => claims(finding, label));
      const tally = this.#tallyOf(label.vendor);
      if (isFound) tally.found++;
      else tally.missed++;
      if (!isFound) this.#misses.push({ path: file.path, label, line: lineAt(lines, starts, label.start) });
    }
    for (const finding of findings) {
      if (file.labels.some((label) => claims(finding, label))) this.#right++;
      else this.#falseFindings.push({ path: finding.path, rule: finding.rule, line: lines[finding.line - 1] ?? '' });
    }
  }

  quality(files: readonly LabelledFile[]): Quality {
    const all = [...this.#tallies.values()];
    const found = all.reduce((sum, tally) => sum + tally.found, 0);
    return {
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
      tallies: this.#tallies,
      misses: this.#misses,
      falseFindings: this.#falseFindings,
      precision: this.#right / (this.#right + this.#falseFindings.length),
      recall: found / (found + this.#misses.length),
    };
  }

  #tallyOf(vendor: string): Tally {
    const known = this.#tallies.get(vendor);
    if (known !== undefined) return known;
    const made = { found: 0, missed: 0 };
    this.#tallies.set(vendor, made);
    return made;
  }
}

/** Where each line begins. */
function startsOf(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

function overlaps(finding: SecretFinding, label: Label, starts: readonly number[]): boolean {
  const start = (starts[finding.line - 1] ?? 0) + finding.column - 1;
  const end = (starts[finding.endLine - 1] ?? 0) + finding.endColumn;
  return start < label.end && end > label.start;
}

/** Some take the scheme of a URL, or of a header, for part of it and some do not. */
function isValue({ rule, fingerprint: found }: SecretFinding, { value }: Label): boolean {
  return [value, value.replace(/^(?:https:\/\/|FlyV1 )/, '')].some(
    (one) => fingerprint(FINGERPRINT_KEY, rule, one) === found,
  );
}

function lineAt(lines: readonly string[], starts: readonly number[], offset: number): string {
  return lines[starts.findLastIndex((start) => start <= offset)] ?? '';
}
