// What holds without any rule. Each default is judged like a rule and says what it asked and what it saw.

import { visibleText } from '../../protocol/bytes.ts';
import type { Finding } from '../push/finding.ts';
import { SEVERITIES } from '../push/finding.ts';
import type { Inputs } from '../push/inputs.ts';
import { MAX_REASON_PATHS, type Reason } from '../push/verdict.ts';
import { RULES_MASKER } from '../secrets/mask-text.ts';
import { mendHints } from '../secrets/push/mend.ts';
import { foldText } from './glob.ts';
import { withinGrants } from './grant-limits.ts';
import { DEFAULT_RULES, type Defaults } from './policy.ts';
import { someOf } from './predicates/predicate.ts';
import { describeWanted, isCounting, isWanted, summary } from './wanted-secrets.ts';

export interface DefaultResult {
  readonly rule: string;
  readonly asked: string;
  readonly seen: string;
  readonly reason?: Reason;
}

/** Evaluates every default, in a fixed order. */
export function evaluateDefaults(inputs: Inputs, defaults: Defaults): readonly DefaultResult[] {
  return [
    completeInputs(inputs),
    replaceRefs(inputs),
    namespaces(inputs, defaults),
    tags(inputs, defaults),
    pushOptions(inputs, defaults),
    hiddenObjects(inputs, defaults),
    fsck(inputs, defaults),
    oddPaths(inputs, defaults),
    secrets(inputs, defaults),
    ...(inputs.limits === undefined ? [] : [withinGrants(inputs, inputs.limits)]),
  ];
}

/** A push that updates nothing, or inputs of a kind not known here, give no basis for letting anything through. */
function completeInputs(inputs: Inputs): DefaultResult {
  const rule = DEFAULT_RULES.input;
  const asked = 'the push updates at least one ref';
  if (inputs.version === 1 && inputs.updates.length > 0) return { rule, asked, seen: `${inputs.updates.length}` };
  const text = inputs.version === 1 ? 'the push updates no ref' : 'the inputs are of a version not known here';
  return { rule, asked, seen: text, reason: { rule, outcome: 'refuse', text } };
}

/** Such refs change what others see under every object id, so no setting lets them in (THREATS.md 39). */
function replaceRefs(inputs: Inputs): DefaultResult {
  const rule = DEFAULT_RULES.replace;
  const names = inputs.updates.map((update) => update.refName).filter(isReplaceRef);
  const result = { rule, asked: 'no ref is below refs/replace/', seen: listed(names) };
  if (names.length === 0) return result;
  const hint = 'push the rewritten history itself instead';
  return {
    ...result,
    reason: { rule, outcome: 'refuse', text: `${listed(names)} would change what others see`, hint },
  };
}

function isReplaceRef(refName: string): boolean {
  const folded = foldText(refName);
  return folded === 'refs/replace' || folded.startsWith('refs/replace/');
}

function namespaces(inputs: Inputs, { namespaces: allowed }: Defaults): DefaultResult {
  const rule = DEFAULT_RULES.namespaces;
  if (allowed === 'all')
    return { rule, asked: 'any ref but refs/replace/, as the policy says', seen: 'not restricted' };
  const isAllowed = (name: string) => allowed.some((prefix) => name.startsWith(prefix) && name.length > prefix.length);
  // Of a replace ref the rule above has said enough, and no hint on where else to push it would help.
  const others = inputs.updates.map((update) => update.refName).filter((name) => !isReplaceRef(name));
  const names = others.filter((name) => !isAllowed(name));
  const result = { rule, asked: `refs are below ${allowed.join(', ') || 'nothing'}`, seen: listed(names) };
  if (names.length === 0) return result;
  const hint = `push below ${allowed[0] ?? 'a namespace that the policy allows'}`;
  return { ...result, reason: { rule, outcome: 'refuse', text: `${listed(names)} is outside the allowed refs`, hint } };
}

function tags(inputs: Inputs, { tags: consequence }: Defaults): DefaultResult {
  const rule = DEFAULT_RULES.tags;
  const asked = 'no existing tag moves or goes';
  if (consequence === 'allow')
    return { rule, asked: 'tags may move and go, as the policy says', seen: 'not restricted' };
  const moved = inputs.updates.filter(
    ({ refName, kind }) => foldText(refName).startsWith('refs/tags/') && kind !== 'create',
  );
  const seen =
    moved.length === 0 ? 'none' : someOf(moved.map(({ refName, kind }) => `${kind} of ${visibleText(refName)}`));
  if (moved.length === 0) return { rule, asked, seen };
  const hint = 'publish a new tag under a new name';
  const reason: Reason = { rule, outcome: consequence, text: `${seen}: others rely on tags that stay`, hint };
  return { rule, asked, seen, reason };
}

const OWN_OPTION = 'sallyport.';

