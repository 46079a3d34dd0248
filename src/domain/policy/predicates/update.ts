// `update: [create, fast-forward, force, delete]`: what happens to the ref.
import { visibleText } from '../../../protocol/bytes.ts';
import type { UpdateKind } from '../../push/push.ts';
import { eachOf, wordOf } from '../yaml-values.ts';
import { type PredicateKey, someOf } from './predicate.ts';

const KINDS: readonly UpdateKind[] = ['create', 'fast-forward', 'force', 'delete'];

export const update: PredicateKey = {
  key: 'update',
  parse(value) {
    const kinds = eachOf(value, (item) => wordOf(item, KINDS));
    if (kinds === undefined) return undefined;
    return {
      key: 'update',
      asked: `the update is one of ${someOf(kinds, 4)}`,
      isSelector: true,
      evaluate: (scope) => ({
        holds: kinds.includes(scope.update.kind),
        seen: `${scope.update.kind} of ${visibleText(scope.update.refName)}`,
      }),
    };
  },
};
