// How long-running commands are told to end.

/**
 * Started through npm, one Ctrl-C may arrive twice: from the terminal, which signals the whole process group, and from
 * npm, which passes it on. Within this time both are one wish.
 */
const SAME_WISH_MS = 1_000;

/** Resolves with the first signal to stop: an orderly end. A later one ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (first === undefined) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > SAME_WISH_MS) {
        // Not through terminal.ts: the agent waits for a signal, too, and must not load every rule of the scanner for it.
        process.stderr.write(`sallyport: ${signal}: stopped at once\n`);
        process.exit(1);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
