// Trailers as people and tools really write them (`git interpret-trailers` misses many), and the people they name.
import type { Person } from './agent-index.ts';

export interface Trailer {
  /** Lower case, with hyphens. */
  readonly key: string;
  readonly value: string;
  readonly isMalformed: boolean;
}

export interface NamedPeople {
  readonly people: readonly Person[];
  /** Not one name with an address in angle brackets. */
  readonly isMalformed: boolean;
}

const MAX_KEY = 60;
const KEY = /^[a-z][a-z0-9-]*$/;
const KEY_WITHOUT_COLON = /^assis?ted[- ]by /i;
const MISSPELT: Readonly<Record<string, string>> = {
  'coauthored-by': 'co-authored-by',
  'co-authoredby': 'co-authored-by',
  coauthoredby: 'co-authored-by',
  'assited-by': 'assisted-by',
};
const MAX_PEOPLE = 10;
const SEPARATORS = [',', ';', '&'];
const NOBODY: NamedPeople = { people: [], isMalformed: false };

export function trailerOf(text: string): Trailer | undefined {
  const colon = text.slice(0, MAX_KEY).indexOf(':');
  if (colon === -1 || KEY_WITHOUT_COLON.test(text.slice(0, colon))) return withoutColon(text);
  const written = text.slice(0, colon).trimEnd().toLowerCase();
  const spelt = written.replaceAll(' ', '-');
  if (!KEY.test(spelt)) return undefined;
  const key = Object.hasOwn(MISSPELT, spelt) ? (MISSPELT[spelt] as string) : spelt;
  return { key, value: text.slice(colon + 1).trim(), isMalformed: key !== written };
}

/** `Assisted-by Claude Code`. */
function withoutColon(text: string): Trailer | undefined {
  const match = KEY_WITHOUT_COLON.exec(text);
  return match === null
    ? undefined
    : { key: 'assisted-by', value: text.slice(match[0].length).trim(), isMalformed: true };
}

/** `Name <address>`, several of them, or an address without brackets. With words behind it, it is a sentence: nobody. */
export function peopleOf(value: string): NamedPeople {
  const people: Person[] = [];
  let rest = value.endsWith('.') ? value.slice(0, -1) : value;
  let isMalformed = rest !== value;
  while (rest !== '') {
    const person = people.length < MAX_PEOPLE ? personAtStart(rest) : undefined;
    if (person === undefined) return people.length === 0 ? withoutBrackets(value) : NOBODY;
    people.push(person);
    if (person.behind === undefined) return { people, isMalformed: true };
    if (person.behind !== '' && !SEPARATORS.includes(person.behind.charAt(0))) return NOBODY;
    rest = person.behind.slice(1).trimStart();
    isMalformed ||= rest !== '';
  }
  return { people, isMalformed };
}

/** `behind` is what follows; `undefined` when the address has no end. */
function personAtStart(text: string): (Person & { readonly behind: string | undefined }) | undefined {
  const open = text.indexOf('<');
  if (open === -1) return undefined;
  const close = text.indexOf('>', open);
  const name = text.slice(0, open).trim();
  const email = text.slice(open + 1, close === -1 ? undefined : close).trim();
  if (/\s/.test(email)) return undefined;
  return { name, email, behind: close === -1 ? undefined : text.slice(close + 1).trimStart() };
}

function withoutBrackets(value: string): NamedPeople {
  const from = value.lastIndexOf(' ') + 1;
  const word = value.slice(from);
  const email = word.startsWith('(') && word.endsWith(')') ? word.slice(1, -1) : word;
  const at = email.indexOf('@');
  if (at < 1 || at !== email.lastIndexOf('@')) return NOBODY;
  const name = value.slice(0, from).trim();
  // Several words that begin in lower case are a sentence that ends in an address.
  return name.includes(' ') && /^[a-z]/.test(name) ? NOBODY : { people: [{ name, email }], isMalformed: true };
}
