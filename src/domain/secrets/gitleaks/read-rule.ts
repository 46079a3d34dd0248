// One `[[rules]]` of a `.gitleaks.toml`. A rule may say less than a whole one needs: in a file that extends another, it
// changes what the other says.
import { visibleText } from '../../../protocol/bytes.ts';
import type { LinearRegex } from '../../regex/linear-regex.ts';
import type { Allowlist, RequiredRule } from './config.ts';
import { readAllowlists, readPattern } from './read-allowlist.ts';
import { newReport, problem, type Report, TomlTable } from './toml-table.ts';

/** A rule as written; what is undefined or empty is left to the rule of the same id in the extended file. */
export interface WrittenRule {
  readonly id: string;
  readonly line: number | undefined;
  readonly description: string | undefined;
  readonly regex: LinearRegex | undefined;
  readonly path: LinearRegex | undefined;
  readonly secretGroup: number | undefined;
  readonly entropy: number | undefined;
  readonly keywords: readonly string[];
  readonly tags: readonly string[];
  readonly skipReport: boolean;
  readonly allowlists: readonly Allowlist[];
  readonly required: readonly RequiredRule[];
}

const MAX_KEYWORDS = 1000;
const MAX_TAGS = 100;
const MAX_REQUIRED = 20;
const MAX_GROUP = 1000;
/** Bits a character; a byte has no more. */
const MAX_ENTROPY = 8;
const MAX_DISTANCE = 1_000_000_000;

/** Reads one rule; `number` counts the rules of the file from 1, `line` is where it begins, if known. */
export function readRule(
  value: unknown,
  number: number,
  line: number | undefined,
  outer: Report,
): WrittenRule | undefined {
  const unnamed = { ...outer, rule: `#${number}`, ...(line !== undefined && { line }) };
  const id = idOf(value);
  if (id === undefined) return problem(unnamed, 'error', 'the rule has no `id`', 'findings are reported by it');
  const report = { ...unnamed, rule: visibleText(id) };
  const table = new TomlTable(value, '[[rules]]', report);
  table.text('id');
  const rule = { id, line, ...readMatching(table), ...readRest(table) };
  table.done();
  check(rule, report);
  return rule;
}

function idOf(value: unknown): string | undefined {
  const id = new TomlTable(value, '[[rules]]', newReport()).text('id')?.trim();
  return id === '' ? undefined : id;
}

function readMatching(table: TomlTable) {
  const pattern = (key: string) => {
    const source = table.text(key);
    return source === undefined || source === '' ? undefined : readPattern(source, key, table.report);
  };
  const keywords = table.texts('keywords', MAX_KEYWORDS).map((keyword) => keyword.toLowerCase());
  return {
    regex: pattern('regex'),
    path: pattern('path'),
    secretGroup: table.number('secretGroup', MAX_GROUP, 'whole'),
    entropy: table.number('entropy', MAX_ENTROPY, 'any'),
    // An empty keyword is in every text, as if there were none at all.
    keywords: keywords.includes('') ? [] : [...new Set(keywords)],
  };
}

function readRest(table: TomlTable) {
  const names = { many: '[[rules.allowlists]]', one: '[rules.allowlist]' };
  const description = table.text('description');
  return {
    description: description === '' ? undefined : description,
    tags: table.texts('tags', MAX_TAGS),
    skipReport: table.flag('skipReport') ?? false,
    allowlists: readAllowlists(table, names).map(({ allowlist }) => allowlist),
    required: table.tables('required', MAX_REQUIRED).flatMap((value) => readRequired(value, table.report) ?? []),
  };
}

function readRequired(value: unknown, report: Report): RequiredRule | undefined {
  const table = new TomlTable(value, '[[rules.required]]', report);
  const id = table.text('id')?.trim();
  const withinLines = table.number('withinLines', MAX_DISTANCE, 'whole');
  const withinColumns = table.number('withinColumns', MAX_DISTANCE, 'whole');
  table.done();
  if (id !== undefined && id !== '') return { id, withinLines, withinColumns };
  return problem(report, 'error', '[[rules.required]] has no `id`', 'name the rule that must be near');
}

function check({ regex, secretGroup }: WrittenRule, report: Report): void {
  if (regex === undefined) return;
  if (regex.reach.least === 0) {
    problem(
      report,
      'error',
      '`regex` matches the empty text, and so everywhere',
      'let it ask for one character or more',
    );
  }
  if ((secretGroup ?? 0) > regex.groupCount) {
    const message = `\`secretGroup\` is ${secretGroup}, but \`regex\` has ${regex.groupCount} groups`;
    problem(report, 'error', message, 'count the opening brackets that are no `(?:`');
  }
}
