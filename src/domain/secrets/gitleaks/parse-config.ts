// `.gitleaks.toml` to rules (the format of gitleaks 8.30), with the files it extends. Strict where gitleaks lets things
// pass: what cannot be used as written is a problem with its rule's name, never silently dropped.
import { parse, TomlError } from 'smol-toml';
import { visibleText } from '../../../protocol/bytes.ts';
import { compose, type WrittenConfig } from './compose.ts';
import type { ConfigProblem, GitleaksConfig } from './config.ts';
import { readAllowlists } from './read-allowlist.ts';
import { readRule, type WrittenRule } from './read-rule.ts';
import { newReport, problem, type Report, TomlTable } from './toml-table.ts';

export type ParsedGitleaksConfig =
  | { readonly ok: true; readonly config: GitleaksConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ParseOptions {
  /** Texts of the files that `[extend] path` names, by the path as written; see `extendedPath`. */
  readonly extend?: ReadonlyMap<string, string>;
}

/** As gitleaks has it: a file may extend one that extends one. */
const MAX_EXTENSIONS = 2;
const MAX_TEXT = 4 * 1024 * 1024;
const MAX_RULES = 5000;
const MAX_DISABLED = 5000;
const MAX_DEPTH = 20;
/** The version whose format this is. */
const VERSION = [8, 30, 0] as const;

/** Parses and checks a config with all it extends. All problems are found in one go. */
export function parseGitleaksConfig(text: string, options: ParseOptions = {}): ParsedGitleaksConfig {
  const problems: ConfigProblem[] = [];
  const report = newReport(problems);
  const files = readFiles(text, options.extend ?? new Map(), report);
  const config = files.length === 0 ? undefined : compose(files, report);
  const errors = problems.filter(({ level }) => level === 'error');
  if (config === undefined || errors.length > 0) return { ok: false, problems };
  return { ok: true, config, warnings: problems };
}

/** The path under `[extend]`, so that whoever reads files can read this one; undefined when there is none. */
export function extendedPath(text: string): string | undefined {
  const table = parseTable(text, newReport());
  return table && readExtend(table, newReport()).path;
}

/** The file and those it extends, the nearest first. */
function readFiles(text: string, extend: ReadonlyMap<string, string>, report: Report): readonly WrittenConfig[] {
  const files: WrittenConfig[] = [];
  let next: string | undefined = text;
  while (next !== undefined) {
    const file = readFile(next, report);
    if (file === undefined) break;
    files.push(file);
    next = nextText(file, files.length, extend, report);
  }
  return files;
}

function nextText({ path }: WrittenConfig, depth: number, extend: ReadonlyMap<string, string>, report: Report) {
  if (path === undefined) return undefined;
  const shown = visibleText(path);
  if (depth > MAX_EXTENSIONS) {
    const hint = 'gitleaks leaves it out as well: copy its rules into the file before';
    return problem(
      report,
      'warning',
      `[extend] path "${shown}" is one file too many behind the first: it is not read`,
      hint,
    );
  }
  const text = extend.get(path);
  const hint = 'the path must name a file that can be read from where this file is';
  return text ?? problem(report, 'error', `[extend] path "${shown}" cannot be read`, hint);
}

function readFile(text: string, report: Report): WrittenConfig | undefined {
  const table = parseTable(text, report);
  if (table === undefined) return undefined;
  const extend = readExtend(table, report);
  const [title, description] = [table.text('title') ?? '', table.text('description') ?? ''];
  checkVersion(table.text('minVersion'), report);
  const rules = readRules(table, ruleLines(text), report);
  const allowlists = readAllowlists(table, { many: '[[allowlists]]', one: '[allowlist]' });
  table.done();
  return { title, description, rules, allowlists, ...extend };
}

function parseTable(text: string, report: Report): TomlTable | undefined {
  if (text.length > MAX_TEXT) {
    return problem(report, 'error', `the file has more than ${MAX_TEXT} characters`, 'split it with [extend]');
  }
  try {
    return new TomlTable(parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: 'throw' }), 'the file', report);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = `the file is no TOML: ${error.message.split('\n')[0] ?? ''}`;
    return problem(
      { ...report, line: error.line },
      'error',
      visibleText(message),
      'look at this line and the one before',
    );
  }
}

function readExtend(outer: TomlTable, report: Report) {
  const [value = {}] = outer.tables('extend', 1);
  const table = new TomlTable(value, '[extend]', report);
  const path = table.text('path');
  const useDefault = table.flag('useDefault') ?? false;
  const disabledRules = table.texts('disabledRules', MAX_DISABLED);
  if (table.text('url') !== undefined) {
    const hint = 'download the file, keep it beside this one and name it with `path`';
    problem(report, 'error', '[extend] url is not followed: the rules would be whatever that server sends', hint);
  }
  table.done();
  if (path !== undefined && useDefault) {
    problem(report, 'error', '[extend] has both path and useDefault', 'put useDefault in the file that path names');
  }
  return { path: path === '' ? undefined : path, useDefault, disabledRules };
}

function readRules(table: TomlTable, lines: readonly number[], report: Report): readonly WrittenRule[] {
  const values = table.tables('rules', MAX_RULES);
  // Headers are counted without understanding TOML: a line is only told when the count is right.
  const lineOf = (index: number) => (lines.length === values.length ? lines[index] : undefined);
  const rules = new Map<string, WrittenRule>();
  for (const [index, value] of values.entries()) {
    const rule = readRule(value, index + 1, lineOf(index), report);
    if (rule === undefined) continue;
    const about = { ...report, rule: visibleText(rule.id), ...(rule.line !== undefined && { line: rule.line }) };
    if (rules.has(rule.id))
      problem(about, 'warning', 'another rule has the same `id`: only the last one counts', 'give each rule its own');
    rules.set(rule.id, rule);
  }
  return [...rules.values()];
}

function ruleLines(text: string): readonly number[] {
  return text.split('\n').flatMap((line, index) => (/^\s*\[\[\s*rules\s*\]\]/i.test(line) ? [index + 1] : []));
}

function checkVersion(written: string | undefined, report: Report): void {
  if (written === undefined || written === '') return;
  const parts = /^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+].*)?$/.exec(written)?.slice(1, 4);
  if (parts === undefined) {
    problem(report, 'error', `minVersion "${visibleText(written)}" is no version`, 'write it as "8.25.0"');
    return;
  }
  const difference = VERSION.map((known, index) => Number(parts[index] ?? 0) - known).find((step) => step !== 0) ?? 0;
  if (difference <= 0) return;
  const hint = 'unknown keys are listed with it; the rest is used';
  problem(
    report,
    'warning',
    `minVersion ${visibleText(written)} is newer than the format known here, ${VERSION.join('.')}`,
    hint,
  );
}
