// A process of its own for the objects of large pushes: it scans with threads, as the command line does, and says what
// they find.
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type { RepositoryScanned } from '../../domain/secrets/secret-scanner.ts';
import { serveJobs } from '../process/serve-jobs.ts';
import { openScanner } from './open-scanner.ts';
import type { FromScan, ScanTask } from './process-messages.ts';
import type { ScannerSettings } from './settings.ts';

const NOTHING_HELD: HeldDigests = { key: new Uint8Array(32), values: [] };

serveJobs<ScannerSettings, ScanTask, never, FromScan, RepositoryScanned>((settings) => {
  let held: HeldDigests | undefined;
  const scanner = openScanner(settings, { held: { find: () => [], digests: () => held ?? NOTHING_HELD } });
  return ({ place, wanted, ...task }, { say, signal }) => {
    held = task.held;
    return scanner.scanRepository(place, {
      ...(wanted && { wanted }),
      onScan: (oid, scan, index) => void say({ kind: 'told', oid, scan, index }),
      onProgress: (objects, bytes) => void say({ kind: 'progress', objects, bytes }),
      signal,
    });
  };
});
