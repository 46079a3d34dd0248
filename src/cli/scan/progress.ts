// A line on stderr about work that takes longer than a second; nothing where stderr is no terminal.

export interface ProgressState {
  /** Files or objects. */
  readonly done: number;
  readonly total?: number | undefined;
  readonly bytes: number;
  readonly found: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Before anything else is printed. */
  clear(): void;
}

const QUIET_MS = 1000;
const EVERY_MS = 100;
const BAR = 24;
const ERASE = '\r\x1b[K';

export interface ProgressTerminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** `unit` as in `files`. */
export function openProgress(unit: string, terminal: ProgressTerminal, now: () => number): Progress {
  if (terminal.isTTY !== true) return { update: () => {}, clear: () => {} };
  const started = now();
  let last = started;
  let isShown = false;
  return {
    update(state) {
      const time = now();
      if (time - started < QUIET_MS || time - last < EVERY_MS) return;
      last = time;
      isShown = true;
      terminal.write(ERASE + progressLine(state, unit));
    },
    clear() {
      if (isShown) terminal.write(ERASE);
      isShown = false;
    },
  };
}

/** `[=====>    ] 51 %  1,024 of 2,000 files, 12.3 MB, 2 found` */
export function progressLine({ done, total, bytes, found }: ProgressState, unit: string): string {
  const counted = total === undefined ? `${grouped(done)} ${unit}` : `${grouped(done)} of ${grouped(total)} ${unit}`;
  const text = `${counted}, ${(bytes / 1e6).toFixed(1)} MB, ${grouped(found)} found`;
  if (total === undefined || total === 0) return text;
  const share = Math.min(1, done / total);
  const filled = Math.floor(share * BAR);
  const bar = '='.repeat(filled) + (filled < BAR ? '>' : '');
  return `[${bar.padEnd(BAR)}] ${Math.floor(share * 100)} %  ${text}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
