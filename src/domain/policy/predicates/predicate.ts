// The contract of one `when:` key. Each key is one file that parses it, evaluates it and says what it saw; adding one
// touches its own file and the list in all.ts.
//
// Conditions are judged one ref update at a time, so that `refs` and `paths` of a rule must meet in the same update.
// In `when` ("some") a key holds if something in the update matches; it hands on only what matched, so keys that speak
// of changes meet in the same change (`paths` and `binaries`), and keys that speak of commits in the same commit
// (`author` and `signed`). In `unless` ("every") a key holds only if there is something and all of it matches: an
// exemption never covers more than it names. What the inputs do not know counts as matching in `when`, as not matching
// in `unless`.
import type { Change, UpdateFacts } from '../../push/inputs.ts';
import type { Authored, Facts } from '../facts.ts';
import type { Value } from '../yaml-values.ts';

export type Mode = 'some' | 'every';

/** What is left to look at after the predicates before. */
export interface Scope {
  readonly facts: Facts;
  readonly update: UpdateFacts;
  /** The updates of the push that the condition's `refs` and `update` keys select: sizes are counted over all of
   * them, or a large change could be cut into several refs. */
  readonly peers: readonly UpdateFacts[];
  readonly touched: readonly Change[];
  /** True once a predicate has picked among the changes. */
  readonly hasPickedChanges: boolean;
  readonly authored: readonly Authored[];
  /** Indexes of the secrets that are picked, once a predicate has picked some. */
  readonly secrets?: ReadonlySet<number>;
}

export interface Seen {
  readonly holds: boolean;
  /** What was found, for people: short, already visible text. */
  readonly seen: string;
  readonly touched?: readonly Change[];
  readonly authored?: readonly Authored[];
  /** Indexes into the findings of the inputs. */
  readonly findings?: readonly number[];
}

export interface Predicate {
  readonly key: string;
  /** What the policy asks, for people. */
  readonly asked: string;
  /** Looks at nothing but the update itself: see Scope.peers. */
  readonly isSelector?: true;
  evaluate(scope: Scope, mode: Mode): Seen;
}

export interface PredicateKey {
  readonly key: string;
  /** Undefined when the value was wrong, which has then been reported. */
  parse(value: Value): Predicate | undefined;
}

/** Names that are said of many. */
export const SHOWN = 3;

/** `a, b, c and 4 more`. */
export function someOf(names: readonly string[], shown = SHOWN): string {
  const first = names.slice(0, shown).join(', ');
  return names.length > shown ? `${first} and ${names.length - shown} more` : first;
}
