// git's http-backend with a log of requests and a relay in front, so that tests can break it.
import { type GitHttpServerOptions, startGitHttpServer as start } from '../../../src/demo-upstream/http-server.ts';
import { type Relay, startRelay } from './relay.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Of its body, so far. */
  bytes: number;
}

export interface TestHttpServer {
  /** Through the relay; without a slash at the end. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  readonly relay: Relay;
  close(): Promise<void>;
}

/** A real Git server over smart HTTP on loopback. */
export async function startGitHttpServer(
  options: GitHttpServerOptions & { readonly onBytes?: (request: LoggedRequest, chunk: Buffer) => void },
): Promise<TestHttpServer> {
  const requests: LoggedRequest[] = [];
  const server = await start({
    ...options,
    onRequest(request, response) {
      const logged = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, bytes: 0 };
      requests.push(logged);
      // Counted without listening: the CGI pipe below owns the stream.
      const push = request.push.bind(request);
      request.push = (chunk, encoding) => {
        if (chunk !== null) {
          logged.bytes += chunk.length;
          options.onBytes?.(logged, chunk);
        }
        return push(chunk, encoding);
      };
      return options.onRequest?.(request, response);
    },
  });
  const relay = await startRelay(server.port);
  return {
    url: `http://127.0.0.1:${relay.port}`,
    requests,
    relay,
    async close() {
      await relay.close();
      await server.close();
    },
  };
}
