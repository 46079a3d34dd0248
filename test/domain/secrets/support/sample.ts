// Values made from the shape a rule declares, with a right checksum: the tests hold no secret-looking text.
import type { Alphabet } from '../../../../src/domain/secrets/alphabet.ts';
import type { SecretRule } from '../../../../src/domain/secrets/rule.ts';
import type { Part, Shape } from '../../../../src/domain/secrets/shape.ts';
import type { Random } from './random.ts';

/** A value of this shape. */
export function sampleValue(shape: Shape, random: Random): string {
  const text = sampleText(shape.parts, random);
  const { checksum } = shape;
  if (checksum === undefined) return text;
  const token = text.slice(0, -checksum.length);
  return token + checksum.expected(token);
}

export function sampleText(parts: readonly Part[], random: Random): string {
  return parts.map((part) => partText(part, random)).join('');
}

/** Random text; from ten characters on with upper case, lower case and digits, where the alphabet has them. */
export function randomText(of: Alphabet, length: number, random: Random): string {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(of.chars));
  for (;;) {
    const text = Array.from({ length }, () => random.pick(of.chars)).join('');
    if (length < 10 || kinds.every((kind) => kind.test(text))) return text;
  }
}

function partText(part: Part, random: Random): string {
  if (typeof part === 'string') return part;
  if ('oneOf' in part) return random.pick(part.oneOf);
  return randomText(part.of, part.min + random.next(Math.min(part.max - part.min, 40) + 1), random);
}

/** A text in which `rule` must find `value`, and nothing else. */
export function contextsOf(rule: SecretRule, value: string, random: Random): string[] {
  const contexts = rule.shape?.sampleContexts ?? PLAIN_CONTEXTS;
  const id = rule.shape?.idParts === undefined ? '' : sampleText(rule.shape.idParts, random);
  return contexts.map((context) => context.replace('{id}', () => id).replace('{value}', () => value));
}

/** Where a token that needs no name may stand. */
const PLAIN_CONTEXTS = [
  '{value}',
  'see {value}\n',
  'const value = "{value}";\n',
  "value: '{value}'\n",
  '{"value":"{value}"}',
  'VALUE={value}\nNEXT=1\n',
  'a "text\\n{value}\\n" with escapes',
  'url?value={value}&next=1',
  'url%3D{value}',
  '<value>{value}</value>',
  '({value})',
];
