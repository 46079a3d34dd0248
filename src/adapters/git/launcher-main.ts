// A process of its own that does nothing but start others. Starting one copies the page tables of whoever does it:
// 13 ms at a time in a gateway of 170 MB, with everything else standing still, and about 1 ms here.
//
// Each child is a shell that waits for its arguments and then becomes git (exec). Its standard input and output are one
// connection to the gateway, its standard error another: the bytes of a pack never pass through this process.
import { spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { BECOME_GIT, type FromLauncher, type ToLauncher } from './launcher-protocol.ts';

const [socketPath = '', git = '', ...first] = process.argv.slice(2);
const children = new Map<number, ReturnType<typeof spawn>>();

process.on('message', (message: ToLauncher) => {
  if (message.do === 'start') start(message.id).catch(() => tell({ ended: message.id, code: null }));
  else children.get(message.id)?.kill('SIGKILL');
});
// The gateway is gone: so are the connections, and with them every shell and git.
process.once('disconnect', () => process.exit());
process.on('error', () => {});

async function start(id: number): Promise<void> {
  const [io, errors] = await Promise.all([connect(`${id} io\n`), connect(`${id} err\n`)]);
  const child = spawn('/bin/sh', ['-c', BECOME_GIT, git, ...first], {
    env: process.env,
    cwd: '/',
    stdio: [io, io, errors],
  });
  // The child has its own copies now; ours would keep the connection open behind its back.
  io.destroy();
  errors.destroy();
  children.set(id, child);
  tell({ started: id, pid: child.pid });
  const ended = (code: number | null) => {
    if (children.delete(id)) tell({ ended: id, code });
  };
  child.once('error', () => ended(null));
  child.once('exit', ended);
}

/** A connection that has said what it is for. */
function connect(greeting: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.write(greeting, () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        resolve(socket);
      });
    });
  });
}

function tell(message: FromLauncher): void {
  if (process.connected) process.send?.(message, () => {});
}
