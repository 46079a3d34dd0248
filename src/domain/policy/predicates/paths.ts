// `paths: [pattern, …]`: what the update touches (additions, changes, deletions, changes of type or mode), by the rules
// of CODEOWNERS. See path-pattern.ts.
import { visibleText } from '../../../protocol/bytes.ts';
import { hasUnknownPaths, pathsOf } from '../facts.ts';
import { compilePathPattern, type PathForms, type PathPattern } from '../path-pattern.ts';
import { eachOf, problemAt, textOf, type Value } from '../yaml-values.ts';
import { type PredicateKey, someOf } from './predicate.ts';

export const paths: PredicateKey = {
  key: 'paths',
  parse(value) {
    const patterns = eachOf(value, patternOf);
    if (patterns === undefined) return undefined;
    return {
      key: 'paths',
      asked: `a path matches one of ${someOf(patterns.map(({ pattern }) => visibleText(pattern)))}`,
      evaluate({ facts, touched, update, hasPickedChanges }, mode) {
        const all = hasPickedChanges ? pathsOf(touched).map(facts.forms) : facts.touchedPaths(update);
        const isOne = (forms: PathForms) =>
          patterns.some((each) => (mode === 'some' ? each.matches(forms) : each.covers(forms)));
        const matching = new Set(all.filter(isOne).map(({ raw }) => raw));
        const picked = touched.filter((change) => matching.has(change.path));
        if (mode === 'every') {
          const holds = touched.length > 0 && picked.length === touched.length && !hasUnknownPaths(update);
          const others = pathsOf(touched.filter((change) => !matching.has(change.path)));
          return { holds, seen: holds ? someOf([...matching].map(visibleText)) : describeOthers(others) };
        }
        if (matching.size === 0 && hasUnknownPaths(update)) {
          return {
            holds: true,
            seen: `${visibleText(update.refName)} is a bare ${update.tipType}: its paths are unknown`,
          };
        }
        const seen = matching.size === 0 ? 'none' : someOf([...matching].map(visibleText));
        return { holds: matching.size > 0, seen, touched: picked };
      },
    };
  },
};

function describeOthers(others: readonly string[]): string {
  return others.length === 0 ? 'no known path' : `also ${someOf(others.map(visibleText))}`;
}

function patternOf(value: Value): PathPattern | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const pattern = compilePathPattern(text);
  if (pattern.ok) return pattern.value;
  return problemAt(value, `pattern \`${visibleText(text)}\`: ${pattern.message}`, pattern.hint);
}
