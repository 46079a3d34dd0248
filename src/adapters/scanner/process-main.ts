// A process of its own for the objects of large pushes: it scans with threads, as the command line does, and says what
// they find. It ends with the connection to the gateway.
import type { HeldDigests } from '../../domain/secrets/held-values.ts';
import type { ArrivingScan } from '../../domain/secrets/secret-scanner.ts';
import { openScanner, type Scanner } from './open-scanner.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import { ScannerError } from './scanner-error.ts';

let scanner: Scanner | undefined;
let held: HeldDigests | undefined;
const running = new Map<number, AbortController>();
const arriving = new Map<number, ArrivingScan>();

process.on('message', (message: ToProcess) => {
  if (message.kind === 'settings') {
    scanner = openScanner(message.settings, { held: { find: () => [], digests: () => held ?? NOTHING_HELD } });
  } else if (message.kind === 'cancel') running.get(message.id)?.abort();
  else if (message.kind === 'scan') void scan(message);
  else if (message.kind === 'arriving') void scanArriving(message);
  else if (message.kind === 'grown') arriving.get(message.id)?.grown(message.bytes);
  else if (message.kind === 'whole') arriving.get(message.id)?.end();
  else arriving.get(message.id)?.stop();
});
process.once('disconnect', () => process.exit());
process.on('error', () => {}); // the gateway has gone: `disconnect` follows

const NOTHING_HELD: HeldDigests = { key: new Uint8Array(32), values: [] };

async function scan({ id, place, wanted, ...message }: Extract<ToProcess, { kind: 'scan' }>): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  held = message.held;
  try {
    if (scanner === undefined) throw new ScannerError('scanner-failed', 'the scanner has no settings');
    const total = await scanner.scanRepository(place, {
      ...(wanted && { wanted }),
      onScan: (oid, found, index) => say({ kind: 'told', id, oid, scan: found, index }),
      onProgress: (objects, bytes) => say({ kind: 'progress', id, objects, bytes }),
      signal: stop.signal,
    });
    say({ kind: 'done', id, ...total });
  } catch (error) {
    const code = error instanceof ScannerError ? error.code : 'scanner-failed';
    say({ kind: 'failed', id, code, message: String(error).slice(0, 500) });
  } finally {
    running.delete(id);
  }
}

async function scanArriving({ id, pack, ...message }: Extract<ToProcess, { kind: 'arriving' }>): Promise<void> {
  held = message.held;
  const begun = scanner?.scanArriving(pack);
  if (begun !== undefined) arriving.set(id, begun);
  say({ kind: 'seen', id, seen: await begun?.seen });
  arriving.delete(id);
}

function say(message: FromProcess): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
