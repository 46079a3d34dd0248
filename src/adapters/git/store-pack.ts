import type { Readable } from 'node:stream';
import { spawnGit } from './git-process.ts';
import { lastLine } from './index-pack-result.ts';

/** Writes a whole pack stream into a repository's own objects (for objects fetched from the upstream). */
export async function indexIntoRepository(gitDir: string, pack: Readable, maxBytes: number): Promise<void> {
  const child = spawnGit({ gitDir }, ['index-pack', '--stdin', '--fix-thin', `--max-input-size=${maxBytes}`]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('latin1')).slice(-4096);
  });
  child.stdout.resume();
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
  try {
    for await (const chunk of pack) {
      if (child.exitCode !== null) break;
      if (!child.stdin.write(chunk)) await Promise.race([onceDrained(child.stdin), ended]);
    }
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  child.stdin.end();
  const code = await ended;
  if (code !== 0) throw new Error(`cannot store objects of the upstream: ${lastLine(stderr, code)}`);
}

function onceDrained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.once('drain', done).once('close', done).once('error', done);
  });
}
