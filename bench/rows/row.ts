// What every row group gives and gets.
import type { Samples, Usage } from '../measure.ts';
import type { Door, Stage } from '../stage.ts';

export interface Bench {
  readonly stage: Stage;
  readonly isQuick: boolean;
  readonly doors: readonly Door[];
  /** Rounds a row takes when nobody asked for another number. */
  rounds(usual: number, quick: number): number;
  /** True when the time is over: no further round is begun. */
  isLate(): boolean;
  /** What is being done now, for whoever watches. */
  say(text: string): void;
}

/** A figure, and what design section 9 wants of it. */
export interface Row {
  readonly work: string;
  /** Absent where no client comes in. */
  readonly door?: Door;
  /** Absent where there is nothing to compare with. */
  readonly samples?: Samples;
  readonly figures: readonly Figure[];
  /** In plain words: what the gateway used, where its time went. */
  readonly notes: readonly string[];
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'x' | 'ms' | 'MB' | 'MB/s' | '%' | 'errors';
  /** `max`: at most; `min`: at least. */
  readonly must?: { readonly max?: number; readonly min?: number };
  readonly aim?: { readonly max?: number; readonly min?: number };
}

export interface RowGroup {
  /** For `--only`. */
  readonly name: string;
  run(bench: Bench): Promise<readonly Row[]>;
}

export const MB = 1_000_000;

export function usageNotes(usage: Usage, operations: number): string[] {
  const each = (value: number) => Math.round(value / operations);
  return [
    `gateway ${each(usage.ownCpu)} ms CPU, its git processes ${each(usage.gitCpu)} ms each time`,
    `RSS ${Math.round(usage.rssBefore / MB)} → at most ${Math.round(usage.rssPeak / MB)} MB`,
  ];
}
