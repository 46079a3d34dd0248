// policy.yaml to a Policy. Strict on purpose: a mistyped key, a pattern that can never match or a hold that nobody can
// approve is an error with its line, for the alternative is a rule that is silently off.
import { createHash } from 'node:crypto';
import { visibleText } from '../../protocol/bytes.ts';
import { countOf, exceptionsOf, expiryOf, groupOf } from './ask-values.ts';
import {
  ADMIN_GROUP,
  type ApprovalAsk,
  BUILT_IN_DEFAULTS,
  type CodeownersDialect,
  type Condition,
  type Consequence,
  DEFAULT_EXPIRY,
  DEFAULT_RULES,
  type Defaults,
  type ExceptionAsk,
  type Policy,
  type Rule,
  type SecretsDefault,
} from './policy.ts';
import { PREDICATE_KEYS } from './predicates/all.ts';
import type { Predicate } from './predicates/predicate.ts';
import { WANTED_KEYS, wantedSecretsOf } from './wanted-secrets.ts';
import {
  eachOf,
  flagOf,
  isMapNode,
  isTextNode,
  listOf,
  mapOf,
  naming,
  type Problem,
  parseDocument,
  problemAt,
  textOf,
  type Value,
  wholeNumberOf,
  wordOf,
} from './yaml-values.ts';

export type { Problem } from './yaml-values.ts';

