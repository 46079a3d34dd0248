// `">10MiB"`, `">=medium"`: a sign and an amount, as `size`, `findings` and later keys write them.
import { visibleText } from '../../../protocol/bytes.ts';
import { parseSize } from '../../units.ts';
import { naming, problemAt, textOf, type Value } from '../yaml-values.ts';

export type Sign = '>' | '>=' | '<' | '<=' | '=';

export interface Comparison {
  readonly sign: Sign;
  readonly amount: number;
  /** As the policy writes it. */
  readonly text: string;
}

/** Reads a comparison whose amount `parseAmount` understands; `example` shows what is expected. */
export function comparisonOf(
  value: Value,
  parseAmount: (text: string) => number | undefined,
  example: string,
): Comparison | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const [, sign, rest] = /^(>=|<=|>|<|=)\s*(\S+)$/.exec(text) ?? [];
  const amount = rest === undefined ? undefined : parseAmount(rest);
  if (amount === undefined) {
    const hint = `write a comparison in quotes, such as "${example}"`;
    return problemAt(value, `${naming(value)} cannot be "${visibleText(text)}"`, hint);
  }
  return { sign: sign as Sign, amount, text };
}

export function compares({ sign, amount }: Comparison, seen: number): boolean {
  if (sign === '>') return seen > amount;
  if (sign === '>=') return seen >= amount;
  if (sign === '<') return seen < amount;
  if (sign === '<=') return seen <= amount;
  return seen === amount;
}

/** `10MiB`, `4096`, `0`. */
export function parseBytes(text: string): number | undefined {
  return text === '0' ? 0 : parseSize(text);
}

export function parseCount(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
