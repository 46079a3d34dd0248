// A real http server on loopback that plays a forge or an OAuth server, and keeps what it was sent.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TokenServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function startTokenServer(answer: (asked: Asked) => Answer | Promise<Answer>): Promise<TokenServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization = '' } = request.headers;
    const one = { method: request.method ?? '', path: request.url ?? '', authorization, body };
    asked.push(one);
    const { status, json, headers } = await answer(one);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(json ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
