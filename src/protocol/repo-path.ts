// Repository paths as clients name them, over both doors. A whitelist: what is not clearly one repository is refused, so
// that no spelling reaches the upstream under another name than the one the policy matched (`/a/../b`, `//`, `%2e`,
// `;x`, `x.git/.git`, a trailing dot that NTFS drops). Percent-escapes have been decoded before, once.

export interface RepoPath {
  /** What access rules and policy match: no leading slash, no `.git`. */
  readonly repo: string;
  /** As the client named it, without the leading and one trailing slash. */
  readonly path: string;
}

export type RepoPathRefusal = { readonly refused: string };

const MAX_PATH_LENGTH = 1024;
const MAX_SEGMENTS = 24; // GitLab allows 20 nested groups and the project
const MAX_SEGMENT_LENGTH = 255; // NAME_MAX

/** One repository, or why not. `x.git`, `x` and `x/` are the same repository. */
export function parseRepoPath(raw: string): RepoPath | RepoPathRefusal {
  if (raw.length > MAX_PATH_LENGTH) return refuse('longer than any repository path');
  const from = raw.startsWith('/') ? 1 : 0;
  const path = raw.slice(from, raw.length > from && raw.endsWith('/') ? -1 : undefined);
  if (path === '') return refuse('empty');
  const segments = path.split('/');
  if (segments.length > MAX_SEGMENTS) return refuse('too many segments');
  for (const [at, segment] of segments.entries()) {
    const fault = checkSegment(segment, at === segments.length - 1);
    if (fault !== undefined) return refuse(fault);
  }
  return { repo: path.endsWith('.git') ? path.slice(0, -'.git'.length) : path, path };
}

function refuse(refused: string): RepoPathRefusal {
  return { refused };
}

function checkSegment(segment: string, last: boolean): string | undefined {
  if (segment === '') return 'empty segment';
  if (segment.length > MAX_SEGMENT_LENGTH) return 'segment too long';
  if (/^\.+$/.test(segment)) return 'segment of dots';
  // ~user would name a home directory on the upstream, -x an option of some program on the way.
  if (segment.startsWith('~')) return 'segment begins with ~';
  if (segment.startsWith('-')) return 'segment begins with -';
  if (!/^[A-Za-z0-9._+@-]+$/.test(segment)) return 'character outside A-Z a-z 0-9 . _ + @ -';
  if (segment.endsWith('.')) return 'segment ends with a dot';
  // `.git` only as the very end of a name, once, in lower case: `x/.git` and `x.git/y` are other spellings of `x`, and
  // `x.GIT` would be one on a disk that ignores case.
  const name = last && segment.endsWith('.git') ? segment.slice(0, -'.git'.length) : segment;
  if (name === '' || name.endsWith('.')) return '.git without a name before it';
  if (name.toLowerCase().endsWith('.git')) return '.git in another place than the end';
  return undefined;
}
