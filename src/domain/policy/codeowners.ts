// CODEOWNERS, as GitHub reads it or, when a policy says so, as GitLab does. Who owns a path is a question of permission,
// so a line that cannot be read is never just dropped: the paths it might have covered are "doubtful", and whoever asks
// must add the default owners for them.
//
// GitHub: one entry per line, `pattern owner…`; the last matching entry decides; an entry without owners means
// deliberately unowned; `\ ` is a space in a pattern; `#` begins a comment, also behind an entry; `!` and `\#` are not
// supported; files of 3 MB and more are not read.
// GitLab: `[Section][2] @default` headings, `^[Optional]`; the last match counts within each section, and every section
// votes; an entry without owners takes its heading's; `!pattern` leaves paths out of its section; fnmatch patterns.
import { visibleText } from '../../protocol/bytes.ts';
import type { Finding } from '../push/finding.ts';
import { foldName } from '../push/odd-path.ts';
import { compileGitlabPattern } from './gitlab-pattern.ts';
import type { Compiled } from './glob.ts';
import { compilePathPattern, type PathForms, type PathPattern } from './path-pattern.ts';
import type { CodeownersDialect } from './policy.ts';

/** `@org/team` is our group `team`; `@name` and addresses are people. GitLab writes groups as `@name` too. */
export type Owner =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'group-or-user'; readonly name: string };

/** One vote that a path needs: `count` approvals by any of `owners`. */
export interface Vote {
  readonly owners: readonly Owner[];
  readonly count: number;
  /** Of the entry, from 1. */
  readonly line: number;
}

export interface Ownership {
  /** Empty: nobody is asked, because no entry matches or because the matching one names nobody. */
  readonly votes: readonly Vote[];
  /** Lines that could not be read and might have decided this path; 0 stands for the whole file. */
  readonly doubtful: readonly number[];
}

export interface CodeownersFault {
  /** From 1; 0 when it is about the whole file. */
  readonly line: number;
  readonly text: string;
}

export interface Codeowners {
  /** By the forge's own matching: the path as it is, case-sensitive. */
  ownersOf(path: string): Ownership;
  /** As ownersOf, and also the votes that the path needs once a file system has folded its name. */
  ownersOfAnySpelling(forms: PathForms): Ownership;
  /** The owners of the last entry that is for every path; empty when there is none. */
  readonly defaultOwners: readonly Owner[];
  readonly faults: readonly CodeownersFault[];
}

const MAX_FILE_LENGTH = 3_000_000;
const MAX_ENTRIES = 50_000;
const MAX_FINDINGS = 100;

/** Parses a CODEOWNERS file. Never fails: what it could not read is in `faults`, and makes paths doubtful. */
export function parseCodeowners(text: string, dialect: CodeownersDialect = 'github'): Codeowners {
  if (text.length >= MAX_FILE_LENGTH) return unreadable('the file has 3 MB or more, beyond which it is not read');
  const reader: LineReader = dialect === 'github' ? parseGithubLine : gitlabReader();
  const entries: Entry[] = [];
  const faults: CodeownersFault[] = [];
  for (const [index, rawLine] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = rawLine.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (entries.length >= MAX_ENTRIES) return unreadable(`the file has more than ${MAX_ENTRIES} entries`);
    const parsed = reader(line);
    if (parsed === undefined) continue;
    if (parsed.kind === 'bad') faults.push({ line: index + 1, text: parsed.text });
    entries.push({ ...parsed, line: index + 1 });
  }
  return new ParsedCodeowners(entries, faults);
}

/** Faults as findings of the inspection; `path` is where the file lies. */
export function codeownersFindings(path: string, codeowners: Codeowners): readonly Finding[] {
  return codeowners.faults.slice(0, MAX_FINDINGS).map(({ line, text }) => ({
    rule: 'codeowners-unreadable',
    severity: 'medium',
    text: `${text}; the paths it may cover need the default owners`,
    path,
    ...(line > 0 && { line }),
  }));
}

function unreadable(text: string): Codeowners {
  return new ParsedCodeowners([], [{ line: 0, text }]);
}

interface Section {
  isOptional: boolean;
  count: number;
}

type Line =
  | {
      readonly kind: 'owned';
      readonly section: Section;
      readonly pattern: PathPattern;
      readonly owners: readonly Owner[];
    }
  | { readonly kind: 'excluded'; readonly section: Section; readonly pattern: PathPattern }
  /** `pattern` is what the line might cover; undefined when that could be anything. */
  | { readonly kind: 'bad'; readonly section: Section; readonly pattern?: PathPattern; readonly text: string };

type Entry = Line & { readonly line: number };

