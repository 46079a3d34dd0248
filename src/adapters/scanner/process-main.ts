// A process of its own for the objects of large pushes: it scans with threads, as the command line does, and says what
// they find.
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import { type Job, serveJobs } from '../process/serve-jobs.ts';
import { openScanner, type Scanner } from './open-scanner.ts';
import type { FromScan, ScanResult, ScanTask, ToScan } from './process-messages.ts';
import type { ScannerSettings } from './settings.ts';

const NOTHING_HELD: HeldDigests = { key: new Uint8Array(32), values: [] };

serveJobs<ScannerSettings, ScanTask, ToScan, FromScan, ScanResult>((settings) => {
  let held: HeldDigests | undefined;
  const scanner = openScanner(settings, { held: { find: () => [], digests: () => held ?? NOTHING_HELD } });
  return (task, job) => {
    held = task.held;
    return task.kind === 'repository' ? scanRepository(scanner, task, job) : scanArriving(scanner, task, job);
  };
});

async function scanRepository(
  scanner: Scanner,
  { place, wanted }: Extract<ScanTask, { kind: 'repository' }>,
  { say, signal }: Job<ToScan, FromScan>,
): Promise<ScanResult> {
  const total = await scanner.scanRepository(place, {
    ...(wanted && { wanted }),
    onScan: (oid, scan, index) => void say({ kind: 'told', oid, scan, index }),
    onProgress: (objects, bytes) => void say({ kind: 'progress', objects, bytes }),
    signal,
  });
  return { kind: 'repository', total };
}

async function scanArriving(
  scanner: Scanner,
  { pack }: Extract<ScanTask, { kind: 'arriving' }>,
  job: Job<ToScan, FromScan>,
): Promise<ScanResult> {
  const arriving = scanner.scanArriving(pack);
  job.signal.addEventListener('abort', () => arriving?.stop(), { once: true });
  job.listen((more) => {
    if (more.kind === 'grown') arriving?.grown(more.bytes);
    else if (more.kind === 'whole') arriving?.end();
    else arriving?.stop();
  });
  return { kind: 'arriving', seen: await arriving?.seen };
}
