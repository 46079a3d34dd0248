// Numbers: medians, rounds that alternate between the sides, and what a process used, from /proc.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Side } from './stage.ts';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What one side needed in all rounds; milliseconds. */
export type Samples = Readonly<Record<Side, number[]>>;

export interface Rounds {
  readonly count: number;
  /** Rounds before those that count. */
  readonly warmUp: number;
  /** True: no further round is begun, after at least one that counts. */
  isLate(): boolean;
}

/** Runs both sides in turn, the other one first in every second round, so that neither always finds caches warm. */
export async function interleave(
  rounds: Rounds,
  measure: (side: Side, round: number) => Promise<number>,
): Promise<Samples> {
  const samples: Record<Side, number[]> = { direct: [], gate: [] };
  for (let round = 0; round < rounds.warmUp + rounds.count; round++) {
    if (round > rounds.warmUp && rounds.isLate()) break;
    for (const side of round % 2 === 0 ? (['direct', 'gate'] as const) : (['gate', 'direct'] as const)) {
      const taken = await measure(side, round);
      if (round >= rounds.warmUp) samples[side].push(taken);
    }
  }
  return samples;
}

export interface Usage {
  /** Milliseconds of processor time: its own, and that of the git processes it started. */
  readonly ownCpu: number;
  readonly gitCpu: number;
  /** Bytes of resident memory at the start, and the most there were. */
  readonly rssBefore: number;
  readonly rssPeak: number;
}

/** Watches the gateway; the returned function ends it and answers. */
export function watch(pid: number): () => Usage {
  resetPeak(pid);
  const before = cpuOf(pid);
  const rssBefore = memory(pid, 'VmRSS');
  return () => {
    const after = cpuOf(pid);
    return {
      ownCpu: after.own - before.own,
      gitCpu: after.children - before.children,
      rssBefore,
      rssPeak: memory(pid, 'VmHWM'),
    };
  };
}

/** proc(5), /proc/pid/clear_refs: 5 sets the peak back to what is resident now. */
function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Without the right to do so the peak is that of the whole run: too high, never too low.
  }
}

function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(line?.[1] ?? Number.NaN) * 1024;
  } catch {
    return Number.NaN; // no Linux
  }
}

const TICK_MS = 10; // USER_HZ is 100 on every Linux there is

/** The gateway's own time, and that of children that have ended; git is started by a child of its own (the launcher). */
function cpuOf(pid: number): { own: number; children: number } {
  const self = times(pid);
  let children = self.children;
  for (const child of childrenOf(pid)) {
    const { own, children: ended } = times(child);
    children += own + ended;
  }
  return { own: self.own, children };
}

function times(pid: number): { own: number; children: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which may hold anything: state is field 3, utime 14, stime 15, cutime 16, cstime 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const at = (field: number) => Number(fields[field - 3]) * TICK_MS;
    return { own: at(14) + at(15), children: at(16) + at(17) };
  } catch {
    return { own: 0, children: 0 };
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
