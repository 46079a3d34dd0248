// Where an upstream is, from configuration alone. A request contributes nothing but a repository path, which is checked
// again here and only ever lands in the path: never in scheme, user, host, port or query (SSRF by repository path).
import type { RepoAddress } from '../domain/push/push.ts';
import { parseRepoPath } from '../protocol/repo-path.ts';

export interface UpstreamTarget {
  readonly name: string;
  /** `http(s)://host[:port]/…` or `ssh://[user@]host[:port]/…`; its path may hold `{path}` and `{repo}`. */
  readonly url: string;
  /** Name of a credential; absent = none. */
  readonly credential?: string;
  /** ssh: pinned host keys, `SHA256:…` or `<algorithm> <base64>`. */
  readonly hostKeys?: readonly string[];
  /** ssh: a known_hosts file with pinned host keys. */
  readonly knownHosts?: string;
  /** https: PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

export interface ParsedTarget {
  readonly name: string;
  readonly scheme: 'http' | 'https' | 'ssh';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** From an ssh url; a credential's user name otherwise. */
  readonly user?: string;
  /** Begins with a slash; still holds its placeholders. */
  readonly pathTemplate: string;
  readonly credential?: string;
  readonly hostKeys: readonly string[];
  readonly knownHosts?: string;
  readonly ca?: string;
}

/** The configuration of an upstream makes no sense: a mistake of the operator, found at start. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

const DEFAULT_PORTS = { http: 80, https: 443, ssh: 22 } as const;

/** Checks a target of the configuration. Throws TargetError. */
export function parseTarget(target: UpstreamTarget): ParsedTarget {
  const fail = (why: string): never => {
    throw new TargetError(`upstream ${target.name}: ${why}`);
  };
  // Split by hand: URL would resolve `..` in the path and quietly accept what we want refused.
  const parts = /^(https?|ssh):\/\/([^/?#\\\s]+)(\/[^?#\\\s]*)$/.exec(target.url);
  if (parts === null) {
    return fail('url must be http://, https:// or ssh:// with a host and a path; hint: https://git.example.com/{path}');
  }
  const scheme = parts[1] as ParsedTarget['scheme'];
  const authority = parts[2] as string;
  const pathTemplate = parts[3] as string;
  if (/[{}%]/.test(authority)) return fail('url may hold {path} and {repo} in its path only');
  if (/[{}]/.test(pathTemplate.replace(/\{(?:path|repo)\}/g, ''))) {
    return fail('url holds an unknown placeholder; hint: {path} and {repo} are known');
  }
  if (scheme !== 'ssh' && /[^\x21-\x7e]/.test(pathTemplate)) return fail('url must be percent-encoded ASCII');
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? undefined : authority.slice(0, at);
  if (user !== undefined && scheme !== 'ssh') return fail('url holds a user name; hint: use agent.credentials');
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(user)) {
    return fail('url holds a user name that is not one plain word; hint: a password belongs into agent.credentials');
  }
  // `http:` whatever the scheme: only for special schemes does URL check the host (spaces, %, IPv4 and IPv6 forms).
  const url = URL.parse(`http://${authority.slice(at + 1)}/`);
  if (url === null || url.hostname === '') return fail('url has no valid host and port');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // Written out by hand again: URL drops `:80`, which on ssh is no default.
  const port = /:(\d{1,5})$/.exec(authority.slice(at + 1))?.[1];
  return {
    name: target.name,
    scheme,
    host,
    port: port === undefined ? DEFAULT_PORTS[scheme] : Number(port),
    pathTemplate,
    hostKeys: target.hostKeys ?? [],
    ...(user !== undefined && { user }),
    ...(target.credential !== undefined && { credential: target.credential }),
    ...(target.knownHosts !== undefined && { knownHosts: target.knownHosts }),
    ...(target.ca !== undefined && { ca: target.ca }),
  };
}

/** `host` or `host:port`, as known_hosts and people write it. */
export function hostAndPort(target: Pick<ParsedTarget, 'scheme' | 'host' | 'port'>): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return target.port === DEFAULT_PORTS[target.scheme] ? host : `${host}:${target.port}`;
}

/** The request path of a repository on an http(s) upstream; `undefined` = not a repository path. */
export function httpPath(target: ParsedTarget, address: RepoAddress): string | undefined {
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
  return isRepoAddress(address) ? fill(target.pathTemplate, address, encode) : undefined;
}

/** The path of a repository in an exec command on an ssh upstream; `undefined` = not a repository path. */
export function sshPath(target: ParsedTarget, address: RepoAddress): string | undefined {
  if (!isRepoAddress(address)) return undefined;
  const path = fill(target.pathTemplate, address, (text) => text);
  // As git does it (connect.c, parse_connect_url): ssh://host/~user/x is ~user/x there.
  return path.startsWith('/~') ? path.slice(1) : path;
}

/** A path as one shell word, quoted as git's sq_quote_buf does (quote.c): `'` and `!` leave the quotes. */
export function shellQuote(text: string): string {
  return `'${text.replace(/['!]/g, (character) => `'\\${character}'`)}'`;
}

/**
 * The doors have parsed this path already. Whoever asked, this process holds the credential: it applies the grammar
 * itself, and nothing but the exact parsed form passes.
 */
function isRepoAddress(address: RepoAddress): boolean {
  const parsed = parseRepoPath(address.path);
  return !('refused' in parsed) && parsed.path === address.path && parsed.repo === address.repo;
}

function fill(template: string, address: RepoAddress, encode: (text: string) => string): string {
  // A function as replacement: `$&` in a path would be just text.
  return template.replace(/\{(path|repo)\}/g, (_, key: string) => encode(key === 'path' ? address.path : address.repo));
}
