// The gateway's scanner: small pushes in its own thread, the objects of large ones in a process of its own, as git reads
// them: what that takes of memory goes with it, and a crash of it is a failed search, not the end of the gateway.
import { join } from 'node:path';
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type {
  ArrivingPack,
  ArrivingScan,
  ObjectPlace,
  ObjectScan,
  RepositoryScanned,
  RepositoryScanOptions,
  ScannedObject,
  SecretScanner,
} from '../../domain/secrets/secret-scanner.ts';
import { SideProcess, SideProcessError } from '../process/side-process.ts';
import { type Held, openScanner } from './open-scanner.ts';
import type { FromScan, ScanResult, ScanTask, ToScan } from './process-messages.ts';
import { isScannerErrorCode, ScannerError } from './scanner-error.ts';
import type { ScannerSettings } from './settings.ts';

/** Of JavaScript values; without them V8 takes what it likes of a large machine. */
const HEAP_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=1024'];
/**
 * Garbage is collected by the thread that makes it (helpers would not be as nice as that is), and at once: marking bit by
 * bit goes with what JavaScript allocates, and buffers, which are most of it here, pile up meanwhile.
 */
const GC_FLAGS = ['--single-threaded-gc', '--no-incremental-marking'];

/** Objects of one message. */
const SLICE = 10_000;

/** Bytes of an arriving pack between two messages about it. */
const GROWN_BYTES = 1024 * 1024;

/** Starts nothing yet. Close it in the end. */
export function openScannerProcess(settings: ScannerSettings, options: { readonly held?: Held } = {}): SecretScanner {
  return new ProcessScanner(settings, options.held);
}

class ProcessScanner implements SecretScanner {
  readonly #settings: ScannerSettings;
  readonly #held: Held | undefined;
  readonly #near: SecretScanner;
  readonly #far: SideProcess<ScannerSettings, ScanTask, ToScan, FromScan, ScanResult>;

  constructor(settings: ScannerSettings, held: Held | undefined) {
    this.#settings = settings;
    this.#held = held;
    this.#near = openScanner(settings, held === undefined ? {} : { held });
    this.#far = new SideProcess({
      module: join(import.meta.dirname, 'process-main'),
      settings,
      flags: [...HEAP_FLAGS, ...GC_FLAGS],
    });
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
      const task = { kind: 'repository', place, ...(wanted && { wanted }), held: this.#held?.digests() } as const;
      const result = await this.#far.run(task, { onSaid, ...(signal && { signal }) });
      if (result.kind === 'repository') return result.total;
      throw new ScannerError('scanner-failed', 'the scanner process has answered something else');
    } catch (error) {
      throw error instanceof SideProcessError ? asScannerError(error) : error;
    }
  }

  scanArriving(pack: ArrivingPack): ArrivingScan | undefined {
    if (this.#settings.gitleaks !== undefined) return undefined;
    const held = this.#held?.digests();
    let tell: (more: ToScan) => void = () => {};
    const result = this.#far.run(
      { kind: 'arriving', pack, held },
      {
        onSaid: () => {},
        onBegun: (begun) => {
          tell = begun;
        },
      },
    );
    let [readable, told] = [0, 0];
    const tellGrown = (least: number) => {
      if (readable - told < least) return;
      told = readable;
      tell({ kind: 'grown', bytes: readable });
    };
    return {
      grown: (bytes) => {
        readable = bytes;
        tellGrown(GROWN_BYTES);
      },
      end: () => {
        tellGrown(1);
        tell({ kind: 'whole' });
      },
      seen: result.then(
        // What the agent has learned meanwhile, nobody has looked for.
        (seen) => (seen.kind === 'arriving' && isSame(held, this.#held?.digests()) ? seen.seen : undefined),
        () => undefined, // it only saves time: whatever is not seen early is searched later
      ),
      stop: () => tell({ kind: 'stop' }),
    };
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

/** Whether the agent holds what it held. */
function isSame(one: HeldDigests | undefined, other: HeldDigests | undefined): boolean {
  const values = (held: HeldDigests | undefined) =>
    held?.values
      .map(({ digest }) => digest)
      .toSorted()
      .join() ?? '';
  return values(one) === values(other);
}