/** Reads one line that is neither blank nor a comment; undefined for a heading. */
type LineReader = (line: string) => Line | undefined;

type Matches = (pattern: PathPattern) => boolean;

class ParsedCodeowners implements Codeowners {
  readonly faults: readonly CodeownersFault[];
  readonly defaultOwners: readonly Owner[];
  readonly #isReadable: boolean;
  /** Entries by the directory that holds all paths they can match (its names folded), `` for anywhere. */
  readonly #byDirectory = new Map<string, Entry[]>();

  constructor(entries: readonly Entry[], faults: readonly CodeownersFault[]) {
    this.faults = faults;
    this.#isReadable = !faults.some(({ line }) => line === 0);
    for (const entry of entries) {
      const directory = (entry.pattern?.names ?? []).map(foldName).join('/');
      const bucket = this.#byDirectory.get(directory);
      if (bucket === undefined) this.#byDirectory.set(directory, [entry]);
      else bucket.push(entry);
    }
    const catchAll = entries.findLast((entry) => entry.kind === 'owned' && CATCH_ALL.includes(entry.pattern.pattern));
    this.defaultOwners = catchAll?.kind === 'owned' ? catchAll.owners : [];
  }

  ownersOf(path: string): Ownership {
    return this.#lookUp(path.split('/').map(foldName), (pattern) => pattern.matchesExactly(path));
  }

  ownersOfAnySpelling(forms: PathForms): Ownership {
    const exact = this.ownersOf(forms.raw);
    const folded = this.#lookUp(forms.folded.split('/'), (pattern) => pattern.matches(forms));
    // Each spelling by itself, not the union of what matches: a folded match must not win over the exact one and
    // so take its owners' vote away.
    const votes = [
      ...exact.votes,
      ...folded.votes.filter((vote) => !exact.votes.some((other) => isSameVote(vote, other))),
    ];
    return { votes, doubtful: [...new Set([...exact.doubtful, ...folded.doubtful])] };
  }

  #lookUp(foldedNames: readonly string[], matches: Matches): Ownership {
    if (!this.#isReadable) return { votes: [], doubtful: [0] };
    const bySection = new Map<Section, Entry[]>();
    for (const entry of this.#matching(foldedNames, matches)) {
      const sectionEntries = bySection.get(entry.section);
      if (sectionEntries === undefined) bySection.set(entry.section, [entry]);
      else sectionEntries.push(entry);
    }
    const ownerships = [...bySection].map(([section, entries]) => decide(section, entries));
    return {
      votes: ownerships.flatMap(({ votes }) => votes),
      doubtful: ownerships.flatMap(({ doubtful }) => doubtful),
    };
  }

  /** In the file's order. */
  #matching(foldedNames: readonly string[], matches: Matches): readonly Entry[] {
    const matching: Entry[] = [];
    let directory = '';
    for (const name of ['', ...foldedNames]) {
      directory = directory === '' ? name : `${directory}/${name}`;
      for (const entry of this.#byDirectory.get(directory) ?? []) {
        if (entry.pattern === undefined || matches(entry.pattern)) matching.push(entry);
      }
    }
    return matching.sort((one, other) => one.line - other.line);
  }
}

const CATCH_ALL: readonly string[] = ['*', '**', '/**', '**/*', '/**/*'];

/** What the matching entries of one section, in file order, ask for. */
function decide(section: Section, entries: readonly Entry[]): Ownership {
  if (section.isOptional) return { votes: [], doubtful: [] };
  const good = entries.findLast((entry) => entry.kind === 'owned');
  // A later entry that can be read decides, whatever an unreadable one before it said.
  const doubtful = entries
    .filter(({ kind, line }) => kind === 'bad' && line > (good?.line ?? 0))
    .map(({ line }) => line);
  const isExcluded = entries.some((entry) => entry.kind === 'excluded');
  if (good?.kind !== 'owned' || good.owners.length === 0 || isExcluded) return { votes: [], doubtful };
  return { votes: [{ owners: good.owners, count: section.count, line: good.line }], doubtful };
}

function isSameVote(one: Vote, other: Vote): boolean {
  return one.line === other.line;
}

// --- GitHub

const WHOLE_FILE: Section = { isOptional: false, count: 1 };

