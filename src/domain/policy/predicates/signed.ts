// `signed: false`: a new commit or tag carries no signature; `signed: true`: there are some, and all carry one.
// Only that a signature is there: whether it verifies is not looked at.
import type { Authored } from '../facts.ts';
import { flagOf } from '../yaml-values.ts';
import { authoredSeen } from './authored.ts';
import type { PredicateKey } from './predicate.ts';

export const signed: PredicateKey = {
  key: 'signed',
  parse(value) {
    const wanted = flagOf(value);
    if (wanted === undefined) return undefined;
    const answer = (object: Authored) => (object.signed === wanted ? 'yes' : 'no');
    return {
      key: 'signed',
      asked: wanted ? 'every new commit and tag is signed' : 'a new commit or tag is not signed',
      evaluate: (scope, mode) => authoredSeen(scope, wanted ? 'every' : mode, answer),
    };
  },
};
