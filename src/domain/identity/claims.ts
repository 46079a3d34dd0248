// Claims of tokens, which are JSON that somebody else wrote: what they say of a person's name and groups, and what a job
// of a CI system says of itself. Nothing here trusts them; the signature has been checked before.
import type { GroupMap } from './provider-settings.ts';

export type Claims = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 8;
const MAX_GROUPS = 2_000;
const MAX_NAME = 1_000;

/**
 * The claim of that name; else the one inside others that it leads to, written `a.b` or `/a/b`. Names may hold dots
 * themselves (`https://example.com/roles`): every way to cut the path is tried, the longest name first.
 */
export function readClaim(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  if (path.startsWith('/')) return byPointer(claims, path.slice(1).split('/').map(unescapePointer));
  return byDots(claims, path, 0);
}

/** RFC 6901, section 4. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function byPointer(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return value;
  if (!isObject(value) || !Object.hasOwn(value, first)) return undefined;
  return byPointer(value[first], rest);
}

function byDots(claims: Claims, path: string, depth: number): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  if (depth === MAX_DEPTH) return undefined;
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const head = path.slice(0, dot);
    const inner = Object.hasOwn(claims, head) ? claims[head] : undefined;
    const found = isObject(inner) ? byDots(inner, path.slice(dot + 1), depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type ClaimedGroups =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'absent' }
  /** There are more than fit into a token: they are to be asked for elsewhere. */
  | { readonly kind: 'overage' }
  | { readonly kind: 'unreadable' };

/** What the claims say of groups. Only `names` says anything: for all others nobody is in any group. */
export function claimedGroups(claims: Claims, groupsClaim: string): ClaimedGroups {
  const value = readClaim(claims, groupsClaim);
  if (value !== undefined) return namesIn(value);
  const elsewhere = claims['_claim_names'];
  // As Entra ID says it; the address that stands beside it is never used.
  const isElsewhere = isObject(elsewhere) && Object.hasOwn(elsewhere, groupsClaim);
  if (isElsewhere || claims['hasgroups'] === true || claims['hasgroups'] === 'true') return { kind: 'overage' };
  return { kind: 'absent' };
}

/** A list of names, or one alone. One member that is none makes the whole list unreadable. */
export function namesIn(value: unknown): ClaimedGroups {
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length > MAX_GROUPS) return { kind: 'unreadable' };
  const names = list.filter((one): one is string => typeof one === 'string' && one.length <= MAX_NAME);
  return names.length === list.length ? { kind: 'names', names } : { kind: 'unreadable' };
}

/** Ours for theirs; what is not named in the map gives nothing. */
export function mapGroups(names: readonly string[], map: GroupMap): readonly string[] {
  return [...new Set(names.flatMap((name) => (Object.hasOwn(map, name) ? (map[name] ?? []) : [])))];
}

/** A claim that is a text of at most so many characters. */
export function textClaim(claims: Claims, path: string, most = 255): string | undefined {
  const value = readClaim(claims, path);
  return typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;
}

/** Does every claim match its pattern? A claim that is missing or no text matches nothing. */
export function claimsMatch(claims: Claims, match: Readonly<Record<string, string>>): boolean {
  return Object.entries(match).every(([claim, pattern]) => {
    const value = textClaim(claims, claim, MAX_NAME);
    return value !== undefined && patternExpression(pattern).test(value);
  });
}

/** `**` is anything, `*` anything within one part: a repository must not match as if it were a branch. */
function patternExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part === '*') return '[^/:]*';
    return part.startsWith('**') ? '.*' : part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'su');
}

/** The template with its claims filled in, `/` as `.`; `undefined` when one is missing or makes no name. */
export function principalName(template: string, claims: Claims): string | undefined {
  let isWhole = true;
  const name = template.replace(/\{([^{}]+)\}/g, (_, path: string) => {
    const value = textClaim(claims, path);
    if (value === undefined || !/^[A-Za-z0-9._/@-]+$/.test(value)) isWhole = false;
    return (value ?? '').replaceAll('/', '.');
  });
  return isWhole && isUserName(name) ? name : undefined;
}

/** What a user can be called; `anonymous` is nobody in particular. */
export function isUserName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name) && name.toLowerCase() !== 'anonymous';
}
