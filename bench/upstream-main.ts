// The upstream of the bench, as a process of its own: what it needs must not count as anybody else's time.
// Arguments: directory of repositories, file with the http password, and, where sshd is missing, the file of a public
// key that ssh2's server lets in. Says where it listens in one line of JSON, and ends with its standard input.
import { readFile } from 'node:fs/promises';
import { startGitHttpServer } from '../src/demo-upstream/http-server.ts';
import { startGitSshServer } from '../src/demo-upstream/ssh-server.ts';

const [root = '', passwordFile = '', publicKeyFile] = process.argv.slice(2);
const password = (await readFile(passwordFile, 'utf8')).trim();
const http = await startGitHttpServer({ root, auth: { username: 'bench', password } });
const ssh =
  publicKeyFile === undefined
    ? undefined
    : await startGitSshServer({ root, authorizedKeys: [await readFile(publicKeyFile, 'utf8')] });
process.stdout.write(
  `${JSON.stringify({ http: http.port, ...(ssh === undefined ? {} : { ssh: ssh.port, hostKey: ssh.hostKey }) })}\n`,
);
process.stdin.resume();
process.stdin.once('end', () => process.exit());
