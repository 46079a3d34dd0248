// Pushes as plain values for the tests of policies and approvals.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parsePolicy } from '../../../src/domain/policy/parse-policy.ts';
import type { Policy } from '../../../src/domain/policy/policy.ts';
import type { Change, CommitFacts, Inputs, TagFacts, UpdateFacts } from '../../../src/domain/push/inputs.ts';
import type { UpdateKind } from '../../../src/domain/push/push.ts';

export const ZERO = '0'.repeat(40);

/** A stable object id for a name. */
export function oid(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

/** The policy of this text; fails the test when it does not parse. */
export function policyOf(text: string): Policy {
  const parsed = parsePolicy(text);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.policy;
}

/** A policy of rules only. */
export function rulesOf(rules: string): Policy {
  return policyOf(`version: 1\nrules:\n${rules}`);
}

/** One rule that refuses when `when` (flow YAML) holds. */
export function refuseWhen(when: string, unless?: string): Policy {
  return rulesOf(`- { name: r, when: ${when}, ${unless === undefined ? '' : `unless: ${unless}, `}then: refuse }`);
}

export function added(path: string, more: Partial<Change> = {}): Change {
  const newOid = oid(`new ${path}`);
  return { path, status: 'added', oldMode: '000000', newMode: '100644', oldOid: ZERO, newOid, size: 10, ...more };
}

export function modified(path: string, more: Partial<Change> = {}): Change {
  return { ...added(path), status: 'modified', oldMode: '100644', oldOid: oid(`old ${path}`), ...more };
}

export function deleted(path: string, more: Partial<Change> = {}): Change {
  const { size: _, ...rest } = modified(path);
  return { ...rest, status: 'deleted', newMode: '000000', newOid: ZERO, ...more };
}

export function commit(name: string, more: Partial<CommitFacts> = {}): CommitFacts {
  return {
    oid: oid(name),
    parents: [],
    tree: oid(`tree of ${name}`),
    author: { name: 'Alice Liddell', email: 'alice@example.com' },
    committer: { name: 'Alice Liddell', email: 'alice@example.com' },
    coAuthors: [],
    message: `${name}\n`,
    signed: false,
    changes: [],
    ...more,
  };
}

export function tag(name: string, more: Partial<TagFacts> = {}): TagFacts {
  const tagger = { name: 'Alice Liddell', email: 'alice@example.com' };
  const target = oid('tagged');
  return { oid: oid(`tag ${name}`), name, target, targetType: 'commit', tagger, message: name, signed: false, ...more };
}

export interface SampleUpdate {
  readonly ref?: string;
  readonly kind?: UpdateKind;
  readonly net?: readonly Change[];
  readonly commits?: readonly CommitFacts[];
  readonly tags?: readonly TagFacts[];
  readonly tipType?: UpdateFacts['tipType'];
}

/** Inputs of a push by alice, a developer. */
export function inputsOf(updates: readonly SampleUpdate[], more: Partial<Inputs> = {}): Inputs {
  const commits: CommitFacts[] = [];
  const tags: TagFacts[] = [];
  const facts = updates.map((update, index): UpdateFacts => {
    const kind = update.kind ?? 'fast-forward';
    const firstCommit = commits.length;
    const firstTag = tags.length;
    commits.push(...(update.commits ?? []));
    tags.push(...(update.tags ?? []));
    return {
      refName: update.ref ?? 'refs/heads/main',
      oldOid: kind === 'create' ? ZERO : oid(`old tip ${index}`),
      newOid: kind === 'delete' ? ZERO : oid(`new tip ${index}`),
      kind,
      net: update.net ?? [],
      commits: (update.commits ?? []).map((_, at) => firstCommit + at),
      tags: (update.tags ?? []).map((_, at) => firstTag + at),
      ...(kind !== 'delete' && { tipType: update.tipType ?? 'commit' }),
    };
  });
  return {
    version: 1,
    at: 1_700_000_000_000,
    repo: 'acme/app',
    objectFormat: 'sha1',
    principal: { name: 'alice', kind: 'human', groups: ['dev'] },
    updates: facts,
    commits,
    tags,
    pack: { bytes: 1000, objects: 3 },
    pushOptions: [],
    findings: [],
    secrets: 'scanned',
    ...more,
  };
}

/** A push of one fast-forward of main with these net changes. */
export function pushOf(...net: readonly Change[]): Inputs {
  return inputsOf([{ net }]);
}
