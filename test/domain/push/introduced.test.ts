import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Change, CommitFacts } from '../../../src/domain/push/inputs.ts';
import type { Inspection } from '../../../src/domain/push/introduced.ts';
import type { Oid } from '../../../src/protocol/oid.ts';
import { type LabPush, PushLab } from '../../support/push-lab.ts';

type Inspected = Extract<Inspection, { outcome: 'inspected' }>;

let lab: PushLab;
/** main of the upstream: two commits; the mirror is cold. */
let main: Oid;
let older: Oid;

const FILES = { 'README.md': 'hello\n', 'src/app.ts': 'app\n', 'src/lib/util.ts': 'util\n', CODEOWNERS: '* @sre\n' };

function fresh(): void {
  lab = new PushLab();
  older = lab.commit({ ...FILES, 'src/old.ts': 'gone later\n' }, [], 'first\n');
  main = lab.commit(FILES, [older], 'second\n');
  lab.land('refs/heads/main', main);
}

async function inspected(push: LabPush): Promise<Inspected> {
  const inspection = await lab.inspect(push);
  assert.equal(inspection.outcome, 'inspected', JSON.stringify(inspection));
  return inspection as Inspected;
}

async function refused(push: LabPush): Promise<Extract<Inspection, { outcome: 'refused' }>> {
  const inspection = await lab.inspect(push);
  assert.equal(inspection.outcome, 'refused', 'the push was not refused');
  return inspection as Extract<Inspection, { outcome: 'refused' }>;
}

const push = (next: Oid, rest: Partial<LabPush> = {}): LabPush => ({
  commands: [['refs/heads/main', main, next]],
  ...rest,
});
const create = (next: Oid, rest: Partial<LabPush> = {}): LabPush => ({
  commands: [['refs/heads/topic', undefined, next]],
  ...rest,
});

const brief = (changes: readonly Change[] | undefined) =>
  (changes ?? []).map(({ path, status }) => `${status} ${path}`).toSorted();
const commitOf = (inspection: Inspected, oid: Oid) =>
  inspection.commits.find((commit) => commit.oid === oid) as CommitFacts;
const rules = (inspection: Inspected) => inspection.findings.map(({ rule, severity }) => `${rule} ${severity}`);

