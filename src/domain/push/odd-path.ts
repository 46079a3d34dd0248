// Names in trees that mean something else on another file system: on NTFS, HFS+ and APFS `.GIT `, `git~1` and
// `.g<U+200C>it` all open `.git` (CVE-2014-9390, CVE-2019-1352, CVE-2019-1353). Two pure questions: is this name odd,
// and what does it fold to when it is compared with a protected path.
import type { Severity } from './finding.ts';

export interface OddName {
  readonly severity: Severity;
  readonly text: string;
}

/** What is odd about a path, worst segment first; undefined for an ordinary one. */
export function oddPath(path: string): string | undefined {
  return judgePath(path)?.text;
}

/** As oddPath, with how bad it is. */
export function judgePath(path: string): OddName | undefined {
  let worst: OddName | undefined;
  for (const name of path.split('/')) {
    const odd = judgeName(name);
    if (odd !== undefined && (worst === undefined || RANK[odd.severity] > RANK[worst.severity])) worst = odd;
  }
  return worst;
}

/** Judges the name of one tree entry. */
export function judgeName(name: string): OddName | undefined {
  if (PLAIN.test(name) && !RESERVED.test(name)) return undefined;
  if (name === '') return { severity: 'high', text: 'empty name' };
  if (name === '.' || name === '..') return { severity: 'high', text: `the name "${name}" leaves its directory` };
  if (name.includes('/')) return { severity: 'high', text: 'slash inside a name' };
  const opens = foldName(name.split(':', 1)[0] as string);
  if (opens === '.git' || opens === 'git~1') return { severity: 'high', text: 'opens .git on some file systems' };
  if (GIT_FILES.has(opens) && opens !== name) return { severity: 'medium', text: `another spelling of ${opens}` };
  if (GIT_SHORT_NAME.test(opens)) return { severity: 'medium', text: 'NTFS short name of one of git’s own files' };
  if (CONTROL.test(name)) return { severity: 'medium', text: 'control character in a name' };
  if (name.includes('\\')) {
    const onWindows = judgePath(name.replaceAll('\\', '/'));
    if (onWindows?.severity === 'high') return onWindows;
    return { severity: 'medium', text: 'backslash in a name (a separator on Windows)' };
  }
  if (name.includes(':$')) return { severity: 'medium', text: 'NTFS stream suffix in a name' };
  if (INVISIBLE.test(name)) return { severity: 'medium', text: 'invisible or direction-changing character in a name' };
  if (name.endsWith('.') || name.endsWith(' ')) {
    return { severity: 'low', text: 'name ends in a dot or a space (dropped on Windows)' };
  }
  if (DEVICE.test(name)) return { severity: 'low', text: 'name of a Windows device' };
  if (SHORT_NAME.test(name)) return { severity: 'low', text: 'looks like an NTFS short name' };
  return undefined;
}

/**
 * The form in which paths are compared with protected paths: what one of the file systems the files land on may take
 * for the same path. Folds rather too much than too little. Idempotent.
 */
export function foldPath(path: string): string {
  if (!NEEDS_FOLDING.test(path)) return path.toLowerCase();
  return caseFold(path).replaceAll('\\', '/').replace(/\/+/g, '/').split('/').map(bareName).join('/');
}

/** foldPath for the name of one entry (which holds no slash). */
export function foldName(name: string): string {
  return NEEDS_FOLDING.test(name) ? bareName(caseFold(name).replaceAll('\\', '/')) : name.toLowerCase();
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };

// Most names: nothing is odd about them unless they are also reserved. Inspection asks for every introduced name.
const PLAIN = /^(?:[A-Za-z0-9_+@,=()-]|\.(?=[A-Za-z0-9_-]))+$/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:[.:]|$)/i;
const RESERVED = /^\.(?:git|mailmap)|^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const GIT_FILES: ReadonlySet<string> = new Set(['.gitmodules', '.gitattributes', '.gitignore', '.mailmap']);
// path.c of git, is_ntfs_dot_generic: the first six letters, or the hash NTFS falls back to.
const GIT_SHORT_NAME = /^(?:gitmod|gi7eba|gitatt|gi7d29|gitign|gi250a|mailma|maba30)~[0-9]+$/;
const SHORT_NAME = /^[^./ ]{1,6}~[0-9]{1,2}(?:\.[^./]{1,3})?$/;
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

// utf8.c of git, next_hfs_char: code points that HFS+ leaves out when it compares names.
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const NEEDS_FOLDING = /[^\x21-\x7e]|[:\\]|\.(?:\/|$)|\/\//;

/** Case and composition. Through upper case first, so that `ſ`, `K` (Kelvin) and `ß` meet what they fold to. */
function caseFold(text: string): string {
  const once = (from: string) =>
    from
      .replace(HFS_IGNORED, '')
      .normalize('NFC')
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ') // which sigma lower case gives depends on what follows
      .normalize('NFC');
  let folded = once(text);
  // Composing after folding can give something that folds again; it settles at once or in one more round.
  for (let round = 0; round < 3; round++) {
    const again = once(folded);
    if (again === folded) break;
    folded = again;
  }
  return folded;
}

/** A name less what Windows drops: trailing dots and spaces, and the suffix that names the main stream of a file. */
function bareName(name: string): string {
  let end = name.length;
  for (;;) {
    const before = end;
    while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ' || name[end - 1] === ':')) end -= 1;
    // `name::$DATA`, `name:$I30:$INDEX_ALLOCATION`
    const type = name.lastIndexOf(':$', end - 1);
    if (end > 0 && type > 0 && !name.slice(type + 2, end).includes(':')) end = type;
    if (end === before) break;
  }
  return end === 0 ? name : name.slice(0, end);
}