export type ParsedPolicy =
  | {
      readonly ok: true;
      readonly policy: Policy;
      /** SHA-256 (hex) of the text. */
      readonly digest: string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const MAX_RULES = 1000;

/** Parses and checks a policy. All problems are found in one go, in the order of the text. */
export function parsePolicy(text: string): ParsedPolicy {
  const { root, report } = parseDocument(text);
  const policy = root === undefined ? undefined : readPolicy(root);
  if (policy === undefined || report.problems.length > 0) {
    const problems = [...report.problems].sort((one, other) => one.line - other.line || one.column - other.column);
    return { ok: false, problems };
  }
  return { ok: true, policy: deepFreeze(policy), digest: createHash('sha256').update(text, 'utf8').digest('hex') };
}

/** `file:line:col: message (hint: …)`, as compilers and editors have it. */
export function formatProblem(file: string, { line, column, message, hint }: Problem): string {
  return `${visibleText(file)}:${line}:${column}: ${message}${hint === undefined ? '' : ` (hint: ${hint})`}`;
}

function readPolicy(root: Value): Policy | undefined {
  const keys = mapOf(root, ['version', 'rules', 'defaults', 'pushOptions', 'namespaces']);
  if (keys === undefined) return undefined;
  const version = keys.get('version');
  if (version === undefined) problemAt(root, '`version` is missing', 'begin the file with `version: 1`');
  else wholeNumberOf(version, 1, 1);
  const defaults = readDefaults(keys);
  const rules = readRules(keys.get('rules'));
  return { version: 1, rules, defaults };
}

function readRules(value: Value | undefined): readonly Rule[] {
  // `rules: []` is a policy of defaults alone, so an empty list is no mistake here.
  if (value === undefined || isEmptyList(value)) return [];
  const items = listOf(value) ?? [];
  if (items.length > MAX_RULES) problemAt(value, `more than ${MAX_RULES} rules`);
  const rules: Rule[] = [];
  const lines = new Map<string, number>();
  for (const item of items.slice(0, MAX_RULES)) {
    const rule = readRule(item, lines);
    if (rule !== undefined) rules.push(rule);
  }
  return rules;
}

const RULE_KEYS = ['name', 'when', 'unless', 'then', 'approvals', 'expires', 'exceptions', 'hint'];
const CONSEQUENCES: readonly Consequence[] = ['flag', 'hold', 'refuse'];

function readRule(value: Value, lines: Map<string, number>): Rule | undefined {
  const keys = mapOf(value, RULE_KEYS);
  if (keys === undefined) return undefined;
  const line = value.report.lines.linePos(value.offset).line;
  const name = readName(value, keys.get('name'), lines, line);
  const when = readWhen(value, keys.get('when'));
  const unlessAt = keys.get('unless');
  const unless = unlessAt && readCondition(unlessAt);
  const thenAt = keys.get('then');
  const then = thenAt ? wordOf(thenAt, CONSEQUENCES) : problemAt(value, '`then` is missing', 'flag, hold or refuse');
  const approvals = readApprovals(value, keys.get('approvals'), then);
  const expires = readExpiry(keys.get('expires'), then);
  const exceptionsAt = keys.get('exceptions');
  const exceptions = exceptionsAt && readExceptions(exceptionsAt, when, then);
  const hintAt = keys.get('hint');
  const hint = hintAt && textOf(hintAt);
  if (name === undefined || when === undefined || then === undefined) return undefined;
  const optional = { ...(unless && { unless }), ...(exceptions && { exceptions }), ...(hint && { hint }) };
  return { name, line, when, then, approvals, expires, ...optional };
}

function readName(rule: Value, at: Value | undefined, lines: Map<string, number>, line: number): string | undefined {
  if (at === undefined) return problemAt(rule, 'the rule has no `name`', 'reasons and hints show it');
  const name = textOf(at);
  if (name === undefined) return undefined;
  const nameLine = at.report.lines.linePos(at.offset).line;
  const before = lines.get(name);
  if (before !== undefined) return problemAt(at, `the name is taken by the rule at line ${before}`);
  lines.set(name, Math.max(line, nameLine));
  if (name.startsWith('default:')) return problemAt(at, 'names that begin with `default:` are the built-in rules');
  if (name.length > 100 || name !== name.trim() || visibleText(name) !== name) {
    return problemAt(at, 'a name is at most 100 visible characters, without spaces around it');
  }
  return name;
}

function readWhen(rule: Value, at: Value | undefined): Condition | undefined {
  const hint = 'a rule for every push says `when: { repos: ["**"] }`';
  if (at === undefined) return problemAt(rule, 'the rule has no `when`', hint);
  return readCondition(at, hint);
}

function readCondition(value: Value, emptyHint?: string): Condition | undefined {
  const { problems } = value.report;
  const before = problems.length;
  const keys = mapOf(
    value,
    PREDICATE_KEYS.map(({ key }) => key),
  );
  if (keys === undefined) return undefined;
  // mapOf has complained about unknown keys: an empty map here may be one that only had those.
  if (keys.size === 0 && problems.length > before) return undefined;
  if (keys.size === 0) return problemAt(value, `${naming(value)} has no condition`, emptyHint);
  // The order of evaluation is the list's, not the file's: the same rule reads the same however it is written.
  const predicates: Predicate[] = [];
  for (const predicateKey of PREDICATE_KEYS) {
    const at = keys.get(predicateKey.key);
    const predicate = at && predicateKey.parse(at);
    if (predicate !== undefined) predicates.push(predicate);
  }
  return predicates;
}

function readApprovals(rule: Value, at: Value | undefined, then: Consequence | undefined): readonly ApprovalAsk[] {
  if (at === undefined) {
    if (then === 'hold') {
      problemAt(rule, 'a hold without `approvals` could never end', 'write `approvals: [{ group: NAME, count: 1 }]`');
    }
    return [];
  }
  if (then === 'flag' || then === 'refuse') {
    problemAt(at, `\`approvals\` has no meaning with \`then: ${then}\``, 'write `then: hold`, or remove it');
  }
  const asks = (listOf(at) ?? []).map(readApproval).filter((ask) => ask !== undefined);
  const groups = new Set<string>();
  for (const ask of asks) {
    const key = ask.kind === 'group' ? ask.group : 'codeowners: true';
    if (groups.has(key)) problemAt(at, `${visibleText(key)} is asked for twice`, 'raise its `count`');
    groups.add(key);
  }
  return asks;
}

const DIALECTS: readonly CodeownersDialect[] = ['github', 'gitlab'];

function readApproval(value: Value): ApprovalAsk | undefined {
  const keys = mapOf(value, ['group', 'count', 'codeowners', 'dialect', 'fallback']);
  if (keys === undefined) return undefined;
  const at = (key: string) => keys.get(key);
  const [groupAt, countAt, ownersAt] = [at('group'), at('count'), at('codeowners')];
  if ((groupAt === undefined) === (ownersAt === undefined)) {
    return problemAt(value, 'an approval names either a `group` or `codeowners: true`');
  }
  if (groupAt !== undefined) {
    for (const key of ['dialect', 'fallback']) {
      const wrong = at(key);
      if (wrong !== undefined) problemAt(wrong, `\`${key}\` belongs to \`codeowners: true\``);
    }
    const group = groupOf(groupAt);
    const count = countOf(countAt);
    return group === undefined || count === undefined ? undefined : { kind: 'group', group, count };
  }
  if (countAt !== undefined) problemAt(countAt, '`count` belongs to a `group`: each set of code owners gives one');
  if (ownersAt !== undefined && flagOf(ownersAt) === false) {
    return problemAt(ownersAt, '`codeowners: false` asks for nothing', 'remove the entry');
  }
  const [dialectAt, fallbackAt] = [at('dialect'), at('fallback')];
  const dialect = dialectAt === undefined ? 'github' : wordOf(dialectAt, DIALECTS);
  const fallback = fallbackAt === undefined ? ADMIN_GROUP : groupOf(fallbackAt);
  if (dialect === undefined || fallback === undefined) return undefined;
  return { kind: 'codeowners', dialect, fallback };
}

function readExpiry(at: Value | undefined, then: Consequence | undefined): number {
  if (at === undefined) return DEFAULT_EXPIRY;
  if (then === 'flag' || then === 'refuse') problemAt(at, `\`expires\` has no meaning with \`then: ${then}\``);
  return expiryOf(at) ?? DEFAULT_EXPIRY;
}

function readExceptions(
  at: Value,
  when: Condition | undefined,
  then: Consequence | undefined,
): ExceptionAsk | undefined {
  if (then === 'flag' || then === 'hold') {
    problemAt(at, `\`exceptions\` has no meaning with \`then: ${then}\``, 'they turn a refusal into a hold');
  }
  if (when !== undefined && !when.some(({ key }) => key === 'secrets')) {
    problemAt(at, '`exceptions` are for secrets', 'write `when: { secrets: … }`, or remove it');
  }
  return exceptionsOf(at);
}

const DEFAULT_KEYS = ['namespaces', 'tags', 'pushOptions', 'hiddenObjects', 'fsck', 'oddPaths', 'secrets'];
const SWITCH = ['refuse', 'allow'] as const;

function readDefaults(top: ReadonlyMap<string, Value>): Defaults {
  const at = top.get('defaults');
  const keys = (at && mapOf(at, DEFAULT_KEYS)) ?? new Map<string, Value>();
  // These two may stand at the top as well, for they are lists that every site fills.
  const lists = ['namespaces', 'pushOptions'] as const;
  for (const key of lists) {
    const outer = top.get(key);
    if (outer !== undefined && keys.has(key))
      problemAt(outer, `\`${key}\` is given twice: here and under \`defaults\``);
  }
  const [namespaces, pushOptions] = lists.map((key) => keys.get(key) ?? top.get(key));
  const [tags, hiddenObjects] = [keys.get('tags'), keys.get('hiddenObjects')];
  const [fsck, oddPaths, secrets] = [keys.get('fsck'), keys.get('oddPaths'), keys.get('secrets')];
  const builtIn = BUILT_IN_DEFAULTS;
  return {
    namespaces: (namespaces && readAllOr(namespaces, readNamespace)) ?? builtIn.namespaces,
    pushOptions: (pushOptions && readAllOr(pushOptions, readPushOption)) ?? builtIn.pushOptions,
    tags: (tags && wordOf(tags, ['hold', 'refuse', 'allow'] as const)) ?? builtIn.tags,
    hiddenObjects: (hiddenObjects && wordOf(hiddenObjects, SWITCH)) ?? builtIn.hiddenObjects,
    fsck: (fsck && wordOf(fsck, SWITCH)) ?? builtIn.fsck,
    oddPaths: (oddPaths && wordOf(oddPaths, SWITCH)) ?? builtIn.oddPaths,
    secrets: (secrets && readSecrets(secrets)) ?? builtIn.secrets,
  };
}

const SECRETS_WORDS = ['refuse', 'hold', 'flag', 'allow'] as const;

/** `secrets: flag`, or a map for what else is to differ: `secrets: { severity: ">=high", exceptions: { group: sec } }`. */
function readSecrets(value: Value): SecretsDefault | undefined {
  const builtIn = BUILT_IN_DEFAULTS.secrets;
  if (!isMapNode(value)) {
    const outcome = wordOf(value, SECRETS_WORDS);
    return outcome && { ...builtIn, outcome };
  }
  const keys = mapOf(value, ['then', 'exceptions', ...WANTED_KEYS]);
  const thenAt = keys?.get('then');
  const outcome = thenAt ? wordOf(thenAt, SECRETS_WORDS) : builtIn.outcome;
  const wanted = keys && wantedSecretsOf(keys);
  const exceptionsAt = keys?.get('exceptions');
  const exceptions = exceptionsAt && exceptionsOf(exceptionsAt);
  if (exceptionsAt && outcome !== undefined && outcome !== 'refuse') {
    problemAt(
      exceptionsAt,
      `\`exceptions\` has no meaning with \`then: ${outcome}\``,
      'they turn a refusal into a hold',
    );
  }
  return outcome && wanted && { ...builtIn, ...wanted, outcome, ...(exceptions && { exceptions }) };
}

function readAllOr(value: Value, read: (item: Value) => string | undefined): 'all' | readonly string[] | undefined {
  if (isTextNode(value)) return wordOf(value, ['all'] as const);
  return isEmptyList(value) ? [] : eachOf(value, read);
}

/** `refs/changes/`, `refs/changes/*` and `refs/changes/**` all mean everything below refs/changes. */
function readNamespace(value: Value): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const [, prefix] = /^(refs\/(?:[^/*?[\]\\]+\/)+)\*{0,2}$/.exec(text) ?? [];
  if (prefix === undefined) {
    return problemAt(value, `"${visibleText(text)}" is no namespace of refs`, 'write it as `refs/heads/*`');
  }
  // Such refs change what other readers see under every id (THREATS.md 39): no setting lets them in.
  if (prefix.toLowerCase().startsWith('refs/replace/')) {
    return problemAt(value, '`refs/replace/*` is always refused', `see \`${DEFAULT_RULES.replace}\``);
  }
  return prefix;
}

function readPushOption(value: Value): string | undefined {
  const text = textOf(value);
  if (text === undefined || /^[^\s*?]+$/.test(text)) return text;
  return problemAt(
    value,
    `"${visibleText(text)}" is no push option`,
    'write options one by one, or `pushOptions: all`',
  );
}

function isEmptyList(value: Value): boolean {
  const node = value.node;
  return node !== undefined && 'items' in node && Array.isArray(node.items) && node.items.length === 0;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
