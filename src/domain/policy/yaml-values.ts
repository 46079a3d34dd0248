// Reads YAML as a tree of values that know their line, so that every complaint names the place and the nearest key that
// exists. Deliberately less than YAML: one document, no anchors or aliases (an alias can grow a small file into
// gigabytes), no tags, no merge keys, no duplicate keys.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLError } from 'yaml';
import { visibleText } from '../../protocol/bytes.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** One value of the document. `name` is how people would point at it: `rules[2].when.refs`. */
export interface Value {
  readonly name: string;
  readonly node: Node | undefined;
  readonly offset: number;
  readonly report: Report;
}

export interface Report {
  readonly problems: Problem[];
  readonly lines: LineCounter;
}

const MAX_DOCUMENT_LENGTH = 1 << 20;
const MAX_LIST_LENGTH = 1000;
const MAX_TEXT_LENGTH = 4096;
/** More than anybody reads at once; keeps a hostile or binary file from filling the report. */
export const MAX_PROBLEMS = 100;

/** Parses `text` as one document. The value is absent when the text is no such document. */
export function parseDocument(text: string): { readonly root?: Value; readonly report: Report } {
  const lines = new LineCounter();
  const report: Report = { problems: [], lines };
  if (text.length > MAX_DOCUMENT_LENGTH) {
    report.problems.push({ line: 1, column: 1, message: `the file is larger than ${MAX_DOCUMENT_LENGTH} characters` });
    return { report };
  }
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: true,
    version: '1.2',
    schema: 'core',
  });
  const document = 'empty' in documents ? undefined : documents[0];
  for (const error of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) reportYaml(report, error, text);
  if (report.problems.length > 0) return { report };
  if (document === undefined || document.contents === null) {
    report.problems.push({ line: 1, column: 1, message: 'the file is empty' });
    return { report };
  }
  const root: Value = { name: '', node: document.contents, offset: document.contents.range?.[0] ?? 0, report };
  const second = 'empty' in documents ? undefined : documents[1];
  if (second !== undefined) {
    problemAt({ ...root, offset: second.range?.[0] ?? 0 }, 'the file holds more than one document');
    return { report };
  }
  return { root, report };
}

/** Adds a problem at `value`. Returns undefined, so that a reader can `return problemAt(…)`. */
export function problemAt(value: Value, message: string, hint?: string): undefined {
  const { line, col } = value.report.lines.linePos(value.offset);
  if (value.report.problems.length < MAX_PROBLEMS) {
    const problem = { line: Math.max(line, 1), column: Math.max(col, 1), message };
    value.report.problems.push(hint === undefined ? problem : { ...problem, hint });
  }
  return undefined;
}

/** The entries of a map whose keys are all among `keys`. */
export function mapOf(value: Value, keys: readonly string[]): ReadonlyMap<string, Value> | undefined {
  const node = plainNode(value);
  if (node === undefined) return undefined;
  if (!isMap(node)) return problemAt(value, `${naming(value)} must be a map of keys`);
  const entries = new Map<string, Value>();
  for (const pair of node.items) {
    const keyNode = pair.key as Node;
    const keyOffset = keyNode.range?.[0] ?? value.offset;
    const at: Value = { ...value, node: keyNode, offset: keyOffset };
    const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined;
    if (key === undefined) problemAt(at, `a key of ${naming(value)} is not plain text`);
    else if (!keys.includes(key)) problemAt(at, unknownKey(key, value), suggestion(key, keys));
    else {
      const child = (pair.value ?? undefined) as Node | undefined;
      const name = value.name === '' ? key : `${value.name}.${key}`;
      // A key without a value is complained about at the key: an empty value has no place of its own.
      const isEmpty = child === undefined || (isScalar(child) && child.value === null);
      entries.set(key, { ...value, name, node: child, offset: isEmpty ? keyOffset : (child.range?.[0] ?? keyOffset) });
    }
  }
  return entries;
}

/** The items of a list, which may not be empty. One value by itself reads as a list of one when `orSingle`. */
export function listOf(value: Value, options: { readonly orSingle?: boolean } = {}): readonly Value[] | undefined {
  const node = plainNode(value);
  if (node === undefined) return undefined;
  if (!isSeq(node)) {
    if (options.orSingle === true && isScalar(node)) return [value];
    return problemAt(value, `${naming(value)} must be a list`);
  }
  if (node.items.length === 0) return problemAt(value, `${naming(value)} is an empty list, which can never hold`);
  if (node.items.length > MAX_LIST_LENGTH) {
    return problemAt(value, `${naming(value)} has more than ${MAX_LIST_LENGTH} entries`);
  }
  return node.items.map((item, index) => {
    const child = (item ?? undefined) as Node | undefined;
    const name = `${value.name}[${index}]`;
    return { ...value, name, node: child, offset: child?.range?.[0] ?? value.offset };
  });
}

