// `refs: [glob, …]`: the full name of the ref that is updated.
import { visibleText } from '../../../protocol/bytes.ts';
import { eachOf } from '../yaml-values.ts';
import { globOf } from './glob-value.ts';
import { type PredicateKey, someOf } from './predicate.ts';

export const refs: PredicateKey = {
  key: 'refs',
  parse(value) {
    const globs = eachOf(value, (item) => globOf(item, { mistake }));
    if (globs === undefined) return undefined;
    return {
      key: 'refs',
      asked: `the ref is one of ${someOf(globs.map((glob) => visibleText(glob.pattern)))}`,
      isSelector: true,
      evaluate({ update }, mode) {
        const { refName } = update;
        // On an upstream whose disk folds names, `refs/heads/Main` is `refs/heads/main`.
        const holds = globs.some((glob) => (mode === 'some' ? glob.matchesLoosely(refName) : glob.matches(refName)));
        return { holds, seen: visibleText(refName) };
      },
    };
  },
};

function mistake(pattern: string): string | undefined {
  if (/^refs\/|^[*?]/.test(pattern)) return undefined;
  return `refs are written in full: \`refs/heads/${visibleText(pattern)}\``;
}
