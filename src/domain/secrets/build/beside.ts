// Narrows a rule to places where its vendor is spoken of: for names that everybody uses (`auth_token`, `secret_key`).
import type { SecretRule } from '../rule.ts';

const REACH = 512;

/** The same rule, only where one of these texts (lower case, found in any) stands within 512 bytes on either side. */
export function beside(rule: SecretRule, texts: readonly string[]): SecretRule {
  const check: SecretRule['check'] = (bytes, start, end, reading) => {
    const seen = rule.check(bytes, start, end, reading);
    if (seen === undefined) return undefined;
    const around = reading.text(Math.max(reading.from, start - REACH), Math.min(reading.to, end + REACH));
    const lower = around.toLowerCase();
    return texts.some((text) => lower.includes(text)) ? seen : undefined;
  };
  const { shape } = rule;
  if (shape === undefined) return { ...rule, check };
  const sampleContexts = shape.sampleContexts?.map((context) => `${texts[0]}\n${context}`);
  return { ...rule, check, shape: { ...shape, ...(sampleContexts && { sampleContexts }) } };
}