function pushOptions(inputs: Inputs, { pushOptions: allowed }: Defaults): DefaultResult {
  const rule = DEFAULT_RULES.pushOptions;
  if (allowed === 'all') return { rule, asked: 'any push option, as the policy says', seen: 'not restricted' };
  const others = inputs.pushOptions.filter((option) => !option.startsWith(OWN_OPTION) && !isListed(option, allowed));
  const asked = `push options are ours${allowed.length > 0 ? ` or one of ${allowed.join(', ')}` : ''}`;
  if (others.length === 0) return { rule, asked, seen: 'none' };
  // Upstreams obey options that skip their own checks (THREATS.md 41). The value may hold anything: not repeated.
  const seen = someOf(
    others.map((option) => visibleText((RULES_MASKER.text(option).split('=', 1)[0] ?? '').slice(0, 100))),
  );
  const hint = 'push without it, or ask for it to be listed under `pushOptions`';
  return { rule, asked, seen, reason: { rule, outcome: 'refuse', text: `push option ${seen} is not allowed`, hint } };
}

/** An entry `a.b` allows `a.b` and `a.b=anything`; an entry `a.b=c` allows just that. */
function isListed(option: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => option === entry || (!entry.includes('=') && option.startsWith(`${entry}=`)));
}

function hiddenObjects(inputs: Inputs, defaults: Defaults): DefaultResult {
  return findingDefault(inputs, {
    rule: DEFAULT_RULES.hiddenObjects,
    asked: 'every object of the pack is reachable from an updated ref',
    isAllowed: defaults.hiddenObjects === 'allow',
    isOne: (finding) => finding.rule === 'hidden-object',
    hint: 'push again from a fresh clone',
  });
}

function fsck(inputs: Inputs, defaults: Defaults): DefaultResult {
  return findingDefault(inputs, {
    rule: DEFAULT_RULES.fsck,
    asked: 'git finds no broken or dangerous object',
    isAllowed: defaults.fsck === 'allow',
    isOne: (finding) => /^fsck(?:$|[-.:/])/.test(finding.rule) && finding.severity !== 'info',
    hint: 'rewrite the named object, then push again',
  });
}

function oddPaths(inputs: Inputs, defaults: Defaults): DefaultResult {
  const isHigh = ({ severity }: Finding) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('high');
  return findingDefault(inputs, {
    rule: DEFAULT_RULES.oddPaths,
    asked: 'no name opens something else on another file system',
    isAllowed: defaults.oddPaths === 'allow',
    isOne: (finding) => finding.rule === 'odd-path' && isHigh(finding),
    hint: 'rename it in the commit that adds it',
  });
}

function secrets(inputs: Inputs, { secrets: { outcome, ...wanted } }: Defaults): DefaultResult {
  const rule = DEFAULT_RULES.secrets;
  if (outcome === 'allow') return { rule, asked: 'any secret', seen: 'not restricted' };
  const asked = `the push does not introduce ${describeWanted(wanted)}`;
  if (inputs.secrets === undefined) {
    const text = 'nobody has looked for secrets in it';
    return { rule, asked, seen: text, reason: { rule, outcome, text, hint: 'push again' } };
  }
  const matching = [...inputs.findings.entries()].filter(
    ([, finding]) => isCounting(finding, wanted) && isWanted(finding, wanted),
  );
  if (matching.length === 0) return { rule, asked, seen: 'none' };
  const findings = matching.map(([, finding]) => finding);
  const text = summary(findings);
  const mend = mendHints(inputs, findings);
  const reason: Reason = { rule, outcome, text, findings: matching.map(([index]) => index), mend };
  return { rule, asked, seen: text, reason };
}

interface FindingDefault {
  readonly rule: string;
  readonly asked: string;
  readonly isAllowed: boolean;
  readonly hint: string;
  isOne(finding: Finding): boolean;
}

function findingDefault(inputs: Inputs, { rule, asked, isAllowed, hint, isOne }: FindingDefault): DefaultResult {
  if (isAllowed) return { rule, asked: 'not asked for, as the policy says', seen: 'not restricted' };
  const matching = [...inputs.findings.entries()].filter(([, finding]) => isOne(finding));
  const seen = matching.length === 0 ? 'none' : someOf(matching.map(([, finding]) => visibleText(finding.text)));
  if (matching.length === 0) return { rule, asked, seen };
  const paths = [...new Set(matching.map(([, { path }]) => path).filter((path) => path !== undefined))];
  const reason: Reason = {
    rule,
    outcome: 'refuse',
    text: seen,
    findings: matching.map(([index]) => index),
    hint,
    ...(paths.length > 0 && { paths: paths.slice(0, MAX_REASON_PATHS) }),
  };
  return { rule, asked, seen, reason };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : someOf(names.map(visibleText));
}
