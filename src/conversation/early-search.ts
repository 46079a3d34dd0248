// The search for secrets in a large pack while it still arrives: the scanner reads the recording as it grows. It only ever
// saves time. What it has not seen when the push is searched, or has not seen for certain, is looked at then.
import type { Recorder } from '../domain/ports.ts';
import type { ArrivingScan, EarlyScans, SecretScanner } from '../domain/secrets/secret-scanner.ts';
import type { ObjectFormat } from '../protocol/oid.ts';

/** A pack of less is searched at once when it is here. */
const LEAST_BYTES = 256 * 1024;

export class EarlySearch {
  readonly #scanner: SecretScanner | undefined;
  readonly #objectFormat: ObjectFormat;
  #scan: ArrivingScan | undefined;
  #isAsked = false;

  /** Without a scanner nothing is looked at early. */
  constructor(scanner: SecretScanner | undefined, objectFormat: ObjectFormat) {
    this.#scanner = scanner;
    this.#objectFormat = objectFormat;
  }

  /** More of the pack, which begins at byte `from` of the recording, is there. */
  arrived(recorder: Recorder, from: number): void {
    if (!this.#isAsked && recorder.readable - from >= LEAST_BYTES) {
      this.#isAsked = true;
      this.#scan = this.#scanner?.scanArriving({ path: recorder.path, from, objectFormat: this.#objectFormat });
    }
    this.#scan?.grown(recorder.readable);
  }

  /** The whole pack has arrived; what the recorder holds back of it is written. Rejects when the disk fails. */
  async end(recorder: Recorder): Promise<void> {
    if (this.#scan === undefined) return;
    await recorder.flush();
    this.#scan.grown(recorder.readable);
    this.#scan.end();
  }

  /** What was seen: of the whole pack if the scanner comes to its end in `ms`. Rejects when `signal` says so. */
  async seen(ms: number, signal: AbortSignal): Promise<EarlyScans | undefined> {
    const patience = setTimeout(() => this.#scan?.stop(), ms);
    const { promise, reject } = Promise.withResolvers<never>();
    const late = () => reject(signal.reason);
    signal.addEventListener('abort', late, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#scan?.seen, promise]);
    } finally {
      clearTimeout(patience);
      signal.removeEventListener('abort', late);
    }
  }

  /** Nobody asks any more. */
  close(): void {
    this.#scan?.stop();
  }
}
