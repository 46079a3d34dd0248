// An allowlist of a `.gitleaks.toml`, global or of a rule, and the patterns in it.
import { compileLinearRegex, type LinearRegex } from '../../regex/linear-regex.ts';
import type { Allowlist, RegexTarget } from './config.ts';
import { problem, type Report, TomlTable } from './toml-table.ts';

/** What a pattern of a file may cost. The largest public rule takes 2,000 instructions. */
const PATTERN_LIMITS = { length: 10_000, size: 5000, repeat: 1000, depth: 50 };
const MAX_ENTRIES = 10_000;
const MAX_ALLOWLISTS = 1000;

/** All allowlists of a table, in the new form or the old one, each with the `targetRules` it names. */
export function readAllowlists(
  table: TomlTable,
  names: { readonly many: string; readonly one: string },
): readonly { readonly allowlist: Allowlist; readonly targets: readonly string[] }[] {
  if (table.has('allowlists') && table.has('allowlist')) {
    problem(table.report, 'error', `${names.one} and ${names.many} stand side by side`, `use ${names.many} alone`);
  }
  const read = (key: string, name: string) =>
    table.tables(key, MAX_ALLOWLISTS).map((value) => readAllowlist(new TomlTable(value, name, table.report), name));
  return [...read('allowlists', names.many), ...read('allowlist', names.one)].flatMap((found) => found ?? []);
}

function readAllowlist(table: TomlTable, name: string) {
  const { report } = table;
  const targets = name.includes('rules') ? [] : table.texts('targetRules', MAX_ENTRIES);
  const allowlist: Allowlist = {
    description: table.text('description') ?? '',
    condition: readCondition(table),
    commits: new Set(table.texts('commits', MAX_ENTRIES).map((commit) => commit.trim().toLowerCase())),
    paths: table.texts('paths', MAX_ENTRIES).flatMap((source) => readPattern(source, 'paths', report) ?? []),
    regexes: table.texts('regexes', MAX_ENTRIES).flatMap((source) => readPattern(source, 'regexes', report) ?? []),
    regexTarget: readTarget(table),
    stopwords: [...new Set(table.texts('stopwords', MAX_ENTRIES).map((word) => word.toLowerCase()))],
  };
  table.done();
  const hint = 'give it commits, paths, regexes or stopwords';
  if (isEmpty(allowlist)) return problem(report, 'error', `${name} allows nothing: it has no check`, hint);
  if (allowlist.stopwords.includes('')) return problem(report, 'error', `${name} has an empty stopword`, 'remove it');
  return { allowlist, targets };
}

/** Compiles a pattern; one that could blow up is a problem with the rule's name. */
export function readPattern(source: string, key: string, report: Report): LinearRegex | undefined {
  const { budget } = report;
  const compiled = compileLinearRegex(source, {
    ...PATTERN_LIMITS,
    size: Math.min(PATTERN_LIMITS.size, budget.instructions),
  });
  if (compiled.ok) {
    budget.instructions -= compiled.value.size;
    return compiled.value;
  }
  const hint = "patterns are RE2's, as in Go: no lookaround, no backreferences, counts up to 1000";
  const isUsedUp = budget.instructions < PATTERN_LIMITS.size;
  const message = isUsedUp ? 'the patterns before have left little room for it' : compiled.message;
  return problem(report, 'error', `\`${key}\` has a bad pattern: ${message}`, hint);
}

function readCondition(table: TomlTable): 'or' | 'and' {
  const written = table.text('condition');
  const condition = { '': 'or', OR: 'or', '||': 'or', AND: 'and', '&&': 'and' }[(written ?? '').toUpperCase()];
  if (condition === 'or' || condition === 'and') return condition;
  return problem(table.report, 'error', '`condition` is neither "OR" nor "AND"', 'leave it out for "OR"') ?? 'or';
}

function readTarget(table: TomlTable): RegexTarget {
  const written = table.text('regexTarget') ?? '';
  const target = { '': 'secret', secret: 'secret', match: 'match', line: 'line' }[written];
  if (target === 'secret' || target === 'match' || target === 'line') return target;
  const hint = 'leave it out for "secret"';
  return problem(table.report, 'error', '`regexTarget` is none of "secret", "match", "line"', hint) ?? 'secret';
}

function isEmpty({ commits, paths, regexes, stopwords }: Allowlist): boolean {
  return commits.size + paths.length + regexes.length + stopwords.length === 0;
}
