// `approvals: [{ codeowners: true }]`: from the paths a rule touched to who must approve. Each distinct set of owners
// among them gives one approval, by any of its members. A set that contains another asked-for set adds nothing: whoever
// approves for the smaller one is a member of the larger.
import { visibleText } from '../../protocol/bytes.ts';
import type { UpdateFacts } from '../push/inputs.ts';
import type { Approver, Requirement } from '../push/verdict.ts';
import { type Codeowners, type Owner, parseCodeowners } from './codeowners.ts';
import type { Facts } from './facts.ts';
import type { ApprovalAsk } from './policy.ts';

export type OwnersAsk = Extract<ApprovalAsk, { kind: 'codeowners' }>;

export interface OwnersAnswer {
  readonly requirements: readonly Requirement[];
  /** What people should know: no file, lines nobody can read, nobody owns what was touched. */
  readonly notes: readonly string[];
}

/** An update that matched, with the paths that made it match. */
export interface TouchedPaths {
  readonly update: UpdateFacts;
  readonly paths: readonly string[];
}

/** Reads each CODEOWNERS text once per evaluation. */
export type ReadCodeowners = (text: string, dialect: OwnersAsk['dialect']) => Codeowners;

export function codeownersReader(): ReadCodeowners {
  const known = new Map<string, Codeowners>();
  return (text, dialect) => {
    const key = `${dialect} ${text}`;
    const codeowners = known.get(key) ?? parseCodeowners(text, dialect);
    known.set(key, codeowners);
    return codeowners;
  };
}

/** Undefined when the inputs do not say what CODEOWNERS is: then nobody knows whom to ask. */
export function askOwners(
  facts: Facts,
  ask: OwnersAsk,
  rule: string,
  matches: readonly TouchedPaths[],
  read: ReadCodeowners,
): OwnersAnswer | undefined {
  const files = facts.inputs.codeowners;
  if (files === undefined) return undefined;
  const fallback: readonly Owner[] = [{ kind: 'group', name: ask.fallback }];
  // By identity: thousands of paths share the few lists of owners that the files hold.
  const asked = new Map<readonly Owner[], number>();
  const add = (owners: readonly Owner[], count: number) => asked.set(owners, Math.max(count, asked.get(owners) ?? 0));
  const notes = new Set<string>();
  for (const { update, paths } of matches) {
    const file = files.find(({ refName }) => refName === update.refName);
    if (file === undefined) {
      add(fallback, 1);
      notes.add(`no CODEOWNERS at the base of ${visibleText(update.refName)}`);
      continue;
    }
    // An update that touches no path (a deletion, a ref moved back) has no owners to ask, yet it was to be held.
    if (paths.length === 0) add(fallback, 1);
    const codeowners = read(file.text, ask.dialect);
    for (const path of paths) {
      const { votes, doubtful } = codeowners.ownersOfAnySpelling(facts.forms(path));
      for (const { owners, count } of votes) add(owners, count);
      if (doubtful.length > 0) add(codeowners.defaultOwners.length > 0 ? codeowners.defaultOwners : fallback, 1);
      for (const line of doubtful) notes.add(doubt(file.path, line));
    }
  }
  if (asked.size === 0) notes.add('nobody owns what was touched');
  return { requirements: smallestSets(asked).map((set) => requirementOf(set, rule)), notes: [...notes] };
}

function doubt(path: string, line: number): string {
  const place = line === 0 ? visibleText(path) : `${visibleText(path)} line ${line}`;
  return `${place} cannot be read, so the default owners are asked`;
}

function approversOf(owners: readonly Owner[]): readonly Approver[] {
  return owners.flatMap(({ kind, name }): Approver[] => {
    if (kind === 'group') return [{ group: name }];
    return kind === 'user' ? [{ user: name }] : [{ group: name }, { user: name }];
  });
}

function show(approver: Approver): string {
  return 'group' in approver ? approver.group : approver.user.includes('@') ? approver.user : `@${approver.user}`;
}

interface OwnerSet {
  readonly approvers: ReadonlyMap<string, Approver>;
  count: number;
}

function smallestSets(asked: ReadonlyMap<readonly Owner[], number>): readonly OwnerSet[] {
  const distinct = new Map<string, OwnerSet>();
  for (const [owners, count] of asked) {
    const byName = new Map(approversOf(owners).map((approver) => [show(approver), approver]));
    const key = [...byName.keys()].sort().join('\n');
    const known = distinct.get(key);
    if (known === undefined) distinct.set(key, { approvers: byName, count });
    else known.count = Math.max(known.count, count);
  }
  const all = [...distinct.values()];
  return all.filter((set) => !all.some((other) => other !== set && other.count >= set.count && isWithin(other, set)));
}

function isWithin(small: OwnerSet, large: OwnerSet): boolean {
  if (small.approvers.size >= large.approvers.size) return false;
  return [...small.approvers.keys()].every((name) => large.approvers.has(name));
}

function requirementOf({ approvers, count }: OwnerSet, rule: string): Requirement {
  const names = [...approvers.keys()].sort();
  const anyOf = names.map((name) => approvers.get(name)).filter((approver) => approver !== undefined);
  const [only] = anyOf;
  const requirement = { group: names.join(' or '), count, given: 0, rules: [rule] };
  return anyOf.length === 1 && only !== undefined && 'group' in only ? requirement : { ...requirement, anyOf };
}
