// An ssh upstream whose code is loaded when it is first needed: ssh2 takes longer to load than all else here together,
// and an agent that starts has to be at its gateway before.
import type { SshUpstreamOptions } from './ssh-upstream.ts';
import type { Upstream } from './upstream.ts';

export interface LazyUpstream extends Upstream {
  /** Loads it now, so that the first request need not wait. */
  warm(): Promise<void>;
}

export function lazySshUpstream(options: SshUpstreamOptions): LazyUpstream {
  let loading: Promise<Upstream> | undefined;
  let isClosed = false;
  const upstream = (): Promise<Upstream> => {
    loading ??= import('./ssh-upstream.ts').then(async ({ createSshUpstream }) => {
      const made = createSshUpstream(options);
      if (isClosed) await made.close();
      return made;
    });
    return loading;
  };
  return {
    advertise: async (service, request) => (await upstream()).advertise(service, request),
    uploadPack: async (request, body) => (await upstream()).uploadPack(request, body),
    receivePack: async (request, body) => (await upstream()).receivePack(request, body),
    check: async () => (await upstream()).check(),
    async warm() {
      await upstream();
    },
    async close() {
      isClosed = true;
      await (await loading)?.close();
    },
  };
}
