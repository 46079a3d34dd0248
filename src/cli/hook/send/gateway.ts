// Where the records go, and as whom: the gateway that the developer's pushes go to, with the same credential.
import { askGit, runGit } from '../git/run-git.ts';

export interface Gateway {
  readonly url: URL;
  readonly authorization: string;
}

/** SALLYPORT_URL with SALLYPORT_TOKEN; else `sallyport.url` with what git's credential helpers have for it. */
export function findGateway(top: string, env: NodeJS.ProcessEnv = process.env): Gateway | { readonly missing: string } {
  const { SALLYPORT_URL, SALLYPORT_TOKEN } = env;
  const url = URL.parse(SALLYPORT_URL || askGit(top, 'config', '--get', 'sallyport.url') || '');
  if (url === null || !/^https?:$/.test(url.protocol))
    return { missing: 'no gateway: git config sallyport.url is not set' };
  if (SALLYPORT_URL && SALLYPORT_TOKEN) return { url, authorization: `Bearer ${SALLYPORT_TOKEN}` };
  const filled = filledCredential(top, url);
  return filled === undefined ? { missing: `no credential for ${url.origin}` } : { url, authorization: filled };
}

function filledCredential(top: string, url: URL): string | undefined {
  const given = url.username === '' || url.password === '' ? undefined : url;
  const username = given?.username ?? url.username;
  const asked = [
    `protocol=${url.protocol.slice(0, -1)}`,
    `host=${url.host}`,
    ...(username ? [`username=${username}`] : []),
  ];
  const options = { input: `${asked.join('\n')}\n\n`, timeout: 5_000, env: { GIT_ASKPASS: '', SSH_ASKPASS: '' } };
  const output = given === undefined ? runGit(top, ['credential', 'fill'], options)?.toString('utf8') : undefined;
  const field = (name: string) => output?.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1];
  const user = given === undefined ? field('username') : decodeURIComponent(given.username);
  const password = given === undefined ? field('password') : decodeURIComponent(given.password);
  if (user === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
