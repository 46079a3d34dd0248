// `principals: { groups, kinds, names }`: who pushes, as the door authenticated them; each key given must hold.
import { visibleText } from '../../../protocol/bytes.ts';
import type { PrincipalKind } from '../../principal.ts';
import { eachOf, mapOf, problemAt, textOf, wordOf } from '../yaml-values.ts';
import { type PredicateKey, someOf } from './predicate.ts';

const KINDS: readonly PrincipalKind[] = ['human', 'coding-agent', 'service'];

export const principals: PredicateKey = {
  key: 'principals',
  parse(value) {
    const keys = mapOf(value, ['groups', 'kinds', 'names']);
    if (keys === undefined) return undefined;
    if (keys.size === 0) return problemAt(value, '`principals` names nobody', 'give `groups`, `kinds` or `names`');
    const problemsBefore = value.report.problems.length;
    const at = { groups: keys.get('groups'), kinds: keys.get('kinds'), names: keys.get('names') };
    const groups = at.groups && eachOf(at.groups, textOf);
    const kinds = at.kinds && eachOf(at.kinds, (item) => wordOf(item, KINDS));
    const names = at.names && eachOf(at.names, textOf);
    if (value.report.problems.length > problemsBefore) return undefined;
    const asked = [
      ...(groups ? [`in group ${someOf(groups.map(visibleText))}`] : []),
      ...(kinds ? [`of kind ${someOf(kinds)}`] : []),
      ...(names ? [`named ${someOf(names.map(visibleText))}`] : []),
    ];
    return {
      key: 'principals',
      asked: `the pusher is ${asked.join(' and ')}`,
      evaluate({ facts }) {
        const { principal } = facts.inputs;
        const holds =
          (groups === undefined || groups.some((group) => principal.groups.includes(group))) &&
          (kinds === undefined || kinds.includes(principal.kind)) &&
          (names === undefined || names.includes(principal.name));
        const inGroups = principal.groups.length === 0 ? 'in no group' : `in ${someOf(principal.groups, 10)}`;
        return { holds, seen: visibleText(`${principal.name}, ${principal.kind}, ${inGroups}`) };
      },
    };
  },
};
