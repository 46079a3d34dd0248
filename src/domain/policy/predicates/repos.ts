// `repos: [glob, …]`: the repository's path as the client named it, without `.git`.
import { visibleText } from '../../../protocol/bytes.ts';
import { eachOf } from '../yaml-values.ts';
import { globOf } from './glob-value.ts';
import { type PredicateKey, someOf } from './predicate.ts';

export const repos: PredicateKey = {
  key: 'repos',
  parse(value) {
    const globs = eachOf(value, (item) => globOf(item, { mistake }));
    if (globs === undefined) return undefined;
    return {
      key: 'repos',
      asked: `the repository is one of ${someOf(globs.map((glob) => visibleText(glob.pattern)))}`,
      evaluate({ facts }, mode) {
        const { repo } = facts.inputs;
        // Several forges take `ACME/App` for `acme/app`: a rule that restricts must too, one that exempts must not.
        const holds = globs.some((glob) => (mode === 'some' ? glob.matchesLoosely(repo) : glob.matches(repo)));
        return { holds, seen: visibleText(repo) };
      },
    };
  },
};

function mistake(pattern: string): string | undefined {
  if (pattern.startsWith('/')) return 'repository paths begin without a slash';
  if (pattern.endsWith('.git')) return 'repository paths are written without `.git`';
  return pattern.endsWith('/') ? 'write `/**` for everything below' : undefined;
}
