// Random histories, real git as the oracle: new commits as rev-list tells them, changes as diff-tree does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../src/domain/push/inputs.ts';
import type { Oid } from '../../../src/protocol/oid.ts';
import { PushLab } from '../../support/push-lab.ts';

type Random = (below: number) => number;

/** Seeded (mulberry32), so that a failure can be run again. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NAMES = ['a', 'b', 'a.b', 'a-b', 'dir', 'dir/x', 'dir/y', 'dir/sub/z', 'a/b', 'a0', 'é', 'Dir/x', 'lib/q/r/s'];

/** A fast-import stream of `count` commits: linear runs, forks, merges, octopus merges, evil merges, orphans. */
function randomHistory(random: Random, count: number, oidLength: number): string {
  const out: string[] = [];
  const operation = (): string => {
    const path = NAMES[random(NAMES.length)] as string;
    const text = `content ${random(12)}\n`;
    const inline = `inline ${path}\ndata ${text.length}\n${text}`;
    switch (random(9)) {
      case 0:
        return `D ${path}\n`;
      case 1:
        return `M 160000 ${'1234567890abcdef'.repeat(4).slice(random(8)).padEnd(64, '0').slice(0, oidLength)} ${path}\n`;
      case 2:
        return `M 120000 ${inline}`;
      case 3:
        return `M 100755 ${inline}`;
      default:
        return `M 100644 ${inline}`;
    }
  };
  for (let at = 1; at <= count; at++) {
    const mark = () => 1 + random(at - 1);
    out.push(`commit refs/work/c${at}\nmark :${at}\ncommitter C <c@example.com> ${at} +0000\ndata 2\nm\n`);
    if (at > 1 && random(12) > 0) {
      const first = random(3) > 0 ? at - 1 : mark();
      out.push(`from :${first}\n`);
      const merged = new Set<number>();
      for (let parents = [0, 0, 0, 1, 1, 3][random(6)] as number; parents > 0; parents--) merged.add(mark());
      merged.delete(first);
      for (const parent of merged) out.push(`merge :${parent}\n`);
    }
    for (let operations = random(4); operations > 0; operations--) out.push(operation());
  }
  return out.join('');
}

function importHistory(lab: PushLab, random: Random, count: number): Oid[] {
  const stream = randomHistory(random, count, lab.format === 'sha1' ? 40 : 64);
  lab.git(['fast-import', '--quiet', '--force'], stream);
  const oids: Oid[] = [];
  for (const line of lab.git(['for-each-ref', '--format=%(refname) %(objectname)', 'refs/work']).split('\n')) {
    const [name = '', oid = ''] = line.split(' ');
    oids[Number(name.slice('refs/work/c'.length)) - 1] = oid;
  }
  return oids;
}

/** `diff-tree -r -m --raw` of every commit: for each, a list per parent. */
function diffTrees(lab: PushLab, commits: readonly Oid[]): Map<Oid, Change[][]> {
  const result = new Map<Oid, Change[][]>(commits.map((oid) => [oid, []]));
  if (commits.length === 0) return result;
  for (const oid of commits) {
    const parents = lab
      .git(['rev-parse', `${oid}^@`])
      .split('\n')
      .filter(Boolean);
    const lists =
      parents.length === 0 ? [rawDiff(lab, ['--root', oid])] : parents.map((parent) => rawDiff(lab, [parent, oid]));
    result.set(oid, lists);
  }
  return result;
}

function rawDiff(lab: PushLab, args: readonly string[]): Change[] {
  const fields = lab
    .raw(['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--no-commit-id', ...args])
    .toString('utf8')
    .split('\0');
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldOid = '', newOid = '', letter = ''] = (fields[at] as string)
      .slice(1)
      .split(' ');
    const status = ({ A: 'added', D: 'deleted', M: 'modified', T: 'type-changed' } as const)[letter];
    assert.ok(status !== undefined, `status ${letter}`);
    changes.push({ path: fields[at + 1] as string, status, oldMode, newMode, oldOid, newOid });
  }
  return changes;
}

