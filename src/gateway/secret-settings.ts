// What `secrets:` of sallyport.yaml adds to the scanner. A file that cannot be used stops the start: rules that were
// meant to hold and do not are worse than a gateway that is down.
import type { SecretsConfig } from '../adapters/config/config.ts';
import type { Log } from '../adapters/log/log.ts';
import { loadGitleaks, loadGitleaksIgnore } from '../adapters/scanner/gitleaks-files.ts';
import type { ScannerSettings } from '../adapters/scanner/settings.ts';
import type { Finding } from '../domain/push/finding.ts';
import type { GitleaksIgnore } from '../domain/secrets/gitleaks/ignore-file.ts';

export interface SecretSettings {
  readonly scanner: Omit<ScannerSettings, 'fingerprintKey'>;
  readonly isIgnoredSecret?: (finding: Finding) => boolean;
}

/** Throws with every problem, its file and its line. */
export async function secretSettings(config: SecretsConfig, log: Log): Promise<SecretSettings> {
  const gitleaks = config.gitleaks === undefined ? undefined : await loadGitleaks(config.gitleaks);
  if (gitleaks?.ok === false) throw new Error(gitleaks.problems.join('\n'));
  const ignored = config.gitleaksIgnore === undefined ? undefined : await loadGitleaksIgnore(config.gitleaksIgnore);
  const warnings = [...(gitleaks?.warnings ?? []), ...(ignored?.warnings ?? [])];
  if (warnings.length > 0) log.warn({ warnings }, 'the gitleaks files hold what has no effect');
  return {
    scanner: {
      ...(config.hashes.length > 0 && { listedValues: { values: config.hashes } }),
      ...(gitleaks && { gitleaks: gitleaks.texts }),
    },
    ...(ignored && { isIgnoredSecret: (finding: Finding) => isIgnored(ignored.ignore, finding) }),
  };
}

/** Only what stands in a file has a place that an entry can name. */
function isIgnored(ignore: GitleaksIgnore, { rule, path, line = 0, commit }: Finding): boolean {
  if (path === undefined) return false;
  return ignore.isIgnored({ path, rule, line, ...(commit !== undefined && { commit }) });
}
