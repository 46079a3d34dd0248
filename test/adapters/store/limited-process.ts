// Appends until the store fails, waits for a line on standard input, appends once more. Arguments: file, audit directory.
import { writeSync } from 'node:fs';
import { openStore, StoreError } from '../../../src/adapters/store/store.ts';

const [file, auditDir] = process.argv.slice(2);
if (file === undefined || auditDir === undefined) process.exit(2);
const store = await openStore({ file, auditDir, clock: { now: () => Date.now() } });
const body = { filler: 'x'.repeat(8000) };
try {
  for (let kept = 1; ; kept++) {
    await store.trail.append({ type: 'fetch.served', body });
    writeSync(1, `kept ${kept}\n`);
  }
} catch (error) {
  writeSync(1, `failed ${error instanceof StoreError ? error.code : String(error)}\n`);
}
for await (const _ of process.stdin) break;
await store.trail.append({ type: 'gateway.stopped', body: {} });
await store.close();
