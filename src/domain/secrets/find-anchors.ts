// Walks bytes through the automaton in plain JavaScript: the reference for the WASM scanner.
import { type Automaton, CLASSES } from './automaton.ts';

/** Called with the reporting state's place in `reports` and the position just after its last byte. */
export type OnReport = (report: number, end: number) => void;

/** Finds the anchors in `bytes` from `from` up to `to`, in order. */
export function findAnchors(
  automaton: Automaton,
  bytes: Uint8Array,
  from: number,
  to: number,
  onReport: OnReport,
): void {
  const { classes, next, firstReport } = automaton;
  let state = 0;
  for (let at = from; at < to; at++) {
    state = next[state * CLASSES + (classes[bytes[at] as number] as number)] as number;
    if (state >= firstReport) onReport(state - firstReport, at + 1);
  }
}
