// The shortest way from one sequence of numbers to another, after Myers, "An O(ND) Difference Algorithm" (1986): the greedy
// form, which keeps the furthest point of every diagonal for each number of changes. It gives up at a number of changes or
// of steps, and then tells how far it got.

/** Two sequences, and the part of them that is looked at: up to, not including, the second number. */
export interface Box {
  readonly beforeFrom: number;
  readonly beforeTo: number;
  readonly afterFrom: number;
  readonly afterTo: number;
}

export interface Way {
  /** Pairs of equal positions, backwards: before, after, before, after … */
  readonly pairs: readonly number[];
  /** How far the way leads; both ends of the box when it is complete. */
  readonly beforeTo: number;
  readonly afterTo: number;
  readonly steps: number;
}

export interface Limits {
  readonly changes: number;
  readonly steps: number;
}

/** A shortest way through the box, or, when that is beyond the limits, one through as much of it as was found. */
export function wayThrough(before: Int32Array, after: Int32Array, box: Box, limits: Limits): Way {
  return new Search(before, after, box).run(limits);
}

const UNREACHED = -1;

class Search {
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #box: Box;
  readonly #width: number;
  readonly #height: number;
  /** Furthest x of the diagonals x - y, from -height - 1; -1: not reached. */
  #furthest = new Int32Array(0);
  /** `#furthest` after each number of changes d: d + 1 diagonals, every other one from -d. */
  #trace = new Int32Array(256);
  #steps = 0;

  constructor(before: Int32Array, after: Int32Array, box: Box) {
    this.#before = before;
    this.#after = after;
    this.#box = box;
    this.#width = box.beforeTo - box.beforeFrom;
    this.#height = box.afterTo - box.afterFrom;
  }

  run(limits: Limits): Way {
    const most = Math.min(limits.changes, this.#width + this.#height);
    this.#furthest = new Int32Array(2 * most + 5).fill(UNREACHED);
    const middle = most + 2;
    this.#furthest[middle + 1] = 0;
    for (let changes = 0; changes <= most; changes++) {
      if (this.#advance(changes, middle)) return this.#wayTo(this.#width, this.#height, changes);
      if (this.#steps > limits.steps || changes === most) return this.#furthestWay(changes);
    }
    throw new TypeError('limits allow no change');
  }

  /** One more change on every diagonal; true when the far corner is reached. */
  #advance(changes: number, middle: number): boolean {
    const furthest = this.#furthest;
    this.#makeRoom(changes);
    const traced = (changes * (changes + 1)) / 2;
    const low = -Math.min(changes, this.#height - ((this.#height ^ changes) & 1));
    const high = Math.min(changes, this.#width - ((this.#width ^ changes) & 1));
    if (low > -changes || high < changes) this.#trace.fill(UNREACHED, traced, traced + changes + 1);
    for (let diagonal = low; diagonal <= high; diagonal += 2) {
      const at = middle + diagonal;
      const down = this.#down(furthest[at + 1] as number, diagonal);
      const right = this.#right(furthest[at - 1] as number);
      const from = Math.max(down, right);
      const x = from < 0 ? UNREACHED : this.#slide(from, diagonal);
      furthest[at] = x;
      this.#trace[traced + ((diagonal + changes) >> 1)] = x;
      if (x === this.#width && x - diagonal === this.#height) return true;
    }
    return false;
  }

  /** Where a number of `after` that is new leads, from the diagonal above: nowhere when that leaves the box. */
  #down(x: number, diagonal: number): number {
    return x - diagonal <= this.#height ? x : UNREACHED;
  }

  #right(x: number): number {
    return x >= 0 && x < this.#width ? x + 1 : UNREACHED;
  }

  /** Along equal numbers, as far as they go. */
  #slide(from: number, diagonal: number): number {
    const before = this.#before;
    const after = this.#after;
    let x = this.#box.beforeFrom + from;
    let y = this.#box.afterFrom + from - diagonal;
    const { beforeTo, afterTo } = this.#box;
    while (x < beforeTo && y < afterTo && before[x] === after[y]) {
      x++;
      y++;
    }
    const to = x - this.#box.beforeFrom;
    this.#steps += to - from + 1;
    return to;
  }

  #furthestWay(changes: number): Way {
    let best = { x: 0, y: 0 };
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const x = this.#traced(changes, diagonal);
      if (x >= 0 && 2 * x - diagonal > best.x + best.y) best = { x, y: x - diagonal };
    }
    return this.#wayTo(best.x, best.y, changes);
  }

  #wayTo(toX: number, toY: number, ofChanges: number): Way {
    const { beforeFrom, afterFrom } = this.#box;
    const pairs: number[] = [];
    let x = toX;
    let diagonal = toX - toY;
    for (let changes = ofChanges; changes >= 0; changes--) {
      const down = this.#down(this.#traced(changes - 1, diagonal + 1), diagonal);
      const right = this.#right(this.#traced(changes - 1, diagonal - 1));
      const from = changes === 0 ? 0 : Math.max(down, right);
      while (x > from) {
        x--;
        pairs.push(beforeFrom + x, afterFrom + x - diagonal);
      }
      x = down >= right ? from : from - 1;
      diagonal += down >= right ? 1 : -1;
    }
    return { pairs, beforeTo: beforeFrom + toX, afterTo: afterFrom + toY, steps: this.#steps };
  }

  #traced(changes: number, diagonal: number): number {
    if (diagonal < -changes || diagonal > changes) return UNREACHED;
    return this.#trace[(changes * (changes + 1)) / 2 + ((diagonal + changes) >> 1)] as number;
  }

  #makeRoom(changes: number): void {
    const needed = ((changes + 1) * (changes + 2)) / 2;
    if (needed <= this.#trace.length) return;
    const more = new Int32Array(Math.max(needed, this.#trace.length * 2));
    more.set(this.#trace);
    this.#trace = more;
  }
}
