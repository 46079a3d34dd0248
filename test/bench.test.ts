// The bench itself is run by people; this only sees to it that it still can be.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the bench measures pushes against the bare upstream and prints their ratio', async () => {
  const bench = join(import.meta.dirname, '../bench/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    bench,
    ...['--quick', '--only', 'one-commit', '--runs', '1'],
  ]);
  const ratios = [...stdout.matchAll(/\| (http|ssh) +\| \d+ ms .*\| ratio (\d+\.\d\d)× +\|/g)];
  assert.deepEqual(
    ratios.map((ratio) => ratio[1]),
    ['http', 'ssh', 'http', 'ssh'],
  );
  for (const ratio of ratios) assert.ok(Number(ratio[2]) > 0.1, ratio[0]);
  assert.match(stdout, /steps in ms: record \d/);
});
