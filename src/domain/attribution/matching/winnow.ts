// Winnowing (Schleimer, Wilkerson, Aiken 2003): of the hashes of all runs of k tokens, the smallest of every w that stand
// together. Whoever shares w + k - 1 tokens in a row with a text shares one of them; less than k are never seen.

export interface WinnowSizes {
  /** Tokens of one run. */
  readonly run: number;
  /** Runs of which one is chosen. */
  readonly window: number;
}

/** The hash of each run of tokens, from the hash of each token; both lists in 32 bits. */
export function runHashes(tokens: Int32Array, run: number, factor = 0x01000193): Int32Array {
  const count = Math.max(0, tokens.length - run + 1);
  const hashes = new Int32Array(count);
  let leaving = 1;
  for (let i = 0; i < run; i++) leaving = Math.imul(leaving, factor);
  let rolling = 0;
  for (let at = 0; at < tokens.length; at++) {
    rolling = (Math.imul(rolling, factor) + (tokens[at] as number)) | 0;
    if (at >= run) rolling = (rolling - Math.imul(leaving, tokens[at - run] as number)) | 0;
    if (at >= run - 1) hashes[at - run + 1] = mixed(rolling);
  }
  return hashes;
}

/** Positions of the chosen ones, ascending; of equal ones the last of a window. */
export function winnow(hashes: Int32Array, window: number): number[] {
  const chosen: number[] = [];
  const last = hashes.length - window;
  if (last < 0) return hashes.length === 0 ? [] : [smallest(hashes, 0, hashes.length)];
  let best = -1;
  for (let from = 0; from <= last; from++) {
    const to = from + window;
    if (best < from) best = smallest(hashes, from, to);
    else if ((hashes[to - 1] as number) <= (hashes[best] as number)) best = to - 1;
    if (chosen.at(-1) !== best) chosen.push(best);
  }
  return chosen;
}

function smallest(hashes: Int32Array, from: number, to: number): number {
  let best = from;
  for (let at = from + 1; at < to; at++) if ((hashes[at] as number) <= (hashes[best] as number)) best = at;
  return best;
}

/** FNV-1a over UTF-16 units, in 32 bits: the same for ever, since the store keeps what is made of it. */
export function tokenHash(text: string, from = 0, to = text.length): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash | 0);
}

/** So that the smallest is any of them, and not the one with the least token at its end. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
