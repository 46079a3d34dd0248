// Every line bears a token, so that its true owner is known after any sequence of edits, amends, rebases, cherry-picks,
// squashes, merges and renames that git makes. The first push comes with notes, the others with nothing but our memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PushAttribution } from '../../../../src/domain/attribution/attribution.ts';
import type { CarriedRow } from '../../../../src/domain/attribution/carry/carried-row.ts';
import { carryOver } from '../../../../src/domain/attribution/carry/carry-over.ts';
import { remember } from '../../../../src/domain/attribution/carry/remember.ts';
import { combinePush } from '../../../../src/domain/attribution/combine/combine-push.ts';
import { contradictions } from '../../../../src/domain/attribution/combine/contradictions.ts';
import { numbers } from '../lines/edits.ts';
import { HistoryLab, type NewWork } from './history-lab.ts';
import { linesOf, namedBy, OWNERS, OwnedLines, type Owner } from './owned-lines.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const FILES = ['one.ts', 'two.ts', 'three.ts'];

class Fuzz {
  readonly #below: (limit: number) => number;
  readonly #lab = new HistoryLab();
  readonly #model: OwnedLines;
  #rows: readonly CarriedRow[] = [];
  #serial = 0;
  found = 0;
  owned = 0;

  constructor(seed: number) {
    this.#below = numbers(seed);
    this.#model = new OwnedLines(this.#below);
  }

  run(): void {
    try {
      this.#begin();
      this.#push(true);
      for (let round = 0; round < 8; round++) {
        this.#rewrite();
        this.#push(false);
      }
    } finally {
      this.#lab.remove();
    }
  }

