// A directory, file by file, in batches that are under way together and told in order.
import { availableParallelism } from 'node:os';
import type { Scanner } from '../../adapters/scanner/open-scanner.ts';
import type { FileScan, FileToScan } from '../../adapters/scanner/scan-files.ts';
import { walkFiles } from '../../adapters/scanner/walk-files.ts';
import { type Name, scanNames, shownPath } from './names.ts';
import type { ScanRun } from './run.ts';

const BATCH_FILES = 64;
/** Enough for every thread to find the next one waiting. */
const UNDER_WAY = 2 * Math.min(availableParallelism(), 4) + 1;

type Batch = Promise<readonly [scans: readonly FileScan[], names: readonly Name[]]>;

export async function scanTree(
  scanner: Scanner,
  root: string,
  isExcluded: (path: string) => boolean,
  run: ScanRun,
): Promise<void> {
  const underWay: Batch[] = [];
  let files: FileToScan[] = [];
  const start = async (): Promise<void> => {
    const batch = scanBatch(scanner, files);
    batch.catch(() => {}); // it is awaited, in its turn
    files = [];
    underWay.push(batch);
    if (underWay.length >= UNDER_WAY) tell(run, await (underWay.shift() as Batch));
  };
  for await (const one of walkFiles(root, isExcluded)) {
    if (one.kind === 'unreadable') run.cannotRead(one.path, one.code);
    else files.push(one);
    if (files.length >= BATCH_FILES) await start();
  }
  if (files.length > 0) await start();
  for (const batch of underWay) tell(run, await batch);
}

/** A file that was named, under the name it was given. */
export async function scanFile(scanner: Scanner, file: string, path: string, run: ScanRun): Promise<void> {
  tell(run, await scanBatch(scanner, [{ file, path }]));
}

/** How many files there are, for the progress; what cannot be read is told by the scan itself. */
export async function countFiles(
  root: string,
  isExcluded: (path: string) => boolean,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const one of walkFiles(root, isExcluded)) {
    if (signal.aborted) break;
    if (one.kind === 'file') count += 1;
  }
  return count;
}

function scanBatch(scanner: Scanner, files: readonly FileToScan[]): Batch {
  return Promise.all([
    scanner.scanFiles(files),
    scanNames(
      scanner,
      files.map(({ path }) => path),
    ),
  ]);
}

function tell(run: ScanRun, [scans, names]: Awaited<Batch>): void {
  for (const [at, one] of scans.entries()) {
    const { shown, findings } = names[at] as Name;
    for (const finding of findings) run.add({ ...finding, line: 0, column: 0, endLine: 0, endColumn: 0 }, shown);
    if (one.outcome === 'unreadable') {
      run.cannotRead(shown, one.code);
      continue;
    }
    for (const finding of one.scan.findings) run.add(finding, shownPath(finding, one.path, shown));
    for (const thing of one.scan.notInspected) run.miss(thing, shownPath(thing, one.path, shown));
    run.advance(1, one.bytes);
  }
}
