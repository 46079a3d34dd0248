// Secrets for tests that push: made when the test runs from the shape that a rule declares, so that nothing that looks
// like one is in the repository.
import { ALL_RULES } from '../../src/domain/secrets/rules/all.ts';
import { seeded } from '../domain/secrets/support/random.ts';
import { sampleValue } from '../domain/secrets/support/sample.ts';

/** A value that this rule finds; the same for the same seed. */
export function sampleSecret(ruleId: string, seed = ''): string {
  const shape = ALL_RULES.find(({ id }) => id === ruleId)?.shape;
  if (shape === undefined) throw new TypeError(`no rule ${ruleId} with a shape`);
  return sampleValue(shape, seeded(`${ruleId} ${seed}`));
}

const PLACEHOLDER = /\{\{secret ([a-z0-9-]+)(?: (\w+))?\}\}/g;

/** The values that the placeholders in a text stand for. */
export function secretsIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, rule = '', seed]) => sampleSecret(rule, seed));
}

/** `{{secret github-personal-access-token}}` in a text stands for such a value, with a word behind it for another one. */
export function withSecrets(text: string): string {
  return text.replace(PLACEHOLDER, (_, rule: string, seed?: string) => sampleSecret(rule, seed));
}
