// A policy as values: parsed, checked and compiled once, then frozen. parse-policy.ts makes it, evaluate.ts reads it.
import type { Predicate } from './predicates/predicate.ts';
import { AT_LEAST_MEDIUM, type WantedSecrets } from './wanted-secrets.ts';

export interface Policy {
  readonly version: 1;
  readonly rules: readonly Rule[];
  readonly defaults: Defaults;
}

export type Consequence = 'flag' | 'hold' | 'refuse';

/** Predicates in their order of evaluation; all must hold. */
export type Condition = readonly Predicate[];

export interface Rule {
  readonly name: string;
  /** Where it stands in the policy's text, from 1. */
  readonly line: number;
  readonly when: Condition;
  /** Absent or empty: no exemption. */
  readonly unless?: Condition;
  readonly then: Consequence;
  /** Not empty for `hold`, empty otherwise. */
  readonly approvals: readonly ApprovalAsk[];
  /** How long a hold of this rule waits, in milliseconds. */
  readonly expires: number;
  /** The operator's own words on what to do next. */
  readonly hint?: string;
  /** Of a refusal for secrets: who may say that they are none. */
  readonly exceptions?: ExceptionAsk;
}

export interface ExceptionAsk {
  readonly group: string;
  readonly count: number;
  /** How long the exception holds, in milliseconds. */
  readonly lifetime: number;
}

export type CodeownersDialect = 'github' | 'gitlab';

export type ApprovalAsk =
  | { readonly kind: 'group'; readonly group: string; readonly count: number }
  | {
      readonly kind: 'codeowners';
      readonly dialect: CodeownersDialect;
      /** Who is asked where the CODEOWNERS file cannot say: no file, or a line nobody can read. */
      readonly fallback: string;
    };

/** What holds without any rule; each is switched off only by naming it. */
export interface Defaults {
  /** Prefixes of ref names (`refs/heads/`), or every namespace but `refs/replace/`. */
  readonly namespaces: 'all' | readonly string[];
  /** Moving or deleting an existing tag. */
  readonly tags: 'hold' | 'refuse' | 'allow';
  /** Push options that go to the upstream; ours (`sallyport.…`) never do and are always accepted. */
  readonly pushOptions: 'all' | readonly string[];
  /** Objects in the pack that no ref update makes reachable. */
  readonly hiddenObjects: 'refuse' | 'allow';
  /** Objects that git's own checks find broken or dangerous. */
  readonly fsck: 'refuse' | 'allow';
  /** Names in trees that mean something else on another file system, when that is of high severity. */
  readonly oddPaths: 'refuse' | 'allow';
  /** Secrets in what the push introduces. */
  readonly secrets: SecretsDefault;
}

export interface SecretsDefault extends WantedSecrets {
  readonly outcome: 'refuse' | 'hold' | 'flag' | 'allow';
  readonly exceptions?: ExceptionAsk;
}

export const BUILT_IN_DEFAULTS: Defaults = Object.freeze({
  namespaces: Object.freeze(['refs/heads/', 'refs/tags/', 'refs/notes/']),
  tags: 'hold',
  pushOptions: Object.freeze([]),
  hiddenObjects: 'refuse',
  fsck: 'refuse',
  oddPaths: 'refuse',
  secrets: Object.freeze({ outcome: 'refuse', severity: AT_LEAST_MEDIUM, inlineAllow: false }),
});

/** Who approves what the defaults hold, and what CODEOWNERS cannot decide. */
export const ADMIN_GROUP = 'admin';

export const DEFAULT_EXPIRY = 7 * 24 * 60 * 60 * 1000;

/** Names of the defaults as reasons show them. */
export const DEFAULT_RULES = {
  input: 'default: complete inputs',
  replace: 'default: replace refs',
  namespaces: 'default: namespaces',
  tags: 'default: tags',
  pushOptions: 'default: push options',
  hiddenObjects: 'default: hidden objects',
  fsck: 'default: fsck',
  oddPaths: 'default: odd paths',
  grants: 'default: grants',
  secrets: 'default: secrets',
} as const;

/** Which facts the inputs must hold for this policy, beyond those always collected. */
export function neededFacts(policy: Policy): NeededFacts {
  const keys = new Set(policy.rules.flatMap((rule) => [...rule.when, ...(rule.unless ?? [])].map(({ key }) => key)));
  const asks = policy.rules.flatMap((rule) => rule.approvals);
  return {
    binaries: keys.has('binaries'),
    attribution: keys.has('ai') || keys.has('findings'),
    codeowners: asks.some((ask) => ask.kind === 'codeowners'),
    secrets: policy.defaults.secrets.outcome !== 'allow' || keys.has('secrets') || keys.has('findings'),
  };
}

export interface NeededFacts {
  readonly binaries: boolean;
  /** Before the verdict, whatever it takes. */
  readonly attribution: boolean;
  readonly codeowners: boolean;
  readonly secrets: boolean;
}
