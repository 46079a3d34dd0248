// One Ctrl-C in a terminal can reach a program twice: from the terminal and from the npm that started it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, startProgram } from './program.ts';

test('serve ends in good order although the signal comes twice', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-stop-'));
  try {
    await runProgram(['init', '--dir', directory]);
    const config = join(directory, 'sallyport.yaml');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('127.0.0.1:8080', '127.0.0.1:0').replace('127.0.0.1:2222', '127.0.0.1:0'));
    const child = startProgram(['serve', '--config', config]);
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    child.stdout?.once('data', () => child.kill('SIGINT'));
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      if (part.includes('SIGINT: stopping')) child.kill('SIGINT');
    });
    assert.equal(await ended, 0);
    const found = await runProgram(['audit', 'search', '--config', config, '--json']);
    const types = JSON.parse(found.stdout).map((entry: { type: string }) => entry.type);
    assert.equal(types.at(-1), 'gateway.stopped');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
