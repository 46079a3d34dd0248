// Texts with edits, from a seed: code-like lines with repeated brackets and blank lines, where a diff can slide.
export interface Edit {
  readonly before: string;
  readonly after: string;
}

/** A small generator of numbers below `limit` (mulberry32). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Functions of a few lines each, changed, added, moved and removed. */
export function codeEdit(seed: number): Edit {
  const below = numbers(seed);
  const before = Array.from({ length: 3 + below(25) }, () => someFunction(below));
  const after = before.map((lines) => [...lines]);
  for (let count = 1 + below(6); count > 0; count--) changeSome(after, below);
  return { before: joined(before.flat(), below), after: joined(after.flat(), below) };
}

/** Few different lines in any order: the worst case for finding what corresponds. */
export function noisyEdit(seed: number): Edit {
  const below = numbers(seed);
  const words = 2 + below(6);
  const text = (length: number) => Array.from({ length }, () => `line ${below(words)}`);
  return { before: joined(text(below(60)), below), after: joined(text(below(60)), below) };
}

function joined(lines: readonly string[], below: (limit: number) => number): string {
  return lines.join('\n') + (below(5) === 0 ? '' : '\n');
}

function someFunction(below: (limit: number) => number): string[] {
  const body = Array.from({ length: 1 + below(5) }, () => `    call${below(30)}(value${below(9)});`);
  if (below(3) === 0) body.push('    if (ready) {', `      call${below(30)}();`, '    }');
  return [...(below(4) === 0 ? ['  // does it'] : []), `  method${below(40)}() {`, ...body, '  }', ''];
}

function changeSome(functions: string[][], below: (limit: number) => number): void {
  const at = below(functions.length + 1);
  const kind = below(6);
  const lines = functions[at] ?? [];
  if (kind === 0) functions.splice(at, 0, someFunction(below));
  else if (kind === 1) functions.splice(at, 1);
  else if (kind === 2) functions.splice(at, 0, ...functions.splice(below(functions.length + 1), 1));
  else if (kind === 3) functions.splice(at, 0, [...lines]);
  else if (kind === 4) lines.splice(below(lines.length + 1), 0, `    call${below(30)}(value${below(9)});`);
  else lines.splice(below(lines.length + 1), 1 + below(2), ...(below(2) === 0 ? ['    return;'] : []));
}