  #begin(): void {
    for (const path of FILES)
      this.#lab.write(
        path,
        Array.from({ length: 30 }, () => this.#model.line('untracked')),
      );
    this.#lab.commit('base');
    this.#lab.git('branch', 'base');
    for (let count = 0; count < 5; count++) this.#work();
  }

  /** A commit with edits by one or two owners. */
  #work(owners: readonly Owner[] = OWNERS): void {
    for (let count = 1 + this.#below(3); count > 0; count--) this.#edit(owners[this.#below(owners.length)] as Owner);
    this.#lab.commit(`work ${this.#serial++}`);
  }

  #edit(owner: Owner): void {
    const paths = this.#lab.paths();
    const path = paths[this.#below(paths.length)] as string;
    const lines = this.#lab.read(path);
    const at = this.#below(lines.length + 1);
    const kind = this.#below(5);
    if (kind === 0) lines.splice(at, 1 + this.#below(3));
    else if (kind === 1) lines.splice(at, 1 + this.#below(2), this.#model.line(owner));
    else lines.splice(at, 0, ...this.#model.block(owner));
    this.#lab.write(path, lines);
  }

  #rewrite(): void {
    const rewrites = [
      this.#amend,
      this.#rebase,
      this.#cherryPick,
      this.#squash,
      this.#merge,
      this.#rename,
      this.#reword,
    ];
    (rewrites[this.#below(rewrites.length)] as () => void).call(this);
  }

  #amend(): void {
    this.#edit('untracked');
    this.#lab.git('commit', '-q', '--allow-empty', '-a', '--amend', '-m', `amended ${this.#serial++}`);
  }

  #reword(): void {
    this.#lab.git('commit', '-q', '--allow-empty', '--amend', '-m', `reworded ${this.#serial++}`);
  }

  /** The base moves on, and the work is put on top of it. */
  #rebase(): void {
    this.#onBase();
    this.#work(['untracked']);
    this.#lab.git('branch', '-f', 'base', 'HEAD');
    this.#lab.git('checkout', '-q', '-f', 'main');
    const side = this.#below(2) === 0 ? 'theirs' : 'ours';
    if (!this.#lab.tries('rebase', '-q', '-X', side, 'base')) this.#lab.tries('rebase', '--abort');
  }

  #cherryPick(): void {
    const commits = this.#lab.git('rev-list', '--no-merges', '--max-count=4', 'base..main').split('\n').filter(Boolean);
    this.#onBase();
    if (!this.#lab.tries('cherry-pick', '-X', 'theirs', ...commits.toReversed()))
      this.#lab.tries('cherry-pick', '--abort');
    this.#keepHead('picked');
  }

  #squash(): void {
    this.#onBase();
    this.#lab.git('merge', '-q', '--squash', '-X', 'theirs', 'main');
    if (this.#below(2) === 0) this.#edit('untracked');
    this.#lab.commit(`squashed ${this.#serial++}`);
    this.#keepHead('squashed');
  }

  /** Lines of the merge itself are untracked; those of its parents are not its own. */
  #merge(): void {
    this.#onBase();
    this.#work(['untracked']);
    const isMerged = this.#lab.tries('merge', '-q', '--no-ff', '-X', 'theirs', '-m', 'merged', 'main');
    if (!isMerged) this.#lab.git('merge', '--abort');
    this.#edit('untracked');
    this.#lab.git('commit', '-q', '--allow-empty', '-a', '--amend', '-m', `merged ${this.#serial++}`);
    this.#keepHead('merged');
  }

  /** To another folder: all lines of the file are added again, as far as a commit without rename detection says. */
  #rename(): void {
    const paths = this.#lab.paths();
    const path = paths[this.#below(paths.length)] as string;
    this.#lab.move(path, path.startsWith('moved/') ? path.slice(6) : `moved/${path}`);
    this.#edit('untracked');
    this.#lab.commit(`renamed ${this.#serial++}`);
  }

  #onBase(): void {
    this.#lab.git('checkout', '-q', '--detach', 'base');
  }

  #keepHead(name: string): void {
    this.#lab.git('branch', `${name}-${this.#serial++}`);
    this.#lab.git('checkout', '-q', '-f', 'main');
  }

  #push(isNoted: boolean): void {
    const work = this.#lab.newWork();
    const evidence = isNoted
      ? work.files.flatMap((file) => this.#model.notes(file))
      : carryOver({ ...work, rows: this.#rows });
    const attribution = combinePush({ ...work, evidence, ruleSet: 'fuzz', unseen: [] });
    assert.deepEqual(contradictions({ attribution }), []);
    this.#check(work, attribution, isNoted);
    this.#rows = [...remember(attribution, work.files).map(stored), ...this.#rows];
  }

  #check({ files }: NewWork, attribution: PushAttribution, isNoted: boolean): void {
    const attributed = new Map(
      attribution.commits.flatMap(({ oid, files: of }) => of.map((file) => [`${oid} ${file.path}`, file])),
    );
    for (const file of files) {
      const ranges = attributed.get(`${file.commit} ${file.path}`)?.ranges ?? [];
      for (const { line, text } of linesOf(file)) {
        const owner = this.#model.ownerOf(text);
        if (owner === undefined) continue;
        const range = ranges.find(({ start, end }) => start <= line && line <= end);
        assert.ok(range, 'every added line is attributed');
        const named = namedBy(range, attribution.evidence);
        if (named !== 'nobody') assert.equal(named, owner, `${file.path}:${line} ${text}`);
        if (owner === 'untracked') continue;
        if (isNoted) assert.equal(named, owner);
        else if (named === owner) this.found++;
        if (!isNoted) this.owned++;
      }
    }
  }
}

/** As it comes back from a store. */
function stored(row: CarriedRow): CarriedRow {
  const claims = JSON.parse(JSON.stringify(row.claims)) as CarriedRow['claims'];
  return { ...row, hashes: Buffer.from(row.hashes), lines: Buffer.from(row.lines), claims };
}

let [found, owned] = [0, 0];
for (const seed of SEEDS) {
  test(`no line is given to another owner than its own, after any rewriting (seed ${seed})`, () => {
    const fuzz = new Fuzz(seed);
    fuzz.run();
    found += fuzz.found;
    owned += fuzz.owned;
  });
}

test('of lines that come back unchanged, most are found again', () => {
  assert.ok(owned > 500, `${owned} lines came back`);
  assert.ok(found >= 0.9 * owned, `${found} of ${owned}`);
});