function parseGithubLine(line: string): Line {
  const section = WHOLE_FILE;
  const bad = (text: string, covers: string): Line => badLine(section, text, compilePathPattern(covers));
  if (line.startsWith('!')) return bad('`!` is not supported', splitEntry(line.slice(1)).pattern);
  if (line.startsWith('\\#')) return bad('`\\#` is not supported', splitEntry(line).pattern);
  if (HEADING.test(line)) {
    return badLine(section, 'this looks like a section, which only the gitlab dialect has');
  }
  const { pattern: text, words } = splitEntry(line);
  // Whether `#` inside a pattern begins a comment is not documented; so take whatever either reading could mean.
  const hash = text.indexOf('#');
  if (hash > 0) return bad('`#` in a pattern is not supported', `${text.slice(0, hash)}*`);
  const pattern = compilePathPattern(text);
  if (!pattern.ok) return badLine(section, pattern.message);
  const owners = words.map(githubOwner);
  const wrong = owners.indexOf(undefined);
  if (wrong >= 0) return badLine(section, notAnOwner(words[wrong]), pattern);
  return { kind: 'owned', section, pattern: pattern.value, owners: owners.filter((owner) => owner !== undefined) };
}

function githubOwner(word: string): Owner | undefined {
  const team = /^@[A-Za-z0-9][\w.-]*\/([A-Za-z0-9_][\w.-]*)$/.exec(word)?.[1];
  if (team !== undefined) return { kind: 'group', name: team };
  const user = /^@([A-Za-z0-9_][\w-]*)$/.exec(word)?.[1] ?? emailOf(word);
  return user === undefined ? undefined : { kind: 'user', name: user };
}

// --- GitLab

const HEADING = /^(\^)?\[([^\][]+)\](?:\[(\d{0,4})\])?(?:\s+(.*))?$/;

function gitlabReader(): LineReader {
  // Sections of the same name are one; entries before the first heading form a section of their own.
  const sections = new Map<string, Section>();
  let section: Section = { isOptional: false, count: 1 };
  let defaults: readonly Owner[] = [];

  return (line) => {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      const [, optional, name = '', count, owners = ''] = heading;
      const words = wordsOf(owners);
      const read = words.map(gitlabOwner);
      defaults = read.filter((owner) => owner !== undefined);
      section = joinSection(sections, name, optional !== undefined, Math.max(1, Number(count ?? 1)));
      const wrong = read.indexOf(undefined);
      return wrong < 0 ? undefined : badLine(section, notAnOwner(words[wrong]));
    }
    if (/^\^?\[/.test(line)) return badLine(section, 'the section heading is malformed');
    const isExclusion = line.startsWith('!');
    const { pattern: text, words } = splitEntry(isExclusion ? line.slice(1) : line);
    const pattern = compileGitlabPattern(text);
    if (!pattern.ok) return badLine(section, pattern.message);
    if (isExclusion) return { kind: 'excluded', section, pattern: pattern.value };
    const read = words.map(gitlabOwner);
    const wrong = read.indexOf(undefined);
    if (wrong >= 0) return badLine(section, notAnOwner(words[wrong]), pattern);
    const owners = words.length === 0 ? defaults : read.filter((owner) => owner !== undefined);
    return { kind: 'owned', section, pattern: pattern.value, owners };
  };
}

/** Where two headings of one name disagree, the stricter holds. */
function joinSection(sections: Map<string, Section>, name: string, isOptional: boolean, count: number): Section {
  const key = name.trim().toLowerCase();
  const known = sections.get(key);
  if (known === undefined) {
    const section = { isOptional, count };
    sections.set(key, section);
    return section;
  }
  known.isOptional &&= isOptional;
  known.count = Math.max(known.count, count);
  return known;
}

function gitlabOwner(word: string): Owner | undefined {
  const nested = /^@[A-Za-z0-9_][\w.-]*(?:\/[\w.-]+)*\/([A-Za-z0-9_][\w.-]*)$/.exec(word)?.[1];
  if (nested !== undefined) return { kind: 'group', name: nested };
  const plain = /^@([A-Za-z0-9_][\w.-]*)$/.exec(word)?.[1];
  if (plain !== undefined) return { kind: 'group-or-user', name: plain };
  const user = emailOf(word);
  return user === undefined ? undefined : { kind: 'user', name: user };
}

// --- Both

function emailOf(word: string): string | undefined {
  return /^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,63}$/.test(word) ? word : undefined;
}

/** The pattern up to the first space that is not escaped, and the words behind it up to a comment. */
function splitEntry(line: string): { readonly pattern: string; readonly words: readonly string[] } {
  const pattern = /^(?:\\.|[^\\\s])*\\?/u.exec(line)?.[0] ?? '';
  return { pattern, words: wordsOf(line.slice(pattern.length)) };
}

function wordsOf(text: string): readonly string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
}

function notAnOwner(word: string | undefined): string {
  return `"${visibleText((word ?? '').slice(0, 100))}" is no owner`;
}

function badLine(section: Section, text: string, covers?: Compiled<PathPattern>): Line {
  return covers?.ok === true ? { kind: 'bad', section, text, pattern: covers.value } : { kind: 'bad', section, text };
}
