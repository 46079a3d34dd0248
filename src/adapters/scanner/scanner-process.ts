// The gateway's scanner: small pushes in its own thread, the objects of large ones in a process of its own, as git reads
// them: what that takes of memory goes with it, and a crash of it is a failed search, not the end of the gateway.
import { join } from 'node:path';
import type {
  ObjectPlace,
  ObjectScan,
  RepositoryScanned,
  RepositoryScanOptions,
  ScannedObject,
  SecretScanner,
} from '../../domain/secrets/secret-scanner.ts';
import { SideProcess, SideProcessError } from '../process/side-process.ts';
import { type Held, openScanner } from './open-scanner.ts';
import type { FromScan, ScanTask } from './process-messages.ts';
import { isScannerErrorCode, ScannerError } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';

/** Of JavaScript values; without them V8 takes what it likes of a large machine. */
const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=1024'];

/** Objects of one message. */
const SLICE = 10_000;

/** Starts nothing yet. Close it in the end. */
export function openScannerProcess(settings: ScannerSettings, options: { readonly held?: Held } = {}): SecretScanner {
  return new ProcessScanner(settings, options.held);
}

class ProcessScanner implements SecretScanner {
  readonly #held: Held | undefined;
  readonly #near: SecretScanner;
  readonly #far: SideProcess<ScannerSettings, ScanTask, never, FromScan, RepositoryScanned>;

  constructor(settings: ScannerSettings, held: Held | undefined) {
    this.#held = held;
    this.#near = openScanner(settings, held === undefined ? {} : { held });
    this.#far = new SideProcess({ module: join(import.meta.dirname, 'process-main'), settings, flags: NODE_FLAGS });
  }

  scanObjects(objects: readonly ScannedObject[], signal?: AbortSignal): Promise<readonly ObjectScan[]> {
    return this.#near.scanObjects(objects, signal);
  }

  async scanRepository(place: ObjectPlace, options: RepositoryScanOptions): Promise<RepositoryScanned> {
    const { wanted } = options;
    if (wanted === undefined || wanted.length <= SLICE) return this.#scan(place, options);
    // Slice by slice: what is said to the process in one message is in memory three times.
    const total = { objects: 0, bytes: 0 };
    for (let from = 0; from < wanted.length; from += SLICE) {
      const before = { ...total };
      const done = await this.#scan(place, {
        ...options,
        wanted: wanted.slice(from, from + SLICE),
        onScan: (oid, scan, index) => options.onScan(oid, scan, index + from),
        onProgress: (objects, bytes) => options.onProgress?.(before.objects + objects, before.bytes + bytes),
      });
      total.objects += done.objects;
      total.bytes += done.bytes;
    }
    return total;
  }

  async #scan(place: ObjectPlace, { wanted, signal, ...options }: RepositoryScanOptions): Promise<RepositoryScanned> {
    const onSaid = (said: FromScan) => {
      if (said.kind === 'told') options.onScan(said.oid, said.scan, said.index);
      else options.onProgress?.(said.objects, said.bytes);
    };
    try {
      const task = { place, ...(wanted && { wanted }), held: this.#held?.digests() };
      return await this.#far.run(task, { onSaid, ...(signal && { signal }) });
    } catch (error) {
      throw error instanceof SideProcessError ? asScannerError(error) : error;
    }
  }

  warm(): Promise<void> {
    return this.#near.warm();
  }

  async close(): Promise<void> {
    this.#far.close();
    await this.#near.close();
  }
}

function asScannerError(error: SideProcessError): ScannerError {
  if (error.code === 'crashed') return new ScannerError('scanner-crashed', 'the scanner process has ended');
  if (error.code === 'closed') return new ScannerError('scanner-closed', 'the scanner is closed');
  if (error.code === 'called-off') return new ScannerError('scanner-closed', 'the scan was called off');
  const code = isScannerErrorCode(error.jobCode) ? error.jobCode : 'scanner-failed';
  return new ScannerError(code, error.message);
}
