// What passes through the agent are buffers, which V8 sees as small objects with something large behind them: those that are
// done with stay until enough small objects have come together, tens of megabytes later. So they are collected when there
// are many. Flags of Node would do the same (`sallyport.mjs`, for the gateway), at the price of a second start.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 50;
/** What is in use at most: the window of a link's two ends, and what an upstream has not taken yet. */
const MANY_BYTES = 24 * 1024 * 1024;

/** From now on, as long as the process lives; keeps it alive no longer. */
export function collectSpentBuffers(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
  setInterval(() => {
    if (process.memoryUsage().arrayBuffers > MANY_BYTES) collect({ type: 'minor' });
  }, LOOK_EVERY_MS).unref();
}
