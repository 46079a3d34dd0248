// Smart HTTP (gitprotocol-http): exactly four requests exist, and each repository's LFS paths. Which right a request
// needs follows from its path and method; the query can only name the service of info/refs, in one spelling.
import { decodeBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { encodePkt, FLUSH, PktDecoder, pktText } from './pkt-line.ts';
import { parseRepoPath, type RepoPath } from './repo-path.ts';

export type SmartService = 'git-upload-pack' | 'git-receive-pack';

interface ToRepository {
  /** As the client named it, decoded, without slashes at either end. */
  readonly repoPath: string;
  readonly repo: RepoPath;
}

export type GitRoute =
  | ({ readonly kind: 'advertise'; readonly service: SmartService } & ToRepository)
  | ({ readonly kind: 'upload-pack' } & ToRepository)
  | ({ readonly kind: 'receive-pack' } & ToRepository)
  /** `lfsPath` is what follows `info/lfs/`, such as `objects/batch`. */
  | ({ readonly kind: 'lfs'; readonly lfsPath: string } & ToRepository)
  /** The dumb protocol: files of the repository, never served. */
  | { readonly kind: 'dumb' }
  | { readonly kind: 'bad'; readonly reason: string; readonly status: 400 | 403 | 405 };

const MAX_URL_LENGTH = 4096;

/** Every answer to git carries them: nothing of a repository may come from a cache (gitprotocol-http). */
export const NO_CACHE_HEADERS: Readonly<Record<string, string>> = {
  Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache, max-age=0, must-revalidate',
};

export function advertisementContentType(service: SmartService): string {
  return `application/x-${service}-advertisement`;
}

export function requestContentType(service: SmartService): string {
  return `application/x-${service}-request`;
}

export function resultContentType(service: SmartService): string {
  return `application/x-${service}-result`;
}

/** What a request target asks of git; undefined = it is no git path, somebody else's page. */
export function routeGitRequest(method: string, rawUrl: string): GitRoute | undefined {
  if (rawUrl.length > MAX_URL_LENGTH) return bad('request target too long');
  const question = rawUrl.indexOf('?');
  const rawPath = question === -1 ? rawUrl : rawUrl.slice(0, question);
  const query = question === -1 ? undefined : rawUrl.slice(question + 1);
  const path = decodePath(rawPath);
  if (path === undefined || !path.startsWith('/')) {
    return looksLikeGit(rawPath) ? bad('malformed path') : undefined;
  }

  // LFS first: whatever follows info/lfs belongs to it, even when it ends like another of our paths.
  const lfs = /^(.*?)\/info\/lfs(?:\/(.*))?$/s.exec(path);
  if (lfs !== null) return toRepository(lfs[1] as string, (to) => ({ kind: 'lfs', lfsPath: lfs[2] ?? '', ...to }));

  const refs = suffix(path, '/info/refs');
  if (refs !== undefined) {
    if (query === undefined) return { kind: 'dumb' };
    const service = /^service=(git-upload-pack|git-receive-pack)$/.exec(query)?.[1] as SmartService | undefined;
    if (service === undefined) {
      return /^service=[A-Za-z0-9-]*$/.test(query)
        ? bad('no such service', 403)
        : bad('info/refs takes exactly one query parameter, service');
    }
    if (method !== 'GET') return bad('info/refs is read with GET', 405);
    return toRepository(refs, (to) => ({ kind: 'advertise', service, ...to }));
  }
  for (const kind of ['upload-pack', 'receive-pack'] as const) {
    const base = suffix(path, `/git-${kind}`);
    if (base === undefined) continue;
    if (query !== undefined) return bad(`git-${kind} takes no query`);
    if (method !== 'POST') return bad(`git-${kind} is called with POST`, 405);
    return toRepository(base, (to) => ({ kind, ...to }));
  }
  if (suffix(path, '/git-upload-archive') !== undefined) return bad('no such service', 403);
  return DUMB.test(path) ? { kind: 'dumb' } : undefined;
}

/** Paths of the dumb protocol (the table in git's http-backend.c). */
const DUMB = /.\/(HEAD|objects\/(info\/[^/]+|[0-9a-f]{2}\/[0-9a-f]+|pack\/pack-[^/]+))$/;

/** For targets that did not decode: is it git's business to refuse them, or somebody else's page? */
function looksLikeGit(rawPath: string): boolean {
  const loose = rawPath.replace(/%[0-9A-Fa-f]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  return /[/\\]info[/\\](refs|lfs)|[/\\]git-(upload|receive)-(pack|archive)/.test(loose);
}

function bad(reason: string, status: 400 | 403 | 405 = 400): GitRoute {
  return { kind: 'bad', reason, status };
}

function suffix(path: string, end: string): string | undefined {
  return path.endsWith(end) ? path.slice(0, -end.length) : undefined;
}

function toRepository(raw: string, route: (to: ToRepository) => GitRoute): GitRoute {
  const repo = parseRepoPath(raw);
  if ('refused' in repo) return bad(`repository path: ${repo.refused}`);
  return route({ repoPath: repo.path, repo });
}

/** Decodes percent-escapes once. An escaped slash or backslash would be structure to one reader, text to the next. */
function decodePath(raw: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})|%2[Ff]|%5[Cc]|%00/.test(raw)) return undefined;
  if (/[^\x21-\x7e]|#/.test(raw)) return undefined;
  if (!raw.includes('%')) return raw;
  const bytes: number[] = [];
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] === '%') {
      bytes.push(Number.parseInt(raw.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(raw.charCodeAt(at));
  }
  return decodeBytes(Buffer.from(bytes));
}

/** What precedes a v0/v1 advertisement over HTTP: `# service=…`, flush. */
export function serviceAnnouncement(service: SmartService): Buffer {
  return Buffer.concat([encodePkt(`# service=${service}\n`), FLUSH]);
}

/**
 * Takes the announcement off an upstream's answer while it streams through. It may be absent (v2); one that names
 * another service is refused.
 */
export class ServiceAnnouncementSkipper {
  readonly #packets = new PktDecoder();
  readonly #service: SmartService;
  #state: 'start' | 'announced' | 'through' = 'start';
  #held: Buffer[] = [];

  constructor(service: SmartService) {
    this.#service = service;
  }

  /** The bytes that may go on; empty while it is not yet clear. */
  write(chunk: Buffer): Buffer {
    if (this.#state === 'through') return chunk;
    this.#packets.write(chunk);
    while (this.#state === 'start' || this.#state === 'announced') {
      const offset = this.#packets.offset;
      const pkt = this.#packets.next();
      if (pkt === undefined) return Buffer.alloc(0);
      if (this.#state === 'announced') {
        if (pkt.kind !== 'flush') {
          throw new ProtocolError('unexpected-packet', 'no flush after the service announcement', { offset });
        }
        return this.#pass();
      }
      if (pkt.kind !== 'data' || pkt.payload[0] !== 0x23) {
        this.#held = [this.#packets.raw];
        return this.#pass();
      }
      if (pktText(pkt.payload) !== `# service=${this.#service}`) {
        throw new ProtocolError('bad-line', 'the upstream announces another service', { offset });
      }
      this.#state = 'announced';
    }
    return Buffer.alloc(0);
  }

  /** At the end of input: throws when it broke off before anything could pass. */
  finish(): void {
    if (this.#state !== 'through') {
      throw new ProtocolError('truncated', 'the answer ended before an advertisement', {
        offset: this.#packets.offset + this.#packets.buffered,
      });
    }
  }

  #pass(): Buffer {
    this.#state = 'through';
    return Buffer.concat([...this.#held, this.#packets.takeRest()]);
  }
}

/**
 * The `Git-Protocol` header, or GIT_PROTOCOL over SSH, in the one form we pass on. The value is a list of `key[=value]`
 * separated by colons; git takes the highest version it knows and ignores the rest, so only that survives. Undefined =
 * protocol v0: nothing was asked for, or nothing that we understand.
 */
export function parseGitProtocolHeader(value: string | undefined): 'version=1' | 'version=2' | undefined {
  if (value === undefined || value.length > 256) return undefined;
  if (!/^[A-Za-z0-9._=-]+(:[A-Za-z0-9._=-]+)*$/.test(value)) return undefined;
  const entries = value.split(':');
  if (entries.includes('version=2')) return 'version=2';
  return entries.includes('version=1') ? 'version=1' : undefined;
}
