// Tokens that rules find for sure, put together at run time.

import { ALNUM } from '../../../../src/domain/secrets/alphabet.ts';
import { npmRules } from '../../../../src/domain/secrets/rules/npm.ts';
import { seeded } from './random.ts';
import { randomText, sampleValue } from './sample.ts';

const [NPM] = npmRules;

/** An npm token with a right checksum: `npm-access-token`, critical, certain. Another one for each seed. */
export function npmToken(seed: string): string {
  if (NPM?.shape === undefined) throw new Error('the npm rule has no shape');
  return sampleValue(NPM.shape, seeded(seed));
}

/** Text without secrets that is not all the same. */
export function plainText(seed: string, length: number): string {
  const random = seeded(seed);
  let text = '';
  while (text.length < length)
    text += `${randomText(ALNUM, 3 + random.next(6), random)}${random.pick([' ', '\n', ', ', '();\n'])}`;
  return text.slice(0, length);
}
