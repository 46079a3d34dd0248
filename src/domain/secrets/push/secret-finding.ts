// What a scanner saw, as a finding of the push.
import { type Finding, NOT_INSPECTED, type Severity } from '../../push/finding.ts';
import type { SecretFinding, UninspectedThing } from '../secret-scanner.ts';

/** Without a place; the caller knows it. */
export function secretFinding(found: SecretFinding): Finding {
  const { rule, severity, title, line, column, masked, fingerprint, remedy } = found;
  const [claim] = found.allowed;
  return {
    rule,
    severity,
    text: title,
    ...(line > 0 && { line, column }),
    masked,
    fingerprint,
    ...(remedy !== undefined && { remedy }),
    ...(claim && { allowed: `${claim.by}:allow` }),
  };
}

/** Kinds of content that nobody can look into are ordinary; what looks made to be looked past is not. */
const ORDINARY: ReadonlySet<UninspectedThing['reason']> = new Set(['format', 'encrypted', 'damaged']);

export function missedFinding({ reason, text }: UninspectedThing): Finding {
  const severity: Severity = ORDINARY.has(reason) ? 'low' : 'medium';
  return { rule: NOT_INSPECTED, severity, text };
}
