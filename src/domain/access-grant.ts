// Rights of a coding agent that end by themselves: asked for, given by a person, and never more than its sponsor has
// (access.ts). One is for some repositories, and there for some refs and paths.
import { type Compiled, compileGlob, type Glob } from './policy/glob.ts';
import { compilePathPattern } from './policy/path-pattern.ts';

/** `refused`: nobody gave it. Whatever was not ended by somebody reads as `expired` once its time is over. */
export type GrantState = 'asked' | 'valid' | 'refused' | 'revoked' | 'expired';

export const GRANT_STATES: readonly GrantState[] = ['asked', 'valid', 'refused', 'revoked', 'expired'];

/** Where it holds; what is absent is not limited. Refs are written in full. */
export interface GrantScope {
  readonly repos: readonly string[];
  readonly refs?: readonly string[];
  readonly paths?: readonly string[];
}

export interface AccessGrant extends GrantScope {
  readonly id: string;
  /** The coding agent. */
  readonly principal: string;
  readonly state: GrantState;
  /** Milliseconds from when it is given. */
  readonly lifetime: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly askedAt: number;
  readonly givenBy?: string;
  readonly givenAt?: number;
  /** Until then it waits for somebody to give it; once given, until then it holds. */
  readonly expiresAt: number;
  readonly endedBy?: string;
  readonly endedAt?: number;
}

/** What a grant lets a push do: part of what its verdict is a function of. */
export interface PushLimit {
  readonly grant: string;
  readonly refs?: readonly string[];
  readonly paths?: readonly string[];
}

/** How long a request waits for somebody. */
export const GRANT_WAITS_MS = 7 * 24 * 3_600_000;

export const MAX_GRANT_PATTERNS = 100;

/** The scope with its refs in full (`copilot/*` is `refs/heads/copilot/*`), or which pattern is none. */
export function parseGrantScope({ repos, refs, paths }: GrantScope): Compiled<GrantScope> {
  const full = refs?.map((ref) => (ref.startsWith('refs/') ? ref : `refs/heads/${ref}`));
  for (const [patterns, compile] of [
    [repos, compileGlob],
    [full ?? [], compileGlob],
    [paths ?? [], compilePathPattern],
  ] as const) {
    if (patterns.length > MAX_GRANT_PATTERNS) {
      return { ok: false, message: `a grant has at most ${MAX_GRANT_PATTERNS} patterns of a kind` };
    }
    for (const pattern of patterns) {
      const compiled = compile(pattern);
      if (!compiled.ok) return { ...compiled, message: `\`${pattern}\`: ${compiled.message}` };
    }
  }
  return { ok: true, value: { repos, ...(full && { refs: full }), ...(paths && { paths }) } };
}

/** Whether any of the patterns matches exactly; a pattern that is none matches nothing. */
export function matchesOne(patterns: readonly string[], text: string): boolean {
  return patterns.map(globOf).some((glob) => glob?.matches(text) === true);
}

/** The limit of a push whose right comes from this grant. */
export function limitOf({ id, refs, paths }: AccessGrant): PushLimit {
  return { grant: id, ...(refs && { refs }), ...(paths && { paths }) };
}

function globOf(pattern: string): Glob | undefined {
  const compiled = compileGlob(pattern);
  return compiled.ok ? compiled.value : undefined;
}