function text(changes: readonly Change[]): string[] {
  const lines = changes.map(({ path, status, oldMode, newMode, oldOid, newOid }) =>
    [path, status, oldMode, newMode, oldOid, newOid].join(' '),
  );
  return [...new Set(lines)].toSorted();
}

for (const format of ['sha1', 'sha256'] as const) {
  for (let seed = 1; seed <= (format === 'sha1' ? 14 : 4); seed++) {
    test(`random history ${seed} (${format}) is inspected as git itself tells it`, async () => {
      const random = randomFrom(seed * 7919 + format.length);
      const lab = new PushLab(format);
      try {
        const all = importHistory(lab, random, 30);
        const landed = 3 + random(18);
        for (let ref = 0; ref < 3; ref++) lab.land(`refs/heads/known${ref}`, all[random(landed)] as Oid);
        const tips = lab.upstreamTips();
        const oldTip = [...tips][0] as Oid;
        const moved = all[random(all.length)] as Oid;
        const created = all[all.length - 1 - random(5)] as Oid;
        const isStale = random(3) === 0; // a client whose view is old sends what the upstream has already
        const isWarm = random(2) === 0;
        if (isWarm) lab.warm();
        const inspection = await lab.inspect({
          commands: [
            ['refs/heads/known0', oldTip, moved],
            ['refs/heads/fresh', undefined, created],
          ],
          ...(isStale ? { client: [...tips].slice(1) } : {}),
        });
        assert.equal(inspection.outcome, 'inspected', JSON.stringify(inspection));
        if (inspection.outcome !== 'inspected') return;

        const known = new Set(lab.git(['rev-list', ...tips]).split('\n'));
        const expected = new Set(
          lab
            .git(['rev-list', moved, created])
            .split('\n')
            .filter((oid) => !known.has(oid)),
        );
        const told = new Set(inspection.commits.map((commit) => commit.oid));
        // Without history in the mirror, a commit that was sent again cannot be told from a new one: it counts as new.
        if (isStale && !isWarm) {
          for (const oid of told) {
            known.delete(oid);
            expected.add(oid);
          }
        }
        assert.deepEqual(told, expected);

        const diffs = diffTrees(lab, [...expected]);
        const seen = new Set<Oid>();
        for (const commit of inspection.commits) {
          for (const parent of commit.parents) assert.ok(known.has(parent) || seen.has(parent), 'parents come first');
          seen.add(commit.oid);
          const lists = diffs.get(commit.oid) as Change[][];
          // Against each parent, less what another parent that the upstream has holds just the same.
          const introduced = lists.flatMap((list, at) =>
            list.filter((change) =>
              lists.every(
                (other, index) =>
                  index === at ||
                  !known.has(commit.parents[index] as Oid) ||
                  other.some(({ path }) => path === change.path),
              ),
            ),
          );
          assert.deepEqual(text(commit.changes), text(introduced), `changes of ${commit.oid}`);
          for (const change of commit.changes) {
            if (change.newMode === '000000' || change.newMode === '160000') assert.equal(change.size, undefined);
          }
        }

        const [first, second] = inspection.updates;
        assert.deepEqual(text(first?.net ?? []), text(rawDiff(lab, [oldTip, moved])), 'net of the moved ref');
        const isForward = lab.git(['rev-list', moved]).split('\n').includes(oldTip);
        assert.equal(first?.kind, isForward ? 'fast-forward' : 'force');
        assert.equal(second?.kind, 'create');
        for (const [update, tip] of [
          [first, moved],
          [second, created],
        ] as const) {
          const mine = lab
            .git(['rev-list', tip])
            .split('\n')
            .filter((oid) => !known.has(oid));
          const listed: (Oid | undefined)[] = (update?.commits ?? []).map((at) => inspection.commits[at]?.oid);
          assert.deepEqual(new Set(listed), new Set(mine), 'commits of the update');
        }
        assert.deepEqual(
          inspection.findings.filter((finding) => finding.rule === 'hidden-object'),
          [],
        );
      } finally {
        lab.remove();
      }
    });
  }
}
