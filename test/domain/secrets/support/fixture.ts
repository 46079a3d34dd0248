// Fixture files are templates: what looks like a secret is put together when the test runs.
//
//   [[value]]                     a value of the rule's own shape, expected to be found
//   [[secret 'a' 'b' alnum*36]]   literals and random runs joined, expected to be found
//   [[fill 'a' 'b' hex*32]]       the same, not expected to be found
//   [[secret:certain:high …]]     expected with this certainty and severity; also [[value:medium]]
//   [[id]]                        the id half of a pair
//   [[x 'gh' 'p_' base64:'a:b']]  base64 of a literal or of `alphabet*length`
import * as alphabets from '../../../../src/domain/secrets/alphabet.ts';
import type { Certainty, SecretRule } from '../../../../src/domain/secrets/rule.ts';
import { type Random, seeded } from './random.ts';
import { randomText, sampleText, sampleValue } from './sample.ts';

export interface Expected {
  readonly text: string;
  readonly start: number;
  readonly certainty: Certainty | undefined;
  readonly severity: string | undefined;
}

export interface Fixture {
  readonly text: string;
  readonly expected: readonly Expected[];
}

const MARKER =
  /\[\[(value|secret|fill|id)((?::\w+)*)((?:\s+(?:'[^']*'|[\w-]+\*\d+|base64:'[^']*'|base64:[\w-]+\*\d+))*)\s*\]\]/g;
const ITEM = /(base64:)?(?:'([^']*)'|([\w-]+)\*(\d+))/g;

const BY_NAME = new Map(
  Object.values(alphabets).flatMap((one) => (typeof one === 'object' ? [[one.name, one] as const] : [])),
);

/** The text of a template and what must be found in it. The same template always gives the same text. */
export function expand(template: string, rule: SecretRule, seed: string): Fixture {
  const random = seeded(`${rule.id} ${seed}`);
  const expected: Expected[] = [];
  let text = '';
  let done = 0;
  for (const marker of template.matchAll(MARKER)) {
    text += template.slice(done, marker.index);
    const [whole, kind, grades, items] = marker as unknown as [string, string, string, string];
    const value = markerText(kind, items, rule, random);
    if (kind === 'value' || kind === 'secret')
      expected.push({ text: value, start: Buffer.byteLength(text), ...gradesOf(grades) });
    text += value;
    done = marker.index + whole.length;
  }
  text += template.slice(done);
  if (text.includes('[['))
    throw new TypeError(`a marker of ${rule.id}/${seed} is not understood: ${text.slice(text.indexOf('[['))}`);
  return { text, expected };
}

const CERTAINTIES: readonly string[] = ['certain', 'high', 'medium', 'low'];

/** First the certainty, then the severity: `:high:low`. */
function gradesOf(grades: string): Pick<Expected, 'certainty' | 'severity'> {
  const [certainty, severity] = grades.split(':').slice(1);
  if (certainty !== undefined && !CERTAINTIES.includes(certainty)) throw new TypeError(`no certainty ${certainty}`);
  return { certainty: certainty as Certainty | undefined, severity };
}

function markerText(kind: string, items: string, rule: SecretRule, random: Random): string {
  if (kind === 'value') return sampleValue(shapeOf(rule), random);
  if (kind === 'id') return sampleText(shapeOf(rule).idParts ?? [], random);
  return [...items.matchAll(ITEM)].map((item) => itemText(item as unknown as string[], random)).join('');
}

function shapeOf(rule: SecretRule) {
  if (rule.shape === undefined) throw new TypeError(`${rule.id} has no shape: use [[secret …]]`);
  return rule.shape;
}

function itemText([, base64, literal, name, length]: string[], random: Random): string {
  const plain = literal ?? runText(name as string, Number(length), random);
  return base64 === undefined ? plain : Buffer.from(plain, 'latin1').toString('base64');
}

function runText(name: string, length: number, random: Random): string {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new TypeError(`no alphabet ${name}`);
  return randomText(found, length, random);
}
