// Numbers that are the same in every run: samples must not differ between a failing run and the next.

export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  readonly next: (below: number) => number;
  readonly pick: <T>(from: ArrayLike<T>) => T;
}

/** xorshift32 seeded by a text. */
export function seeded(seed: string): Random {
  let state = 2_166_136_261;
  for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, 16_777_619) >>> 0;
  const step = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  state = state || 1;
  for (let i = 0; i < 8; i++) step();
  const next = (below: number): number => step() % below;
  return { next, pick: (from) => from[next(from.length)] as (typeof from)[number] };
}