/** Text that is not empty. */
export function textOf(value: Value): string | undefined {
  const node = plainNode(value);
  if (node === undefined) return undefined;
  if (!isScalar(node)) return problemAt(value, `${naming(value)} must be text`);
  if (typeof node.value !== 'string') return problemAt(value, `${naming(value)} must be text`, 'put it in quotes');
  if (node.value === '') return problemAt(value, `${naming(value)} is empty`);
  if (node.value.length > MAX_TEXT_LENGTH) {
    return problemAt(value, `${naming(value)} has more than ${MAX_TEXT_LENGTH} characters`);
  }
  return node.value;
}

/** A list of texts (or one text), each read by `read`; undefined when any was wrong. */
export function eachOf<T>(value: Value, read: (item: Value) => T | undefined): readonly T[] | undefined {
  const items = listOf(value, { orSingle: true });
  if (items === undefined) return undefined;
  const results = items.map(read);
  const good = results.filter((result) => result !== undefined);
  return good.length === results.length ? good : undefined;
}

export function flagOf(value: Value): boolean | undefined {
  const node = plainNode(value);
  if (node === undefined) return undefined;
  if (isScalar(node) && typeof node.value === 'boolean') return node.value;
  return problemAt(value, `${naming(value)} must be true or false`);
}

export function wholeNumberOf(value: Value, least: number, most: number): number | undefined {
  const node = plainNode(value);
  if (node === undefined) return undefined;
  const number = isScalar(node) ? node.value : undefined;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
  return problemAt(value, `${naming(value)} must be a whole number from ${least} to ${most}`);
}

/** One of the given words. */
export function wordOf<T extends string>(value: Value, words: readonly T[]): T | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  const hint = suggestion(text, words);
  return problemAt(value, `${naming(value)} cannot be "${visibleText(text)}"`, hint);
}

/** The key itself, for messages. */
export function naming(value: Value): string {
  return value.name === '' ? 'the file' : `\`${visibleText(value.name)}\``;
}

export function isTextNode(value: Value): boolean {
  return isScalar(value.node) && typeof value.node.value === 'string';
}

export function isMapNode(value: Value): boolean {
  return isMap(value.node);
}

function plainNode(value: Value): Node | undefined {
  const { node } = value;
  if (node === undefined || (isScalar(node) && node.value === null)) {
    return problemAt(value, `${naming(value)} has no value`);
  }
  if (isAlias(node)) return problemAt(value, 'aliases (`*name`) are not allowed', 'write the value out');
  if ('anchor' in node && node.anchor !== undefined) {
    return problemAt(value, 'anchors (`&name`) are not allowed', 'write the value out where it is needed');
  }
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
    return problemAt(value, 'tags (`!name`) are not allowed');
  }
  return node;
}

function reportYaml(report: Report, error: YAMLError, text: string): void {
  const { line, col } = report.lines.linePos(error.pos[0]);
  const lineText = text.split('\n', line)[line - 1] ?? '';
  const message = `not valid YAML: ${visibleText(error.message.split('\n', 1)[0] ?? '')}`;
  const problem = { line: Math.max(line, 1), column: Math.max(col, 1), message: message.slice(0, 300) };
  // `pack: >10MiB` is the start of a folded text to YAML.
  const hint = /[:[,]\s*[>*!&%@]/.test(lineText) ? 'put text that begins with a sign in quotes' : undefined;
  if (report.problems.length < MAX_PROBLEMS) report.problems.push(hint === undefined ? problem : { ...problem, hint });
}

function unknownKey(key: string, value: Value): string {
  const place = value.name === '' ? '' : ` under ${naming(value)}`;
  return `unknown key \`${visibleText(key.slice(0, 100))}\`${place}`;
}

/** `did you mean …`, or all that is possible. */
export function suggestion(word: string, known: readonly string[]): string {
  const wanted = word.slice(0, 100).toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  if (best !== undefined && best.distance <= limit) return `did you mean \`${best.candidate}\`?`;
  return `known here: ${known.join(', ')}`;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to++) {
      const change = (row[to] as number) + (one[at] === other[to] ? 0 : 1);
      next.push(Math.min(change, (row[to + 1] as number) + 1, (next[to] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}
