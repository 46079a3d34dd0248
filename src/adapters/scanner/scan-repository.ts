// A git of its own for the thread: objects stream from it into the scanner, and never all at once into memory.
import { hasSomething } from '../../domain/secrets/push/search.ts';
import type { ObjectScanner, ScanCosts } from '../../domain/secrets/scan-object.ts';
import type { ObjectPlace, WantedObject } from '../../domain/secrets/secret-scanner.ts';
import { spawnGit } from '../git/git-process.ts';
import { BatchOutput } from './batch-output.ts';
import { ObjectSink, type Tell } from './object-sink.ts';

const ALL = ['cat-file', '--batch', '--batch-all-objects', '--unordered'];
const WANTED = ['cat-file', '--batch', '--buffer'];
const STDERR_KEPT = 2048;
const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Resolves when every object was scanned and told; rejects when git did not show one of them. */
export async function scanRepository(
  scanner: ObjectScanner,
  place: ObjectPlace,
  wanted: readonly WantedObject[] | undefined,
  costs: ScanCosts,
  tell: Tell,
): Promise<void> {
  // The id goes into a line of git's input: anything but hex would be another question.
  const bad = wanted?.find(({ oid }) => !OID.test(oid));
  if (bad !== undefined) throw new TypeError('not an object id');
  const child = spawnGit(place, wanted === undefined ? ALL : WANTED);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('latin1')).slice(-STDERR_KEPT);
  });
  child.stdin.on('error', () => {}); // it may end before it read all: its output says so
  child.stdin.end(wanted?.map(({ oid }) => `${oid}\n`).join('') ?? '');
  try {
    const sink = new ObjectSink(scanner, costs, wanted, (told, objects, bytes) => {
      // Whoever knows the paths has said them.
      tell(
        told.filter(({ scan }) => hasSomething(scan)),
        objects,
        bytes,
      );
    });
    const output = new BatchOutput(sink);
    for await (const chunk of child.stdout) {
      output.write(chunk as Buffer);
      tell([], 0, 0); // it is alive, in the middle of whatever large object
    }
    const code = await ended;
    if (code !== 0) throw new Error(`git cat-file failed (code ${code}): ${stderr.trim()}`);
    output.finish();
    sink.finish();
  } finally {
    child.kill('SIGKILL');
  }
}
