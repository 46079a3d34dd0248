// `npm run demo`. Plain JavaScript, so that an old Node reads it and can say so; npm brings the right one along.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `sallyport demo: needs Node.js 24 or newer, this is ${process.versions.node}\n` +
      'hint: inside a checkout, `npm ci` brings one along: start it with `npm run demo`\n',
  );
  process.exit(1);
}
const { demo } = await import('./demo.ts');
process.exitCode = await demo(process.argv.slice(2));
