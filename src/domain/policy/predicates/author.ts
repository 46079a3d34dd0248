// `author: [glob, …]`: name or address of the author of a new commit, or of a tagger. What a commit says of its author
// is the writer's own claim; who pushed is `principals`.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Authored } from '../facts.ts';
import { eachOf } from '../yaml-values.ts';
import { authoredSeen } from './authored.ts';
import { globOf } from './glob-value.ts';
import { type Mode, type PredicateKey, someOf } from './predicate.ts';

export const author: PredicateKey = {
  key: 'author',
  parse(value) {
    // Names and addresses are no paths: `*` takes a slash like any other character.
    const globs = eachOf(value, (item) => globOf(item, { flat: true }));
    if (globs === undefined) return undefined;
    const answer = (mode: Mode) => (object: Authored) => {
      if (object.author === undefined) return 'unknown';
      const claims = [object.author.email, object.author.name];
      const isOne = globs.some((glob) =>
        claims.some((claim) => (mode === 'some' ? glob.matchesLoosely(claim) : glob.matches(claim))),
      );
      return isOne ? 'yes' : 'no';
    };
    return {
      key: 'author',
      asked: `an author is one of ${someOf(globs.map((glob) => visibleText(glob.pattern)))}`,
      evaluate: (scope, mode) => authoredSeen(scope, mode, answer(mode)),
    };
  },
};
