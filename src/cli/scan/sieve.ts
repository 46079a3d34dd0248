// Which findings are told: severe enough, not asked to pass by a comment or an ignore file, which developers may do here.
import { SEVERITIES, type Severity } from '../../domain/push/finding.ts';
import type { GitleaksIgnore } from '../../domain/secrets/gitleaks/ignore-file.ts';
import type { SecretFinding } from '../../domain/secrets/secret-scanner.ts';

export interface SieveOptions {
  readonly least: Severity;
  readonly obeysInline: boolean;
  readonly ignore: GitleaksIgnore | undefined;
}

export class Sieve {
  /** What was left out, by why. */
  readonly left = { severity: 0, comment: 0, ignore: 0 };
  readonly #options: SieveOptions;

  constructor(options: SieveOptions) {
    this.#options = options;
  }

  /** `path` as it is told. */
  passes(finding: SecretFinding, path: string, commit: string | undefined): boolean {
    const reason = this.#reasonAgainst(finding, path, commit);
    if (reason !== undefined) this.left[reason] += 1;
    return reason === undefined;
  }

  #reasonAgainst({ severity, allowed, rule, line }: SecretFinding, path: string, commit: string | undefined) {
    const { least, obeysInline, ignore } = this.#options;
    if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(least)) return 'severity';
    if (obeysInline && allowed.length > 0) return 'comment';
    const ignorable = { path, rule, line, ...(commit !== undefined && { commit }) };
    return ignore?.isIgnored(ignorable) === true ? 'ignore' : undefined;
  }
}
