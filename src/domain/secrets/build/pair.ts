// Builder for credentials in two halves: an id with a prefix of its own and, near it, a secret that only the id gives away.

import type { Candidate, Certainty, RuleText, SecretRule } from '../rule.ts';
import { isMixed } from '../score.ts';
import { lastAlphabet, matchParts, type Part } from '../shape.ts';
import { type Range, Sweep } from '../sweep.ts';

export interface Pair extends RuleText {
  /** The half that can be found: the id with its prefix. It is not part of the match; give it a rule of its own. */
  readonly idHalf: { readonly prefix: string | readonly string[]; readonly parts: readonly Part[] };
  /** The half that is reported. */
  readonly secretHalf: readonly Part[];
  /** Bytes between the halves, at most; default 512. The secret may stand before or after. */
  readonly within?: number;
  /** Default true: a secret has upper case, lower case and digits. */
  readonly mixed?: boolean;
  /** Default `high`. */
  readonly certainty?: Certainty;
}

const WITHIN = 512;

export function pair(given: Pair): SecretRule {
  const { idHalf, secretHalf, within = WITHIN, mixed = true, certainty = 'high', ...text } = given;
  const prefixes = typeof idHalf.prefix === 'string' ? [idHalf.prefix] : idHalf.prefix;
  const sweep = new Sweep(secretHalf);
  const check: SecretRule['check'] = (_bytes, start, body, reading) => {
    const end = matchParts(reading, idHalf.parts, body);
    if (end < 0 || !reading.endsToken(end, lastAlphabet(idHalf.parts))) return undefined;
    const from = Math.max(reading.from, start - within);
    const near = sweep.between(reading, from, Math.min(reading.to, end + within));
    const isSecret = (one: Range): boolean => !mixed || isMixed(reading.bytes, one.start, one.end);
    return near.filter(isSecret).map((one): Candidate => ({ ...one, certainty }));
  };
  const idSample = [{ oneOf: prefixes }, ...idHalf.parts];
  const anchors = prefixes.map((one) => ({ text: one, boundary: true }));
  return {
    ...text,
    anchors,
    check,
    shape: { parts: secretHalf, idParts: idSample, sampleContexts: ['id = "{id}"\nsecret = "{value}"\n'] },
  };
}
