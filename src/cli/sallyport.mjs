#!/usr/bin/env node
// The one file that must run on any Node: it explains an old one instead of failing with a stack trace.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `sallyport: needs Node.js 24 or newer, this is ${process.versions.node}\n` +
      'hint: inside a checkout, `npm ci` brings one along: start through `npx sallyport …` or `npm run …`\n',
  );
  process.exit(1);
}
// What a gateway needs of its process can only be said before Node starts: threads for those who wait for fsync (four,
// the default, are soon all waiting), a young generation and malloc arenas that do not keep for good what one large
// push once needed. The process image is replaced: same process, same streams.
const TUNED = { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2' };
const FLAGS = ['--max-semi-space-size=8', '--initial-old-space-size=64', '--heap-growing-percent=30'];
const isTuned = process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'));
if (process.argv[2] === 'serve' && !isTuned && process.platform !== 'win32') {
  const flags = [...process.execArgv, ...FLAGS];
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], {
    ...TUNED,
    ...process.env,
  });
}
const shipped = import.meta.url.includes('/dist/');
const [command, ...rest] = process.argv.slice(2);
if (command === 'agent' && rest[0] === 'run') rest.shift();
const isAgent = command === 'agent' && (rest.length === 0 || (rest.length === 2 && rest[0] === '--config'));
if (isAgent) {
  const { main } = await import(shipped ? './agent/main.js' : './agent/main.ts');
  process.exitCode = await main(rest[1]);
} else await import(shipped ? './main.js' : './main.ts');
