// A process of its own that appends and pushes until it is killed or has done `rounds`, several at a time, and prints one
// line for each write that was acknowledged. Arguments: file, audit directory, rounds, name.
import { writeSync } from 'node:fs';
import { openStore } from '../../../src/adapters/store/store.ts';

const [file, auditDir, rounds, name] = process.argv.slice(2);
if (file === undefined || auditDir === undefined || rounds === undefined || name === undefined) process.exit(2);
const store = await openStore({ file, auditDir, clock: { now: () => Date.now() } });

async function round(n: number): Promise<void> {
  const recorded = await store.trail.append({ type: 'fetch.served', actor: name as string, body: { n } });
  writeSync(1, `entry ${recorded.index} ${recorded.hash}\n`);
  const push = await store.pushes.receive(
    {
      address: { repo: 'acme/app', upstream: 'main', path: 'acme/app.git' },
      objectFormat: 'sha1',
      principal: { name: name as string, kind: 'human' },
      updates: [],
      pushOptions: [],
      createdAt: n,
    },
    name as string,
    { type: 'push.received', body: { n } },
  );
  writeSync(1, `push ${push.id} receiving\n`);
  const claim = { owner: name as string, until: 1 };
  await store.pushes.transition({
    id: push.id,
    from: ['receiving'],
    to: 'relaying',
    claim,
    entry: { type: 'push.forwarded', body: { n } },
  });
  writeSync(1, `push ${push.id} relaying\n`);
}

const lanes = Array.from({ length: 4 }, async (_, lane) => {
  for (let n = lane; n < Number(rounds); n += 4) await round(n);
});
await Promise.all(lanes);
await store.close();
