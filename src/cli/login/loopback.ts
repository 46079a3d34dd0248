// Where the browser brings the code: a listener on this machine's loopback for the time of one login (RFC 8252, 7.3).
import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError } from '../terminal.ts';

export interface Loopback {
  readonly redirectUri: string;
  /** The code that comes with this state from this issuer. Rejects when the person said no, or nobody came in time. */
  code(expected: { readonly state: string; readonly issuer: string }, timeoutMs: number): Promise<string>;
  close(): void;
}

export async function openLoopback(): Promise<Loopback> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}/callback`,
    code({ state, issuer }, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new CommandError('nobody logged in in time', 'try again')), timeoutMs);
        server.on('request', (request, response: ServerResponse) => {
          const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
          const query = (name: string) => url?.searchParams.get(name);
          // Any page can make a browser call this address: only what we asked for is looked at.
          if (url?.pathname !== '/callback' || query('state') !== state || query('iss') !== issuer) {
            return answer(response, 404, 'This is not the login that the terminal waits for.');
          }
          clearTimeout(timer);
          const code = query('code');
          answer(
            response,
            200,
            code ? 'Logged in. You can close this page.' : 'Not logged in. You can close this page.',
          );
          if (code) resolve(code);
          else reject(new CommandError('the login was refused in the browser'));
        });
      });
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' };
  response.writeHead(status, { ...headers, 'x-content-type-options': 'nosniff' }).end(`${text}\n`);
}

/** Opens a page in the user's browser, if there is one. The address holds nothing secret: `ps` shows it. */
export function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : [process.env['BROWSER'] || 'xdg-open', url];
  const child = spawn(program as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
