// A group of changed lines may stand at several places with the same result: where the line before it equals its last one
// (or the line after it its first), it can move. Groups are moved to where git shows them, because people and tools name
// lines by what git showed: beside a change of the other version, else where the indentation breaks best.
import { groupBreaks, isNoWorse } from './indent-breaks.ts';
import { isSameLine, type TextLines } from './text-lines.ts';

const STEPS_PER_LINE = 8;
const FREE_STEPS = 1_000;
/** As far back as a better place is looked for. */
const MAX_LOOK_BACK = 100;

/** Moves the groups of `changed`, in place, within bounded steps; `others` are the changes of the other version. */
export function slideGroups(text: TextLines, changed: Uint8Array, others: Uint8Array): void {
  new Slider(text, changed, gapsWithChanges(others, text.count - countOf(changed))).run();
}

/** For each number of unchanged lines, whether changes follow it. */
function gapsWithChanges(changed: Uint8Array, unchanged: number): Uint8Array {
  const gaps = new Uint8Array(unchanged + 1);
  let gap = 0;
  for (const isChanged of changed) {
    if (isChanged === 1) gaps[gap] = 1;
    else gap++;
  }
  return gaps;
}

function countOf(changed: Uint8Array): number {
  let count = 0;
  for (const isChanged of changed) count += isChanged;
  return count;
}

class Slider {
  readonly #text: TextLines;
  readonly #changed: Uint8Array;
  readonly #gaps: Uint8Array;
  #start = 0;
  #end = 0;
  /** Unchanged lines before the group. */
  #gap = 0;
  #stepsLeft: number;

  constructor(text: TextLines, changed: Uint8Array, gaps: Uint8Array) {
    this.#text = text;
    this.#changed = changed;
    this.#gaps = gaps;
    this.#stepsLeft = FREE_STEPS + STEPS_PER_LINE * text.count;
  }

  run(): void {
    let done = 0;
    for (let next = this.#changed.indexOf(1); next >= 0; next = this.#changed.indexOf(1, this.#end)) {
      this.#gap += next - done;
      this.#start = next;
      this.#end = next;
      this.#takeFollowing();
      this.#settle();
      done = this.#end;
    }
  }

  #settle(): void {
    let highest = this.#end;
    let beside: number | undefined;
    for (let size = -1; size !== this.#end - this.#start && this.#stepsLeft > 0; ) {
      size = this.#end - this.#start;
      while (this.#up());
      highest = this.#end;
      beside = this.#isBeside() ? this.#end : undefined;
      while (this.#down()) if (this.#isBeside()) beside = this.#end;
    }
    const wanted = beside ?? this.#bestEnd(highest);
    while (this.#end > wanted && this.#up());
  }

  #isBeside(): boolean {
    return this.#gaps[this.#gap] === 1;
  }

  /** One line up; takes in the group it then touches. */
  #up(): boolean {
    if (this.#start === 0 || this.#stepsLeft <= 0) return false;
    if (!isSameLine(this.#text, this.#start - 1, this.#text, this.#end - 1)) return false;
    this.#changed[--this.#start] = 1;
    this.#changed[--this.#end] = 0;
    this.#gap--;
    this.#stepsLeft--;
    while (this.#start > 0 && this.#changed[this.#start - 1] === 1) this.#start--;
    return true;
  }

  #down(): boolean {
    if (this.#end >= this.#text.count || this.#stepsLeft <= 0) return false;
    if (!isSameLine(this.#text, this.#start, this.#text, this.#end)) return false;
    this.#changed[this.#start++] = 0;
    this.#changed[this.#end++] = 1;
    this.#gap++;
    this.#stepsLeft--;
    this.#takeFollowing();
    return true;
  }

  #takeFollowing(): void {
    while (this.#end < this.#text.count && this.#changed[this.#end] === 1) this.#end++;
  }

  /** Among the ends from `highest` down to where the group is now; of equals, the last. */
  #bestEnd(highest: number): number {
    const size = this.#end - this.#start;
    if (highest === this.#end) return highest;
    const first = Math.max(highest, this.#end - Math.min(MAX_LOOK_BACK, size + 1));
    let best = first;
    let least = groupBreaks(this.#text, first - size, first);
    for (let end = first + 1; end <= this.#end; end++) {
      const breaks = groupBreaks(this.#text, end - size, end);
      if (isNoWorse(breaks, least)) [best, least] = [end, breaks];
    }
    return best;
  }
}
