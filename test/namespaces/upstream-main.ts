// A Git server of one repository on one address: `upstream-main.ts ROOT ADDRESS PORT`. Ends with its standard input.
import { connect, createServer } from 'node:net';
import { startGitHttpServer } from '../../src/demo-upstream/http-server.ts';

const [root = '', address = '', port = ''] = process.argv.slice(2);
const password = process.env['UPSTREAM_PASSWORD'] ?? '';
const inner = await startGitHttpServer({ root, auth: { username: 'gate', password } });
const outer = createServer((near) => {
  const far = connect(inner.port, '127.0.0.1');
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on('error', () => {});
});
outer.listen(Number(port), address, () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit(0)).resume();
