// The shape shared by `submodules`, `symlinks`, `executables` and `binaries`: true or false on every touched change.
import { visibleText } from '../../../protocol/bytes.ts';
import type { Change } from '../../push/inputs.ts';
import { type Facts, pathsOf } from '../facts.ts';
import { flagOf } from '../yaml-values.ts';
import { type PredicateKey, type Seen, someOf } from './predicate.ts';

export type Answer = 'yes' | 'no' | 'unknown';

/** A key that asks `isOne` of each change. `true`: one of them is; `false`: none is. */
export function changeFlag(key: string, noun: string, isOne: (change: Change, facts: Facts) => Answer): PredicateKey {
  return {
    key,
    parse(value) {
      const wanted = flagOf(value);
      if (wanted === undefined) return undefined;
      return {
        key,
        asked: wanted ? `a change involves a ${noun}` : `no change involves a ${noun}`,
        evaluate({ facts, touched }, mode): Seen {
          const answers = touched.map((change) => isOne(change, facts));
          const suspects = touched.filter((_, index) => answers[index] !== 'no');
          const seen = suspects.length === 0 ? 'none' : someOf(pathsOf(suspects).map(visibleText));
          if (!wanted) return { holds: suspects.length === 0, seen };
          if (mode === 'some') return { holds: suspects.length > 0, seen, touched: suspects };
          return { holds: answers.length > 0 && answers.every((answer) => answer === 'yes'), seen };
        },
      };
    },
  };
}

/** True when either side of the change has this mode: replacing a link by a file is a change of a link. */
export function hasMode(change: Change, mode: string): boolean {
  return change.oldMode === mode || change.newMode === mode;
}
