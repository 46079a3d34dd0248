// What a gateway process, and the git that works for it, take of the memory (proc(5); Linux only).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

export const MIB = 1 << 20;

/** Begins at what is resident now; the returned function answers by how many bytes the peak since then is above it. */
export function watchMemory(pid: number): () => number {
  const before = memoryOf(pid, 'VmRSS');
  resetPeak(pid);
  return () => memoryOf(pid, 'VmHWM') - before;
}

/** Without the right to do so the peak is that of the whole run: too high, never too low. */
function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {}
}

/** The largest that any `git index-pack` below this process has been so far, in bytes; 0 when none runs. */
export function indexPackPeak(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : '';
    // Behind the name, which may hold anything: state, then the parent.
    const parent = /^ \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (one: number | undefined): boolean => one !== undefined && (one === pid || isBelow(parents.get(one)));
  const own = [...parents.keys()].filter(
    (one) => isBelow(one) && read(`/proc/${one}/cmdline`).includes('\0index-pack\0'),
  );
  return Math.max(0, ...own.map((one) => memoryOf(one, 'VmHWM')));
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it has ended, or this is no Linux
  }
}
