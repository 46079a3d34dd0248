// `message: [expression, …]`: a message of a new commit or tag, searched by any of the expressions (see regex.ts).
import { visibleText } from '../../../protocol/bytes.ts';
import type { Authored } from '../facts.ts';
import { compileRegex, type SafeRegex } from '../regex.ts';
import { eachOf, problemAt, textOf, type Value } from '../yaml-values.ts';
import { authoredSeen } from './authored.ts';
import { type PredicateKey, someOf } from './predicate.ts';

/** Beyond this a message is not read, and so unknown: matching costs time for every character and state. */
const MAX_MESSAGE_LENGTH = 256 * 1024;

export const message: PredicateKey = {
  key: 'message',
  parse(value) {
    const expressions = eachOf(value, expressionOf);
    if (expressions === undefined) return undefined;
    const answer = ({ message: text }: Authored) => {
      if (text.length > MAX_MESSAGE_LENGTH) return 'unknown';
      return expressions.some((expression) => expression.matches(text)) ? 'yes' : 'no';
    };
    return {
      key: 'message',
      asked: `a message matches ${someOf(expressions.map(({ source }) => visibleText(source)))}`,
      evaluate: (scope, mode) => authoredSeen(scope, mode, answer),
    };
  },
};

function expressionOf(value: Value): SafeRegex | undefined {
  const source = textOf(value);
  if (source === undefined) return undefined;
  const expression = compileRegex(source);
  return expression.ok ? expression.value : problemAt(value, expression.message, expression.hint);
}
