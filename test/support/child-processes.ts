// Processes that this one has started, found in /proc by what they run.
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of living children of this process whose command line has `part` in it. */
export function childrenRunning(part: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isChildRunning(pid, part));
}

function isChildRunning(pid: number, part: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name: state, then the parent. A dead one that nobody has buried yet is none.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) !== process.pid || state === 'Z') return false;
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(part);
  } catch {
    return false;
  }
}
