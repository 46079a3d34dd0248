// ssh2's server with real git behind it, and a relay in front, so that tests can break it.
import { type GitSshServerOptions, startGitSshServer as start } from '../../../src/demo-upstream/ssh-server.ts';
import type { LoggedRequest } from './http-server.ts';
import { type Relay, startRelay } from './relay.ts';

export interface TestSshServer {
  /** Through the relay: `ssh://git@127.0.0.1:port`, the repository follows. */
  readonly url: string;
  readonly port: number;
  readonly hostKey: string;
  /** Commands that were run, with `exec` as their method. */
  readonly requests: readonly LoggedRequest[];
  readonly relay: Relay;
  close(): Promise<void>;
}

/** A real Git server over ssh on loopback, without sshd. */
export async function startGitSshServer(
  options: GitSshServerOptions & { readonly onBytes?: (request: LoggedRequest, chunk: Buffer) => void },
): Promise<TestSshServer> {
  const requests: LoggedRequest[] = [];
  const server = await start({
    ...options,
    onCommand(command, input) {
      const logged = { method: 'exec', path: command, headers: {}, bytes: 0 };
      requests.push(logged);
      // Counted without listening, as over http: git owns the stream.
      const push = input.push.bind(input);
      input.push = (chunk, encoding) => {
        if (chunk !== null) {
          logged.bytes += chunk.length;
          options.onBytes?.(logged, chunk);
        }
        return push(chunk, encoding);
      };
      options.onCommand?.(command, input);
    },
  });
  const relay = await startRelay(server.port);
  return {
    url: `ssh://git@127.0.0.1:${relay.port}`,
    port: relay.port,
    hostKey: server.hostKey,
    requests,
    relay,
    async close() {
      await relay.close();
      await server.close();
    },
  };
}
