// Which lines of two versions of a text correspond. Time is bounded by the size of the texts, whatever they hold: what a
// shortest way cannot be found for in so many steps is split at lines that stand once on either side, or at what was found
// so far; when all steps are used up, the rest counts as changed.
import { type LineIds, lineIds } from './line-ids.ts';
import { type Box, wayThrough } from './myers.ts';
import { UniqueCommon } from './patience.ts';
import { slideGroups } from './slide.ts';
import { isSameLine, type TextLines } from './text-lines.ts';

/** One byte a line: 1 when it is not in the other version. */
export interface LineChanges {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const STEPS_PER_LINE = 64;
const FREE_STEPS = 20_000;
/** Changes in a stretch before it is split. */
const FIRST_CHANGES = 1_000;
const LATER_CHANGES = 96;

/** The unchanged lines of both are the same lines in the same order. Groups stand where git would show them. */
export function diffLines(before: TextLines, after: TextLines): LineChanges {
  const changes = { before: new Uint8Array(before.count), after: new Uint8Array(after.count) };
  const start = samePrefix(before, after);
  const end = sameSuffix(before, after, start);
  const middle = { beforeFrom: start, beforeTo: before.count - end, afterFrom: start, afterTo: after.count - end };
  changes.before.fill(1, middle.beforeFrom, middle.beforeTo);
  changes.after.fill(1, middle.afterFrom, middle.afterTo);
  if (middle.beforeFrom < middle.beforeTo && middle.afterFrom < middle.afterTo) {
    compare(before, after, middle, changes);
  }
  slideGroups(before, changes.before, changes.after);
  slideGroups(after, changes.after, changes.before);
  return changes;
}

function samePrefix(before: TextLines, after: TextLines): number {
  const most = Math.min(before.count, after.count);
  let same = 0;
  while (same < most && isSameLine(before, same, after, same)) same++;
  return same;
}

function sameSuffix(before: TextLines, after: TextLines, prefix: number): number {
  const most = Math.min(before.count, after.count) - prefix;
  let same = 0;
  while (same < most && isSameLine(before, before.count - 1 - same, after, after.count - 1 - same)) same++;
  return same;
}

function compare(before: TextLines, after: TextLines, middle: Box, changes: LineChanges): void {
  const ids = lineIds(
    { text: before, from: middle.beforeFrom, to: middle.beforeTo },
    { text: after, from: middle.afterFrom, to: middle.afterTo },
  );
  const left = common(ids.before, ids.after, ids.count);
  const right = common(ids.after, ids.before, ids.count);
  const comparison = new Comparison({ before: left.ids, after: right.ids, count: ids.count }, (one, other) => {
    changes.before[middle.beforeFrom + (left.places[one] as number)] = 0;
    changes.after[middle.afterFrom + (right.places[other] as number)] = 0;
  });
  comparison.run();
}

/** What is also in `other`, and where it stood: the rest is changed however the texts are laid beside each other. */
function common(ids: Int32Array, other: Int32Array, count: number): { ids: Int32Array; places: Int32Array } {
  const isThere = new Uint8Array(count);
  for (const id of other) isThere[id] = 1;
  const kept = { ids: new Int32Array(ids.length), places: new Int32Array(ids.length) };
  let length = 0;
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at] as number;
    if (isThere[id] === 0) continue;
    kept.ids[length] = id;
    kept.places[length++] = at;
  }
  return { ids: kept.ids.subarray(0, length), places: kept.places };
}

interface OpenBox extends Box {
  /** Only with fewer lines it is looked for unique ones again: what is left of a box is no new one. */
  readonly uniqueBelow: number;
}

class Comparison {
  readonly #ids: LineIds;
  readonly #keep: (before: number, after: number) => void;
  readonly #boxes: OpenBox[] = [];
  #unique: UniqueCommon | undefined;
  #stepsLeft: number;
  #changes = FIRST_CHANGES;

  constructor(ids: LineIds, keep: (before: number, after: number) => void) {
    this.#ids = ids;
    this.#keep = keep;
    this.#stepsLeft = FREE_STEPS + STEPS_PER_LINE * (ids.before.length + ids.after.length);
  }

  run(): void {
    this.#boxes.push({
      beforeFrom: 0,
      beforeTo: this.#ids.before.length,
      afterFrom: 0,
      afterTo: this.#ids.after.length,
      uniqueBelow: Number.POSITIVE_INFINITY,
    });
    for (let box = this.#boxes.pop(); box !== undefined; box = this.#boxes.pop()) {
      const inner = { ...this.#trimmed(box), uniqueBelow: box.uniqueBelow };
      if (inner.beforeFrom === inner.beforeTo || inner.afterFrom === inner.afterTo) continue;
      if (this.#stepsLeft > 0) this.#split(inner);
    }
  }

  #trimmed({ beforeFrom, beforeTo, afterFrom, afterTo }: Box): Box {
    const { before, after } = this.#ids;
    let [top, left, bottom, right] = [beforeFrom, afterFrom, beforeTo, afterTo];
    while (top < bottom && left < right && before[top] === after[left]) this.#keep(top++, left++);
    while (top < bottom && left < right && before[bottom - 1] === after[right - 1]) this.#keep(--bottom, --right);
    this.#stepsLeft -= bottom - top === beforeTo - beforeFrom ? 1 : top - beforeFrom + beforeTo - bottom;
    return { beforeFrom: top, beforeTo: bottom, afterFrom: left, afterTo: right };
  }

  #split(box: OpenBox): void {
    const { before, after } = this.#ids;
    const way = wayThrough(before, after, box, { changes: this.#changes, steps: this.#stepsLeft });
    this.#stepsLeft -= way.steps;
    const isComplete = way.beforeTo === box.beforeTo && way.afterTo === box.afterTo;
    if (!isComplete) {
      this.#changes = LATER_CHANGES;
      if (linesOf(box) < box.uniqueBelow && this.#splitAtUnique(box)) return;
    }
    for (let at = 0; at < way.pairs.length; at += 2) this.#keep(way.pairs[at] as number, way.pairs[at + 1] as number);
    if (isComplete) return;
    const uniqueBelow = Math.min(box.uniqueBelow, linesOf(box) / 2);
    this.#boxes.push({ ...box, beforeFrom: way.beforeTo, afterFrom: way.afterTo, uniqueBelow });
  }

  /** Pushes the boxes between the fixed points; false when there are none. */
  #splitAtUnique(box: OpenBox): boolean {
    this.#unique ??= new UniqueCommon(this.#ids.before, this.#ids.after, this.#ids.count);
    this.#stepsLeft -= linesOf(box);
    const pairs = this.#unique.pairsIn(box);
    if (pairs.length === 0) return false;
    let { beforeFrom, afterFrom } = box;
    for (const [one, other] of pairs) {
      this.#keep(one, other);
      this.#boxes.push({ ...box, beforeFrom, beforeTo: one, afterFrom, afterTo: other });
      beforeFrom = one + 1;
      afterFrom = other + 1;
    }
    this.#boxes.push({ ...box, beforeFrom, afterFrom });
    return true;
  }
}

function linesOf({ beforeFrom, beforeTo, afterFrom, afterTo }: Box): number {
  return beforeTo - beforeFrom + afterTo - afterFrom;
}
