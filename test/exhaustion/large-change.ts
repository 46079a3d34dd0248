// Commits that are large to send and cheap to make: random bytes, stored as they are.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Change, CrashLab } from '../crash/crash-lab.ts';
import { MIB } from './gateway-memory.ts';

const FILE_BYTES = 4 * MIB;
/** What git must not do with these bytes: compress them, or look for deltas between them. */
export const AS_IT_IS = ['-c', 'core.compression=0', '-c', 'pack.compression=0', '-c', 'core.bigFileThreshold=1m'];

/** A commit on main with files of so many bytes together, for a ref that is new. */
export async function largeChange(lab: CrashLab, refName: string, bytes: number): Promise<Change> {
  const { world, client } = lab;
  const local = `refs/large/${refName.split('/').at(-1)}`;
  const importer = spawn('git', [...AS_IT_IS, 'fast-import', '--quiet', '--big-file-threshold=1m'], {
    cwd: client,
    env: world.environment('alice'),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(importer, 'close');
  async function* commands(): AsyncGenerator<Buffer | string> {
    yield `commit ${local}\ncommitter Alice <alice@example.com> 1700200000 +0000\ndata 6\nlarge\n`;
    yield `from refs/remotes/origin/main\n`;
    for (let at = 0; at * FILE_BYTES < bytes; at++) {
      const content = randomBytes(Math.min(FILE_BYTES, bytes - at * FILE_BYTES));
      yield `M 100644 inline large/${refName.split('/').at(-1)}-${at}.bin\ndata ${content.length}\n`;
      yield content;
      yield '\n';
    }
  }
  await pipeline(Readable.from(commands()), importer.stdin);
  await ended;
  const newOid = (await world.git('alice', ['rev-parse', local], { cwd: client })).stdout.trim();
  return { refName, newOid, oldOid: '0'.repeat(newOid.length) };
}
