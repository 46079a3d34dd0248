// A fetch or a push with isomorphic-git: clone URL DIR | fetch DIR | push DIR REFSPEC. Prints what the server said.
import fs from 'node:fs';
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';

const [verb = '', first = '', second = '', credential = ''] = process.argv.slice(2);
const [username = '', password = ''] = credential.split(':');
const common = {
  fs,
  http,
  onAuth: () => ({ username, password }),
  // Asked again after a 401: without this a wrong token would be tried for ever.
  onAuthFailure: () => ({ cancel: true }),
  onMessage(text: string) {
    process.stdout.write(`remote: ${text}`);
  },
};

if (verb === 'clone') await git.clone({ ...common, url: first, dir: second });
else if (verb === 'fetch') await git.fetch({ ...common, dir: first });
else {
  const [ref = '', remoteRef = ''] = second.split(':');
  try {
    const { refs } = await git.push({ ...common, dir: first, ref, remoteRef });
    for (const [name, { ok }] of Object.entries(refs)) process.stdout.write(`${name} ${ok ? 'ok' : 'rejected'}\n`);
  } catch (error) {
    if (!(error instanceof git.Errors.GitPushError)) throw error;
    for (const [name, { error: why }] of Object.entries(error.data.result.refs)) {
      process.stdout.write(`${name} rejected: ${why}\n`);
    }
    process.exitCode = 1;
  }
}
