#!/usr/bin/env node
// What the installed hooks start: `<agent> [event]`, `git <hook> […]`, `behind enqueue|flush`. Its own small entry, since
// an agent waits for it at every tool; never fails, whatever is wrong with us.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

try {
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    enableCompileCache(join(homedir(), '.cache', 'sallyport', 'compiled'));
    const shipped = import.meta.url.includes('/dist/');
    const { run } = await import(shipped ? './run.js' : './run.ts');
    await run(process.argv.slice(2));
  }
} catch (error) {
  if (process.env.SALLYPORT_DEBUG) process.stderr.write(`sallyport: ${error?.stack ?? error}\n`);
}
