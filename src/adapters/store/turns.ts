// Long work in the main thread, in turns: others are served in between.
import { setImmediate } from 'node:timers/promises';

const TURN_MS = 10;

/** Answers what to wait for after each piece of the work: nothing, or the end of everybody else's turn. */
export function takingTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
