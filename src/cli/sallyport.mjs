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
// Four threads, the default, wait for fsync while everything else queues behind them. Read at their first use.
process.env.UV_THREADPOOL_SIZE ??= '16';
const shipped = import.meta.url.includes('/dist/');
await import(shipped ? './main.js' : './main.ts');
