// Starts programs from a small process of its own. Starting one copies the page tables of whoever does it: with a
// gateway and servers in this process that is 10 ms and more each time, and transcripts start thousands.
import { fork } from 'node:child_process';
import { type Run, run } from './run.ts';

interface Order {
  readonly id: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

type Done = { readonly id: number; readonly run: Run } | { readonly id: number; readonly error: string };

let launcher: ReturnType<typeof fork> | undefined;
let lastId = 0;
const waiting = new Map<number, { resolve(run: Run): void; reject(error: Error): void }>();

/** As run(). */
export function runLightly(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Run> {
  launcher ??= startLauncher();
  const order: Order = { id: ++lastId, program, args, env, cwd };
  return new Promise((resolve, reject) => {
    waiting.set(order.id, { resolve, reject });
    launcher?.channel?.ref();
    launcher?.send(order);
  });
}

function startLauncher(): ReturnType<typeof fork> {
  const child = fork(import.meta.filename, { execArgv: [], stdio: 'inherit' });
  child.unref();
  child.on('message', (done: Done) => {
    const { resolve, reject } = waiting.get(done.id) ?? {};
    waiting.delete(done.id);
    if (waiting.size === 0) child.channel?.unref(); // nobody waits: the tests may end
    if ('run' in done) resolve?.(done.run);
    else reject?.(new Error(done.error));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the launcher of programs has ended'));
  });
  return child;
}

/** In the small process. */
function serve(): void {
  process.on('message', ({ id, program, args, env, cwd }: Order) => {
    run(program, args, env, cwd).then(
      (done) => process.send?.({ id, run: done } satisfies Done),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Done),
    );
  });
}

if (import.meta.main && process.send !== undefined) serve();
