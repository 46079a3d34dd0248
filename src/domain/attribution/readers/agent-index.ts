// The rules of agents/ by what they are looked up with, made once: a push has thousands of commits, a commit few names.
import type {
  AgentRule,
  BranchRule,
  CodingAgent,
  GithubAccount,
  IdentityRule,
  LineRule,
  NameSuffixRule,
  Role,
  TrailerRule,
} from '../agents/agent-rule.ts';
import { AGENTS } from '../agents/all.ts';
import { AUTOMATION_ACCOUNTS, AUTOMATION_EMAILS, BOT_LOGIN } from '../agents/automation.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Found<Rule extends AgentRule> {
  readonly agent: CodingAgent;
  readonly rule: Rule;
}

const GITHUB_NOREPLY = /^(?:(\d{1,15})\+)?([^@+\s]{1,100})@users\.noreply\.github\.com$/;

const byEmail = new Map<string, Found<IdentityRule>>();
const byAccountId = new Map<number, Found<IdentityRule>>();
/** Logins of apps, which nobody else can have; of rules with an id, for addresses without one. */
const byBotLogin = new Map<string, Found<IdentityRule>>();
/** Logins of rules that know no id. */
const byLoginAlone = new Map<string, Found<IdentityRule>>();
const byTrailer = new Map<string, Found<TrailerRule>[]>();
const suffixes: Found<NameSuffixRule>[] = [];

export const LINE_RULES: readonly Found<LineRule>[] = rulesThatRead('line');
export const BRANCH_RULES: readonly Found<BranchRule>[] = rulesThatRead('branch');

for (const found of rulesThatRead('identity')) indexIdentity(found);
for (const found of rulesThatRead('trailer')) {
  byTrailer.set(found.rule.key, [...(byTrailer.get(found.rule.key) ?? []), found]);
}
suffixes.push(...rulesThatRead('name-suffix'));

const automationIds = new Set(AUTOMATION_ACCOUNTS.map(({ id }) => id));
const automationLogins = new Set(AUTOMATION_ACCOUNTS.map(({ login }) => login));
const automationEmails = new Set(AUTOMATION_EMAILS);

/** The agent whose address this is, in that role. */
export function agentOf(email: string, role: Role): Found<IdentityRule> | undefined {
  const address = email.toLowerCase();
  const account = GITHUB_NOREPLY.exec(address);
  const found = account === null ? byEmail.get(address) : accountOf(account[1], account[2] as string);
  return found?.rule.roles?.includes(role) === false ? undefined : found;
}

/** The agent that put its mark behind this name. */
export function agentOfName(name: string): Found<NameSuffixRule> | undefined {
  return suffixes.find(({ rule }) => name.toLowerCase().endsWith(rule.suffix) && name.length > rule.suffix.length);
}

export interface Automation {
  readonly rule: string;
  /** A bot that nobody listed may be a coding agent that nobody listed. */
  readonly tier: 'E1' | 'E2';
}

/** What is known of a bot with this address; agents are to be looked for first. */
export function automationOf(email: string): Automation | undefined {
  const address = email.toLowerCase();
  const account = GITHUB_NOREPLY.exec(address);
  if (automationEmails.has(address) || isListedBot(account)) return { rule: 'automation/listed', tier: 'E2' };
  return BOT_LOGIN.test(account?.[2] ?? '') ? { rule: 'automation/other-bot', tier: 'E1' } : undefined;
}

function isListedBot(account: RegExpExecArray | null): boolean {
  const [, id, login = ''] = account ?? [];
  return automationLogins.has(login) || (id !== undefined && automationIds.has(Number(id)));
}

export function trailerRules(key: string): readonly Found<TrailerRule>[] {
  return byTrailer.get(key) ?? [];
}

/** The id wins: a login that is known, with another's id, is that other's. */
function accountOf(id: string | undefined, login: string): Found<IdentityRule> | undefined {
  if (id === undefined) return byBotLogin.get(login) ?? byLoginAlone.get(login);
  return byAccountId.get(Number(id)) ?? byLoginAlone.get(login);
}

function indexIdentity(found: Found<IdentityRule>): void {
  for (const email of found.rule.emails ?? []) byEmail.set(email, found);
  for (const account of found.rule.github ?? []) indexAccount(account, found);
}

function indexAccount({ id, login }: GithubAccount, found: Found<IdentityRule>): void {
  if (id === undefined) byLoginAlone.set(login, found);
  else byAccountId.set(id, found);
  if (BOT_LOGIN.test(login)) byBotLogin.set(login, found);
}

function rulesThatRead<Reads extends AgentRule['reads']>(
  reads: Reads,
): Found<Extract<AgentRule, { readonly reads: Reads }>>[] {
  return AGENTS.flatMap((agent) =>
    agent.rules
      .filter((rule): rule is Extract<AgentRule, { readonly reads: Reads }> => rule.reads === reads)
      .map((rule) => ({ agent, rule })),
  );
}
