// What a scanner is made from, as values that can be handed to a thread, and how it is made in each of them.
import type { ListedValues } from '../../domain/secrets/exact.ts';
import { parseGitleaksConfig } from '../../domain/secrets/gitleaks/parse-config.ts';
import type { HeldValues } from '../../domain/secrets/held-values.ts';
import { ALL_RULES } from '../../domain/secrets/rules/all.ts';
import { createObjectScanner, type ObjectScanner } from '../../domain/secrets/scan-object.ts';

export interface ScannerSettings {
  /** 16 bytes or more. */
  readonly fingerprintKey: Uint8Array;
  /** Values that must not leave: eight bytes or more each. */
  readonly exactValues?: readonly string[];
  readonly listedValues?: ListedValues;
  /** The text of a `.gitleaks.toml` that was checked before, and of the files it extends. */
  readonly gitleaks?: GitleaksTexts;
}

export interface GitleaksTexts {
  readonly text: string;
  readonly extend?: ReadonlyMap<string, string>;
}

/** The same scanner in any thread. `held`: what the agent holds. Throws TypeError for settings that cannot be used. */
export function objectScannerOf(
  { gitleaks, ...settings }: ScannerSettings,
  held?: Pick<HeldValues, 'find'>,
): ObjectScanner {
  const config = gitleaks && gitleaksConfigOf(gitleaks);
  return createObjectScanner({
    ...settings,
    rules: ALL_RULES,
    ...(config && { gitleaks: config }),
    ...(held && { heldValues: held }),
  });
}

function gitleaksConfigOf({ text, extend }: GitleaksTexts) {
  const parsed = parseGitleaksConfig(text, extend === undefined ? {} : { extend });
  if (parsed.ok) return parsed.config;
  throw new TypeError(`the .gitleaks.toml cannot be used: ${parsed.problems[0]?.message}`);
}
