// Fixture files are templates: what looks like a secret is put together when the test runs.
//
//   [[value]]                     a value of the rule's own shape, expected to be found
//   [[secret 'a' 'b' alnum*36]]   literals and random runs joined, expected to be found
//   [[fill 'a' 'b' hex*32]]       the same, not expected to be found
//   [[secret:certain:high …]]     expected with this certainty and severity; also [[value:medium]]
//   [[id]]                        the id half of a pair
//   [[path .pgpass]]              as the first line: where the file lies; it is not part of the text
//   base64:'a:b', base64:alnum*30   as an item: base64 of a literal or of random text
//   hex:'feed'                    as an item: these bytes
//   pem:ec, pem:encrypted, openssh:none, openssh:aes256-ctr, jwt:'{"sub":"a"}'   as items: see keys.ts
import * as alphabets from '../../../../src/domain/secrets/alphabet.ts';
import type { Certainty, SecretRule } from '../../../../src/domain/secrets/rule.ts';
import { jsonWebToken, openSshKey, pemKey } from './keys.ts';
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
  readonly path: string | undefined;
}

const MARKER = /\[\[(value|secret|fill|id)((?::\w+)*)((?:\s+(?:\w+:)?(?:'[^']*'|[\w-]+\*\d+|[\w-]+))*)\s*\]\]/g;
const ITEM = /(?:(\w+):)?(?:'([^']*)'|([\w-]+)\*(\d+)|([\w-]+))/g;

const BY_NAME = new Map(
  Object.values(alphabets).flatMap((one) => (typeof one === 'object' ? [[one.name, one] as const] : [])),
);

const PATH_LINE = /^\[\[path ([^\]\n]+)\]\]\n/;

/** The text (one character a byte) of a template and what must be found in it. The same template always gives the same text. */
export function expand(file: string, rule: SecretRule, seed: string): Fixture {
  const path = PATH_LINE.exec(file)?.[1];
  const template = file.replace(PATH_LINE, '');
  const random = seeded(`${rule.id} ${seed}`);
  const expected: Expected[] = [];
  let text = '';
  let done = 0;
  for (const marker of template.matchAll(MARKER)) {
    text += template.slice(done, marker.index);
    const [whole, kind, grades, items] = marker as unknown as [string, string, string, string];
    const value = markerText(kind, items, rule, random);
    if (kind === 'value' || kind === 'secret') expected.push({ text: value, start: text.length, ...gradesOf(grades) });
    text += value;
    done = marker.index + whole.length;
  }
  text += template.slice(done);
  if (text.includes('[['))
    throw new TypeError(`a marker of ${rule.id}/${seed} is not understood: ${text.slice(text.indexOf('[['))}`);
  return { text, expected, path };
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

function itemText([, kind, literal, name, length, word]: string[], random: Random): string {
  const plain = literal ?? (name === undefined ? (word as string) : runText(name, Number(length), random));
  if (kind === undefined) return plain;
  const make = MAKERS[kind];
  if (make === undefined) throw new TypeError(`no item ${kind}`);
  return make(plain, random);
}

const MAKERS: Readonly<Record<string, (plain: string, random: Random) => string>> = {
  base64: (plain) => Buffer.from(plain, 'latin1').toString('base64'),
  hex: (plain) => Buffer.from(plain, 'hex').toString('latin1'),
  pem: pemKey,
  openssh: openSshKey,
  jwt: jsonWebToken,
};

function runText(name: string, length: number, random: Random): string {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new TypeError(`no alphabet ${name}`);
  return randomText(found, length, random);
}