describe('inspectPush', () => {
  before(fresh);
  after(() => lab.remove());

  describe('an ordinary push', () => {
    test('one commit on a cold mirror asks the upstream once and reads a handful of objects', async () => {
      const oid = lab.commit({ ...FILES, 'src/app.ts': 'new app\n' }, [main], 'change the app\n');
      const inspection = await inspected(push(oid));
      assert.deepEqual(inspection.updates, [
        {
          refName: 'refs/heads/main',
          oldOid: main,
          newOid: oid,
          kind: 'fast-forward',
          net: inspection.commits[0]?.changes,
          commits: [0],
          tags: [],
          tipType: 'commit',
        },
      ]);
      assert.deepEqual(inspection.commits, [
        {
          oid,
          parents: [main],
          tree: lab.git(['rev-parse', `${oid}^{tree}`]),
          author: { name: 'Ann Author', email: 'ann@example.com' },
          committer: { name: 'Carl Committer', email: 'carl@example.com' },
          coAuthors: [],
          committedAt: Number(lab.git(['show', '-s', '--format=%ct', oid])) * 1000,
          message: 'change the app\n',
          signed: false,
          changes: [
            {
              path: 'src/app.ts',
              status: 'modified',
              oldMode: '100644',
              newMode: '100644',
              oldOid: lab.git(['rev-parse', `${main}:src/app.ts`]),
              newOid: lab.git(['rev-parse', `${oid}:src/app.ts`]),
              size: 8,
            },
          ],
        },
      ]);
      assert.deepEqual(inspection.findings, []);
      assert.equal(lab.counts.ensure, 1);
      assert.equal(lab.counts.reachable + lab.counts.isAncestor + lab.counts.ensureObjects, 0);
      assert.ok(lab.counts.reads < 25, `${lab.counts.reads} reads`);
    });

    test('a base that is no tip is known when a tip reaches it', async () => {
      const oid = lab.commit({ ...FILES, x: 'x' }, [older]);
      const inspection = await inspected(create(oid));
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [oid],
      );
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added x', 'deleted src/old.ts']);
      assert.equal(lab.counts.reachable, 1);
    });

    test('a new branch at a known tip introduces nothing', async () => {
      const inspection = await inspected(create(main));
      assert.deepEqual(inspection.commits, []);
      assert.deepEqual(inspection.updates[0]?.net, []);
      assert.equal(inspection.updates[0]?.kind, 'create');
    });

    test('a deletion asks nothing and has no net change', async () => {
      const inspection = await inspected({ commands: [['refs/heads/main', main, undefined]] });
      assert.deepEqual(inspection.updates[0], {
        refName: 'refs/heads/main',
        oldOid: main,
        newOid: '0'.repeat(40),
        kind: 'delete',
        net: [],
        commits: [],
        tags: [],
      });
      assert.equal(lab.counts.reads, 0);
    });

    test('the first push to an empty upstream introduces every path', async () => {
      const empty = new PushLab('sha256');
      try {
        const oid = empty.commit(FILES);
        const inspection = await empty.inspect(create(oid));
        assert.equal(inspection.outcome, 'inspected');
        if (inspection.outcome !== 'inspected') return;
        assert.deepEqual(
          brief(inspection.commits[0]?.changes),
          Object.keys(FILES)
            .map((path) => `added ${path}`)
            .toSorted(),
        );
        assert.deepEqual(inspection.updates[0]?.net, inspection.commits[0]?.changes);
      } finally {
        empty.remove();
      }
    });

    test('two refs that share commits both list them', async () => {
      const shared = lab.commit({ ...FILES, s: 's' }, [main]);
      const tip = lab.commit({ ...FILES, s: 's', t: 't' }, [shared]);
      const inspection = await inspected({
        commands: [
          ['refs/heads/main', main, tip],
          ['refs/heads/topic', undefined, shared],
        ],
      });
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [shared, tip],
      );
      assert.deepEqual(
        inspection.updates.map((update) => update.commits),
        [[0, 1], [0]],
      );
      assert.deepEqual(
        inspection.updates.map((update) => brief(update.net)),
        [['added s', 'added t'], ['added s']],
      );
    });

    test('bases that a thin pack leaves out are not taken for sent objects', async () => {
      const big = `${'line\n'.repeat(2000)}`;
      const base = lab.commit({ ...FILES, big }, [main]);
      lab.land('refs/heads/big', base);
      lab.warm();
      const tip = lab.commit({ ...FILES, big: `${big}more\n` }, [base]);
      const inspection = await inspected({ commands: [['refs/heads/big', base, tip]], thin: true });
      assert.deepEqual(brief(inspection.commits[0]?.changes), ['modified big']);
      assert.deepEqual(inspection.findings, []);
    });

    test('co-authors, signatures and odd people are told', async () => {
      const tree = lab.tree({ a: 'a' });
      const oid = lab.object(
        'commit',
        `tree ${tree}\nparent ${main}\nauthor nobody\ncommitter A <b> <c@d> 1 +0000\ngpgsig -----BEGIN\n x\n\nm\n\nCo-Authored-By: Eve <eve@example.com>\n`,
      );
      const [facts] = (await inspected(push(oid))).commits;
      assert.deepEqual(facts?.author, { name: 'nobody', email: '' });
      assert.deepEqual(facts?.committer, { name: 'A', email: 'b' });
      assert.deepEqual(facts?.coAuthors, [{ name: 'Eve', email: 'eve@example.com' }]);
      assert.equal(facts?.signed, true);
    });
  });

  describe('what a push tries to slip past', () => {
    test('a blob that nothing names is hidden', async () => {
      const hidden = lab.blob('hidden payload');
      const oid = lab.commit({ ...FILES, a: '1' }, [main]);
      const inspection = await inspected(push(oid, { extra: [hidden] }));
      assert.deepEqual(rules(inspection), ['hidden-object high']);
      assert.match(
        inspection.findings[0]?.text ?? '',
        new RegExp(`^1 sent object that no pushed ref reaches: ${hidden}$`),
      );
    });

    test('hidden commits, trees and tags are counted, and are not among the new commits', async () => {
      const tree = lab.tree({ secret: 'hidden file' });
      const hidden = lab.commit(tree, [main], 'hidden\n');
      const tag = lab.tag(hidden, 'commit');
      const oid = lab.commit({ ...FILES, a: '2' }, [main]);
      const extra = [hidden, tree, tag, lab.blob('hidden file')];
      const inspection = await inspected(push(oid, { extra }));
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [oid],
      );
      assert.match(inspection.findings[0]?.text ?? '', /^4 sent objects/);
    });

    test('a hidden blob does not hide behind a submodule that names its id', async () => {
      const hidden = lab.blob('hidden behind a gitlink');
      const root = lab.object('tree', Buffer.concat([Buffer.from('160000 module\0'), Buffer.from(hidden, 'hex')]));
      const inspection = await inspected(create(lab.commit(root, [main]), { extra: [hidden] }));
      assert.deepEqual(rules(inspection), ['hidden-object high']);
    });

    test('an object sent again although the upstream has it is not hidden', async () => {
      const oid = lab.commit({ ...FILES, a: '3' }, [main]);
      const again = ['README.md', 'src/lib/util.ts', 'src'].map((path) => lab.git(['rev-parse', `${main}:${path}`]));
      const inspection = await inspected(push(oid, { extra: again }));
      assert.deepEqual(inspection.findings, []);
    });

    test('a whole history sent again to a cold mirror is not hidden', async () => {
      const oid = lab.commit({ ...FILES, a: '4' }, [main]);
      const inspection = await inspected(push(oid, { client: [] }));
      assert.deepEqual(inspection.findings, []);
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [oid],
      );
    });

    test('a secret added in one commit and removed in the next is in the changes of the first', async () => {
      const first = lab.commit({ ...FILES, key: 'secret' }, [main]);
      const second = lab.commit({ ...FILES, other: 'x' }, [first]);
      for (const inspection of [await inspected(create(second)), await inspected(push(second))]) {
        assert.deepEqual(brief(commitOf(inspection, first).changes), ['added key']);
        assert.deepEqual(brief(commitOf(inspection, second).changes), ['added other', 'deleted key']);
        assert.deepEqual(brief(inspection.updates[0]?.net), ['added other']);
      }
    });

    test('merging the upstream’s main does not bring main’s changes, an evil line in the merge does count', async () => {
      const topic = lab.commit({ ...FILES, topic: 't', 'src/old.ts': 'gone later\n' }, [older]);
      const clean = lab.commit({ ...FILES, topic: 't' }, [topic, main]);
      assert.deepEqual(brief(commitOf(await inspected(create(clean)), clean).changes), ['added topic']);
      const evil = lab.commit({ ...FILES, topic: 't', 'src/app.ts': 'evil\n' }, [topic, main]);
      const changes = commitOf(await inspected(create(evil)), evil).changes;
      assert.deepEqual(brief(changes), ['added topic', 'modified src/app.ts']);
    });

    test('a merge that takes a new side over the upstream’s counts, though it equals a parent', async () => {
      const topic = lab.commit({ ...FILES, CODEOWNERS: '* @eve\n', 'src/old.ts': 'gone later\n' }, [older]);
      const merge = lab.commit({ ...FILES, CODEOWNERS: '* @eve\n' }, [main, topic]);
      assert.deepEqual(brief(commitOf(await inspected(create(merge)), merge).changes), ['modified CODEOWNERS']);
    });

    test('a merge of two known branches introduces only what neither has', async () => {
      const side = lab.commit({ ...FILES, side: 's' }, [main]);
      const other = lab.commit({ ...FILES, other: 'o' }, [main]);
      lab.land('refs/heads/side', side);
      lab.land('refs/heads/other', other);
      const merge = lab.commit({ ...FILES, side: 's', other: 'o', evil: 'e' }, [side, other]);
      const inspection = await inspected({ commands: [['refs/heads/side', side, merge]] });
      assert.deepEqual(brief(commitOf(inspection, merge).changes), ['added evil']);
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added evil', 'added other']);
    });

    test('an octopus of new branches is compared with each of them', async () => {
      const sides = ['a', 'b', 'c'].map((name) => lab.commit({ ...FILES, [`octo-${name}`]: name }, [main]));
      const octopus = lab.commit({ ...FILES, 'octo-a': 'a', 'octo-b': 'b', 'octo-c': 'c', evil: 'e' }, sides);
      const changes = commitOf(await inspected(create(octopus)), octopus).changes;
      assert.deepEqual(brief(changes), ['added evil', 'added octo-a', 'added octo-b', 'added octo-c']);
    });

    test('an orphan is compared with nothing', async () => {
      const inspection = await inspected(create(lab.commit({ CODEOWNERS: 'mine\n' }, [], 'orphan\n')));
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added CODEOWNERS']);
      assert.deepEqual(brief(inspection.commits[0]?.changes), ['added CODEOWNERS']);
    });

    test('a branch at the head of a pull request is inspected as new, and its unseen blobs are reported', async () => {
      const pull = lab.commit({ ...FILES, pull: 'unreviewed\n' }, [main], 'pull request\n');
      lab.land('refs/pull/1/head', pull);
      const inspection = await inspected(create(pull, { client: [pull] }));
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [pull],
      );
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added pull']);
      assert.deepEqual(rules(inspection), ['unreferenced-upstream-object medium']);
      assert.deepEqual([inspection.findings[0]?.path, inspection.findings[0]?.commit], ['pull', pull]);
    });

    test('a commit on top of a pull request brings the pull request’s commits along', async () => {
      const pull = lab.commit({ ...FILES, pull: 'unreviewed too\n' }, [main], 'pull request 2\n');
      lab.land('refs/pull/2/head', pull);
      const tip = lab.commit({ ...FILES, pull: 'unreviewed too\n', mine: 'm' }, [pull]);
      const inspection = await inspected(create(tip, { client: [pull] }));
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [pull, tip],
      );
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added mine', 'added pull']);
    });

    test('a sent commit that the upstream has, but on no trusted ref, is new as well', async () => {
      const pull = lab.commit({ ...FILES, pull: 'sent again\n' }, [main], 'pull request 3\n');
      lab.land('refs/pull/3/head', pull);
      lab.warm();
      const inspection = await inspected(create(pull, { client: [main] }));
      assert.deepEqual(
        inspection.commits.map((commit) => commit.oid),
        [pull],
      );
      assert.deepEqual(inspection.findings, []);
    });

    test('a long line of unreachable commits costs few questions', async () => {
      let pull = main;
      for (let at = 0; at < 40; at++) pull = lab.commit({ ...FILES, long: String(at) }, [pull]);
      lab.land('refs/pull/4/head', pull);
      lab.warm();
      const inspection = await inspected(create(pull, { client: [pull] }));
      assert.equal(inspection.commits.length, 40);
      assert.ok(lab.counts.reachable <= 5, `${lab.counts.reachable} questions`);
      assert.ok(lab.counts.ensure <= 5, `${lab.counts.ensure} requests`);
    });

    test('a long line of them on a cold mirror ends at the limit of requests', async () => {
      let pull = main;
      for (let at = 0; at < 20; at++) pull = lab.commit({ ...FILES, cold: String(at) }, [pull]);
      lab.land('refs/pull/5/head', pull);
      const cold = new PushLab();
      try {
        cold.git(['fetch', '-q', lab.upstream, '+refs/*:refs/*'], '', cold.upstream);
        cold.git(['fetch', '-q', lab.upstream, '+refs/*:refs/*']);
        const inspection = await cold.inspect(create(pull, { client: [pull], limits: { maxFetches: 10 } }));
        assert.equal(inspection.outcome === 'refused' && inspection.rule, 'inspection-limit');
      } finally {
        cold.remove();
      }
    });
  });

  describe('tags and refs that name no commit', () => {
    test('an annotated tag on a known commit is told, and introduces no commit', async () => {
      const tag = lab.tag(main, 'commit', 'v1.0', 'release\n');
      const inspection = await inspected({ commands: [['refs/tags/v1.0', undefined, tag]] });
      assert.deepEqual(inspection.tags, [
        {
          oid: tag,
          name: 'v1.0',
          target: main,
          targetType: 'commit',
          tagger: { name: 'T', email: 't@example.com' },
          message: 'release\n',
          signed: false,
        },
      ]);
      assert.deepEqual(inspection.updates[0]?.tags, [0]);
      assert.deepEqual(inspection.updates[0]?.net, []);
      assert.deepEqual(inspection.findings, []);
    });

    test('tags of tags are all told, outermost first, down to new commits', async () => {
      const oid = lab.commit({ ...FILES, tagged: 't' }, [main]);
      const inner = lab.tag(oid, 'commit', 'inner');
      const outer = lab.tag(inner, 'tag', 'outer', 'signed\n-----BEGIN PGP SIGNATURE-----\nx\n');
      const inspection = await inspected({ commands: [['refs/tags/outer', undefined, outer]] });
      assert.deepEqual(
        inspection.tags.map(({ name, signed }) => [name, signed]),
        [
          ['outer', true],
          ['inner', false],
        ],
      );
      assert.deepEqual(inspection.updates[0]?.tags, [0, 1]);
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added tagged']);
    });

    test('a tag on a blob introduces the blob at the empty path', async () => {
      const blob = lab.blob('a secret in a tagged blob');
      const inspection = await inspected({ commands: [['refs/tags/b', undefined, lab.tag(blob, 'blob', 'b')]] });
      assert.equal(inspection.updates[0]?.tipType, 'blob');
      assert.deepEqual(inspection.updates[0]?.net, [
        {
          path: '',
          status: 'added',
          oldMode: '000000',
          newMode: '100644',
          oldOid: '0'.repeat(40),
          newOid: blob,
          size: 25,
        },
      ]);
      assert.deepEqual(inspection.findings, []);
    });

    test('a ref on a blob or a tree introduces what it names', async () => {
      const inspection = await inspected({
        commands: [
          ['refs/tags/blob', undefined, lab.blob('plain blob')],
          ['refs/tags/tree', undefined, lab.tree({ 'in/tree': 'x', 'README.md': 'hello\n' })],
        ],
      });
      assert.deepEqual(
        inspection.updates.map(({ tipType }) => tipType),
        ['blob', 'tree'],
      );
      assert.deepEqual(brief(inspection.updates[1]?.net), ['added README.md', 'added in/tree']);
      assert.deepEqual(inspection.findings, []);
    });

    test('too many tags of tags are refused, naming the ref', async () => {
      let tag = lab.tag(main, 'commit');
      for (let at = 0; at < 12; at++) tag = lab.tag(tag, 'tag', `t${at}`);
      const { rule, refName } = await refused({ commands: [['refs/tags/deep', undefined, tag]] });
      assert.deepEqual([rule, refName], ['inspection-limit', 'refs/tags/deep']);
    });

    test('a tag that lies about the type of its object is refused', async () => {
      const blob = lab.blob('not a commit');
      const tag = lab.tag(blob, 'commit');
      const { rule, text } = await refused({ commands: [['refs/tags/lie', undefined, tag]], only: [tag, blob] });
      assert.equal(rule, 'malformed-object');
      assert.match(text, /as a commit, and it is a blob$/);
    });
  });

  describe('kinds of update', () => {
    test('a ref moved to an older commit is forced, its net change is a revert', async () => {
      const inspection = await inspected(push(older));
      assert.equal(inspection.updates[0]?.kind, 'force');
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added src/old.ts']);
      assert.deepEqual(inspection.commits, []);
    });

    test('a ref moved forward through known history alone is a fast-forward', async () => {
      lab.land('refs/heads/behind', older);
      const inspection = await inspected({ commands: [['refs/heads/behind', older, main]] });
      assert.equal(inspection.updates[0]?.kind, 'fast-forward');
      assert.deepEqual(brief(inspection.updates[0]?.net), ['deleted src/old.ts']);
    });

    test('a replaced commit is forced, its net change is against the old tip', async () => {
      const inspection = await inspected(push(lab.commit({ ...FILES, amended: 'a' }, [older])));
      assert.equal(inspection.updates[0]?.kind, 'force');
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added amended']);
    });

    test('a ref outside the trusted ones moves forward over commits that count as new', async () => {
      const pull = lab.commit({ ...FILES, pull: 'kind' }, [main], 'pull request 9\n');
      lab.land('refs/pull/9/head', pull);
      const next = lab.commit({ ...FILES, pull: 'kind', more: 'm' }, [pull]);
      const inspection = await inspected({ commands: [['refs/pull/9/head', pull, next]], client: [pull] });
      assert.equal(inspection.updates[0]?.kind, 'fast-forward');
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added more']);
      assert.equal(inspection.commits.length, 2);
    });

    test('a replaced annotated tag is forced, even when it moves forward', async () => {
      const first = lab.tag(older, 'commit', 'v2');
      lab.land('refs/tags/v2', first);
      const inspection = await inspected({ commands: [['refs/tags/v2', first, lab.tag(main, 'commit', 'v2')]] });
      assert.equal(inspection.updates[0]?.kind, 'force');
      assert.deepEqual(brief(inspection.updates[0]?.net), ['deleted src/old.ts']);
    });

    test('a ref set to what it is already is a fast-forward without change', async () => {
      const inspection = await inspected(push(main));
      assert.deepEqual([inspection.updates[0]?.kind, inspection.updates[0]?.net], ['fast-forward', []]);
    });

    test('a new branch that merged main meanwhile is compared with the nearer of its bases', async () => {
      const topic = lab.commit({ ...FILES, near: 'n', 'src/old.ts': 'gone later\n' }, [older]);
      const merge = lab.commit({ ...FILES, near: 'n' }, [topic, main]);
      assert.deepEqual(brief((await inspected(create(merge))).updates[0]?.net), ['added near']);
    });

    test('a new branch on two unrelated bases gets its commits’ changes together', async () => {
      const root = lab.commit({ unrelated: 'u' }, [], 'unrelated\n');
      lab.land('refs/heads/unrelated', root);
      const onMain = lab.commit({ ...FILES, union: '1' }, [main]);
      const merge = lab.commit({ ...FILES, union: '1', unrelated: 'u', both: '2' }, [onMain, root]);
      const inspection = await inspected(create(merge));
      const each = inspection.commits.flatMap((commit) => brief(commit.changes));
      assert.deepEqual(brief(inspection.updates[0]?.net), [...new Set(each)].toSorted());
    });
  });

  describe('modes and types', () => {
    const change = async (entries: Parameters<PushLab['treeOf']>[0], base: Oid) => {
      const oid = lab.commit(lab.treeOf(entries), [base]);
      const inspection = await inspected(create(oid));
      return commitOf(inspection, oid).changes.map(
        ({ path, status, oldMode, newMode, size }) => `${status} ${path} ${oldMode} ${newMode} ${size ?? '-'}`,
      );
    };
    let file: Oid;
    let base: Oid;
    before(() => {
      file = lab.blob('target');
      base = lab.commit(lab.treeOf([['100644', file, 'x']]), [main]);
      lab.land('refs/heads/modes', base);
    });

    test('chmod is a change', async () =>
      assert.deepEqual(await change([['100755', file, 'x']], base), ['modified x 100644 100755 -']));
    test('the old mode 100664 is told as it is', async () => {
      const tree = lab.object('tree', Buffer.concat([Buffer.from('100664 x\0'), Buffer.from(file, 'hex')]));
      const oid = lab.commit(tree, [base]);
      const [only] = commitOf(await inspected(create(oid)), oid).changes;
      assert.deepEqual([only?.oldMode, only?.newMode, only?.status], ['100644', '100664', 'modified']);
    });
    test('a file replaced by a symlink changes its type', async () =>
      assert.deepEqual(await change([['120000', file, 'x']], base), ['type-changed x 100644 120000 -']));
    test('a submodule has no size and needs no object', async () =>
      assert.deepEqual(await change([['160000', '1'.repeat(40), 'x']], base), ['type-changed x 100644 160000 -']));
    test('a file replaced by a directory is a deletion and additions', async () => {
      const directory = lab.treeOf([['100644', file, 'y']]);
      assert.deepEqual(await change([['040000', directory, 'x']], base), [
        'deleted x 100644 000000 -',
        'added x/y 000000 100644 -',
      ]);
    });
    test('a zero-padded directory mode is no change', async () => {
      const directory = lab.treeOf([['100644', file, 'y']]);
      const raw = Buffer.from(directory, 'hex');
      const plain = lab.object('tree', Buffer.concat([Buffer.from('40000 d\0'), raw]));
      const padded = lab.object('tree', Buffer.concat([Buffer.from('040000 d\0'), raw]));
      const first = lab.commit(plain, [main]);
      const second = lab.commit(padded, [first]);
      assert.deepEqual(commitOf(await inspected(create(second)), second).changes, []);
    });
  });

  describe('content that is not in the pack', () => {
    let moved: Oid;
    before(() => {
      moved = lab.commit(
        { 'README.md': 'hello\n', 'lib/app.ts': 'app\n', 'lib/lib/util.ts': 'util\n', CODEOWNERS: '* @sre\n' },
        [main],
      );
    });
    test('a renamed directory needs no blob and is not reported', async () => {
      const inspection = await inspected(push(moved));
      assert.deepEqual(brief(inspection.updates[0]?.net), [
        'added lib/app.ts',
        'added lib/lib/util.ts',
        'deleted src/app.ts',
        'deleted src/lib/util.ts',
      ]);
      assert.deepEqual(inspection.findings, []);
      assert.equal(lab.counts.ensureObjects, 0);
    });
    test('a copied file is found in the base’s tree', async () => {
      const inspection = await inspected(push(lab.commit({ ...FILES, copy: 'util\n' }, [main])));
      assert.deepEqual(inspection.findings, []);
      assert.equal(lab.counts.ensureObjects, 0);
    });
    test('a blob from older history is asked for, and reported', async () => {
      // Deep enough that no tree we hold names the blob; not sent, as git would leave it out.
      const lost = lab.commit({ ...FILES, lost: 'older content\n' }, [main]);
      const later = lab.commit({ ...FILES, later: '1' }, [lost]);
      lab.land('refs/heads/lost', later);
      const revert = lab.commit({ ...FILES, later: '1', lost: 'older content\n' }, [later]);
      const inspection = await inspected({
        commands: [['refs/heads/lost', later, revert]],
        without: [lab.blob('older content\n')],
      });
      assert.deepEqual(rules(inspection), ['unreferenced-upstream-object medium']);
      assert.equal(inspection.findings[0]?.path, 'lost');
      assert.equal(commitOf(inspection, revert).changes[0]?.size, 14);
      assert.equal(lab.counts.ensureObjects, 1);
    });
    test('a tree from older history is fetched', async () => {
      const deep = { ...FILES, 'deep/tree/file': 'in an older tree\n' };
      const had = lab.commit(deep, [main]);
      const later = lab.commit(FILES, [had]);
      lab.land('refs/heads/deep', later);
      const revert = lab.commit(deep, [later]);
      const inspection = await inspected({
        commands: [['refs/heads/deep', later, revert]],
        without: [
          lab.git(['rev-parse', `${had}:deep`]),
          lab.git(['rev-parse', `${had}:deep/tree`]),
          lab.blob('in an older tree\n'),
        ],
      });
      assert.deepEqual(brief(inspection.updates[0]?.net), ['added deep/tree/file']);
    });

    const missing: readonly (readonly [string, (oid: Oid) => Oid[]])[] = [
      ['blob', () => [lab.blob('never sent')]],
      ['tree', (oid) => [lab.git(['rev-parse', `${oid}:gone`])]],
      ['root tree', (oid) => [lab.git(['rev-parse', `${oid}^{tree}`])]],
      ['commit', (oid) => [oid]],
    ];
    for (const [what, without] of missing) {
      test(`a ${what} that exists nowhere refuses the push`, async () => {
        const tip = lab.commit({ ...FILES, 'gone/file': 'never sent', salt: what }, [main], `${what}\n`);
        const { rule, text } = await refused(push(tip, { without: without(tip) }));
        assert.equal(rule, 'missing-object');
        assert.match(text, /^missing object [0-9a-f]{40}: /);
      });
    }
    test('a parent that exists nowhere refuses the push without a look at history', async () => {
      const lost = lab.commit({ ...FILES, p: 'p' }, [main]);
      const tip = lab.commit({ ...FILES, p: 'q' }, [lost]);
      const { rule } = await refused(push(tip, { without: [lost] }));
      assert.equal(rule, 'missing-object');
      assert.equal(lab.counts.reachable, 0);
    });
  });

  describe('names and pointers', () => {
    const found = async (root: Oid) => {
      const inspection = await inspected(create(lab.commit(root, [main])));
      return inspection.findings.map(({ rule, severity, path }) => `${rule} ${severity} ${path}`);
    };
    const raw = (...entries: readonly (readonly [mode: string, name: string, oid: Oid])[]) =>
      lab.object(
        'tree',
        Buffer.concat(
          entries.flatMap(([mode, name, oid]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
        ),
      );

    test('odd names of files and directories are found', async () => {
      const file = lab.blob('f');
      const inner = raw(['100644', 'aux.c', file]);
      const root = raw(['100644', '.GIT', file], ['40000', 'd. ', inner], ['100644', 'x\ny', file]);
      assert.deepEqual(await found(root), [
        'odd-path high .GIT',
        'odd-path medium x\ny',
        'odd-path low d. ',
        'odd-path low d. /aux.c',
      ]);
    });
    test('an odd name that was there before is not found again', async () => {
      const first = lab.commit({ ...FILES, 'aux.c': '1' }, [main]);
      lab.land('refs/heads/odd', first);
      const second = lab.commit({ ...FILES, 'aux.c': '2' }, [first]);
      assert.deepEqual((await inspected({ commands: [['refs/heads/odd', first, second]] })).findings, []);
    });
    test('names that differ only in case collide, the older one included', async () => {
      assert.deepEqual(await found(lab.tree({ ...FILES, 'readme.MD': 'x', 'src/App.ts': 'y' })), [
        'case-collision low readme.MD',
        'case-collision low src/App.ts',
      ]);
    });
    test('a file and a directory of one name are found', async () => {
      const file = lab.blob('f');
      const root = raw(['100644', 'a', file], ['100644', 'a.b', file], ['40000', 'a', raw(['100644', 'x', file])]);
      assert.ok((await found(root)).includes('case-collision high a'));
    });
    test('a flood of findings is cut, and says so', async () => {
      const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`d${at}/aux`, 'x']));
      const inspection = await inspected(create(lab.commit(files, [main])));
      assert.equal(inspection.findings.length, 101);
      assert.deepEqual(inspection.findings.at(-1), {
        rule: 'odd-path',
        severity: 'low',
        text: 'and 200 more of this kind',
      });
    });

    const id = 'ab'.repeat(32);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${id}\nsize 12345\n`;
    test('a git-lfs pointer is marked as not inspected', async () => {
      const oid = lab.commit({ ...FILES, 'big.bin': pointer }, [main]);
      assert.deepEqual((await inspected(push(oid))).findings, [
        {
          rule: 'lfs-pointer',
          severity: 'low',
          text: `not inspected: LFS object sha256:${id} (12345 bytes)`,
          commit: oid,
          path: 'big.bin',
        },
      ]);
    });
    test('a pointer with a tail is one too, a text that only mentions git-lfs is none', async () => {
      assert.deepEqual(await found(lab.tree({ tail: `${pointer}and more\n`, text: `see ${pointer}` })), [
        'lfs-pointer low tail',
      ]);
    });
    test('binary is told only when asked for', async () => {
      const oid = lab.commit({ ...FILES, bin: 'a\0b', text: 'abc' }, [main]);
      const told = async (wantBinary: boolean) =>
        commitOf(await inspected(push(oid, { wantBinary })), oid).changes.map(({ path, binary }) => [path, binary]);
      assert.deepEqual(await told(true), [
        ['bin', true],
        ['text', false],
      ]);
      assert.deepEqual(await told(false), [
        ['bin', undefined],
        ['text', undefined],
      ]);
    });
  });

  describe('limits and malformed objects', () => {
    test('a tree bomb is refused at once', async () => {
      let tree = lab.treeOf([['100644', lab.blob('bomb'), 'f']]);
      for (let level = 0; level < 10; level++) {
        tree = lab.treeOf(Array.from({ length: 10 }, (_, at) => ['040000', tree, `d${at}`] as const));
      }
      const started = performance.now();
      // git cannot pack it by walking either: it is given its objects by name.
      const oid = lab.commit(tree, [main]);
      const { rule, text } = await refused(create(oid, { limits: { maxChanges: 100_000 } }));
      assert.equal(rule, 'inspection-limit');
      assert.match(text, /changed paths: more than 100000/);
      assert.ok(performance.now() - started < 10_000);
    });

    test('more objects in the pack than the limit refuse the push', async () => {
      const { text } = await refused(create(lab.commit({ o: 'o' }, [main]), { limits: { maxObjects: 2 } }));
      assert.match(text, /objects in the pack/);
    });

    const limited: readonly (readonly [string, () => Oid, LabPush['limits'], RegExp])[] = [
      ['commits', () => lab.commit(FILES, [lab.commit(FILES, [main])], 'two'), { maxCommits: 1 }, /new commits/],
      ['parents', () => lab.commit(FILES, [main, older], 'p'), { maxParents: 1 }, /parents/],
      ['a message', () => lab.commit(FILES, [main], 'm'.repeat(500)), { maxMessageBytes: 400 }, /message/],
      ['a commit object', () => lab.commit(FILES, [main], 'm'.repeat(500)), { maxCommitBytes: 400 }, /bytes in object/],
      ['depth', () => lab.commit({ 'a/b/c/d/e': 'x' }, [main]), { maxDepth: 3 }, /directories/],
      [
        'the length of a path',
        () => lab.commit({ [`${'n'.repeat(90)}/${'m'.repeat(90)}`]: 'x' }, [main]),
        { maxPathLength: 150 },
        /path/,
      ],
      ['entries', () => lab.commit({ 1: '1', 2: '2', 3: '3', 4: '4' }, [main]), { maxPaths: 4 }, /tree entries/],
      ['a blob', () => lab.commit({ ...FILES, blob: 'x'.repeat(2000) }, [main]), { maxObjectBytes: 1000 }, /bytes in/],
      [
        'text kept',
        () => lab.commit(FILES, [main], 't'.repeat(2000)),
        { maxTextBytes: 1500 },
        /commits, tags and paths/,
      ],
    ];
    for (const [what, make, limits, text] of limited) {
      test(`${what} over the limit refuses the push`, async () => {
        const refusal = await refused(create(make(), limits === undefined ? {} : { limits }));
        assert.equal(refusal.rule, 'inspection-limit');
        assert.match(refusal.text, text);
        assert.ok(refusal.hint);
      });
    }

    test('an unsorted tree is refused', async () => {
      const id = Buffer.from(lab.blob('u'), 'hex');
      const tree = lab.object('tree', Buffer.concat([Buffer.from('100644 b\0'), id, Buffer.from('100644 a\0'), id]));
      const { rule, text } = await refused(create(lab.commit(tree, [main])));
      assert.deepEqual([rule, text], ['malformed-object', 'root tree: tree entries out of order']);
    });
    test('one object named as two types is refused', async () => {
      const inner = lab.tree({ inner: 'i' });
      const root = lab.object(
        'tree',
        Buffer.concat([
          Buffer.from('100644 a\0'),
          Buffer.from(inner, 'hex'),
          Buffer.from('40000 b\0'),
          Buffer.from(inner, 'hex'),
        ]),
      );
      const oid = lab.commit(root, [main]);
      const { rule } = await refused(create(oid, { only: [oid, root, inner, lab.blob('i')] }));
      assert.equal(rule, 'malformed-object');
    });
    test('a tree named as a file is refused', async () => {
      const inner = lab.tree({ inner: 'j' });
      const root = lab.object('tree', Buffer.concat([Buffer.from('100644 a\0'), Buffer.from(inner, 'hex')]));
      const oid = lab.commit(root, [main]);
      const { rule, text } = await refused(create(oid, { only: [oid, root, inner, lab.blob('j')] }));
      assert.equal(rule, 'malformed-object');
      assert.match(text, /is named as a blob and is a tree$/);
    });
    test('a malformed commit is refused, naming it', async () => {
      const oid = lab.object('commit', 'author me\n\nno tree\n');
      const { rule, text } = await refused(create(oid, { only: [oid] }));
      assert.equal(rule, 'malformed-object');
      assert.ok(text.startsWith(`object ${oid}: `), text);
    });
    test('an aborted inspection throws', async () => {
      const oid = lab.commit({ ...FILES, aborted: '1' }, [main]);
      await assert.rejects(lab.inspect(push(oid, { signal: AbortSignal.abort() })), { name: 'AbortError' });
    });
  });
});
