// A scanner thread: one job at a time, answers as they are known. Whatever goes wrong is said and fails the job.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { HeldValues } from '../../domain/secrets/held-values.ts';
import { DEFAULT_LAYER_LIMITS, LayerBudget, SharedPurse } from '../../domain/secrets/layers/budget.ts';
import type { ScanCosts } from '../../domain/secrets/scan-object.ts';
import { scanFiles } from './scan-files.ts';
import { scanPack } from './scan-pack.ts';
import { scanRepository } from './scan-repository.ts';
import { objectScannerOf, type ScannerSettings } from './settings.ts';
import type { FromThread, ToldObject, ToThread } from './thread-messages.ts';

if (parentPort === null) throw new TypeError('the scanner runs as a worker thread only');
const port = parentPort;
const settings: ScannerSettings = workerData;
let held: HeldValues | undefined;
const scanner = objectScannerOf(settings, { find: (bytes) => held?.find(bytes) ?? [] });

/** Niceness of a thread that works beside something more urgent; it never does anything else. */
const BESIDE = 10;
/** Between two messages, if there is nothing to tell: the pool takes long silence for the end. */
const PROGRESS_MS = 200;

function say(message: FromThread): void {
  port.postMessage(message);
}

async function work({ job, purse, ...message }: ToThread): Promise<void> {
  held = message.held && new HeldValues(message.held);
  const costs: ScanCosts = { budget: new LayerBudget(DEFAULT_LAYER_LIMITS, new SharedPurse(purse)) };
  let [objects, bytes, last] = [0, 0, performance.now()];
  const flush = (told: readonly ToldObject[]): void => {
    say({ kind: 'progress', told, objects, bytes });
    [objects, bytes, last] = [0, 0, performance.now()];
  };
  const beat = (): void => {
    if (performance.now() - last > PROGRESS_MS) flush([]);
  };
  if (job.kind === 'objects') {
    say({ kind: 'objects', scans: scanner.scanAll(job.objects, costs) });
    return;
  }
  if (job.kind === 'files') {
    say({ kind: 'files', scans: scanFiles(scanner, job.files, costs, beat) });
    return;
  }
  if (job.kind === 'pack') {
    // Of this thread (Linux): whoever receives the pack, and git, must never wait for it.
    setPriority(BESIDE);
    say({ kind: 'pack', seen: await scanPack(scanner, job.pack, costs, beat) });
    return;
  }
  await scanRepository(scanner, job.place, job.wanted, costs, (told, moreObjects, moreBytes) => {
    objects += moreObjects;
    bytes += moreBytes;
    if (told.length > 0) flush(told);
    else beat();
  });
  flush([]);
  say({ kind: 'done' });
}

port.on('message', (message: ToThread) => {
  work(message).catch((error: unknown) => say({ kind: 'failed', message: String(error).slice(0, 500) }));
});
say({ kind: 'ready' });
