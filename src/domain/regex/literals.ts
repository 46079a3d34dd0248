// Words of which every match of a pattern holds at least one, in lower case: what a text must have before the pattern is
// worth running, and the places around which it is run.
import { charactersOf } from './char-set.ts';
import type { Tree } from './syntax.ts';

const MAX_WORDS = 32;
const MAX_WORD = 64;
const MAX_CHARACTERS = 4;
const MAX_COPIES = 8;

type Words = readonly string[];

interface Known {
  /** All that the part can match, ignoring case. */
  readonly exact?: Words;
  /** One of these is in whatever the part matches. */
  readonly required?: Words;
}

/** The required words, all in ASCII lower case; undefined when the pattern promises none. */
export function literalsOf(tree: Tree): Words | undefined {
  const known = knownOf(tree);
  const words = better(known.exact, known.required);
  return words === undefined ? undefined : withoutLonger(words);
}

function knownOf(tree: Tree): Known {
  if (tree.kind === 'empty') return { exact: [''] };
  if (tree.kind === 'sequence') return ofSequence(tree.parts.map(knownOf));
  if (tree.kind === 'choice') return ofChoice(tree.options.map(knownOf));
  if (tree.kind === 'repeat') return ofRepeat(knownOf(tree.part), tree.least, tree.most);
  const characters = tree.set.other ? undefined : charactersOf(tree.set, MAX_CHARACTERS);
  return characters === undefined ? {} : { exact: distinct([...characters.toLowerCase()]) };
}

function ofSequence(parts: readonly Known[]): Known {
  let run: Words = [''];
  let best: Words | undefined;
  let isExact = true;
  for (const { exact, required } of parts) {
    const longer = exact && product(run, exact);
    if (longer !== undefined) {
      run = longer;
      continue;
    }
    isExact = false;
    best = better(better(best, run), better(exact, required));
    run = exact ?? [''];
  }
  const all = better(best, run);
  return { ...(isExact && { exact: run }), ...(all && { required: all }) };
}

function ofChoice(options: readonly Known[]): Known {
  const exact = unionOf(options.map((option) => option.exact));
  const required = unionOf(options.map((option) => better(option.exact, option.required)));
  return { ...(exact && { exact }), ...(required && { required }) };
}

function ofRepeat(part: Known, least: number, most: number): Known {
  if (least === 0) return most === 1 && part.exact ? { exact: distinct(['', ...part.exact]) } : {};
  const copies = ofSequence(Array<Known>(Math.min(least, MAX_COPIES)).fill(part));
  if (least === most && least <= MAX_COPIES) return copies;
  const required = better(copies.exact, copies.required);
  return required === undefined ? {} : { required };
}

/** Every word of `heads` followed by every one of `tails`; undefined when that is too much. */
function product(heads: Words, tails: Words): Words | undefined {
  if (heads.length * tails.length > MAX_WORDS) return undefined;
  const words = distinct(heads.flatMap((head) => tails.map((tail) => head + tail)));
  return words.every((word) => word.length <= MAX_WORD) ? words : undefined;
}

function unionOf(all: readonly (Words | undefined)[]): Words | undefined {
  const words: string[] = [];
  for (const some of all) {
    if (some === undefined) return undefined;
    words.push(...some);
  }
  const result = distinct(words);
  return result.length > MAX_WORDS ? undefined : result;
}

/** The one whose shortest word is longer; with equal words, the smaller one. Sets with an empty word promise nothing. */
function better(one: Words | undefined, other: Words | undefined): Words | undefined {
  const [first, second] = [shortest(one), shortest(other)];
  if (first === 0 && second === 0) return undefined;
  if (first !== second) return first > second ? one : other;
  return (one?.length ?? 0) <= (other?.length ?? 0) ? one : other;
}

function shortest(words: Words | undefined): number {
  if (words === undefined || words.length === 0) return 0;
  return Math.min(...words.map((word) => word.length));
}

/** A word that holds another of the list is found where that one is. */
function withoutLonger(words: Words): Words {
  return words.filter((word) => !words.some((other) => other !== word && word.includes(other)));
}

function distinct(words: Words): Words {
  return [...new Set(words)];
}
