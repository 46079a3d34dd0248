// The public keys of a provider (RFC 7517). Fetched when they are needed and a while old; at once for a key id that is
// new, since that is how a rotation shows, but not for everybody who invents one. While the provider is down the keys it
// had go on, for a bounded time: a key that was taken back must not count for ever.
import { type CryptoKey, createLocalJWKSet, type JSONWebKeySet, type JWK, type JWSHeaderParameters } from 'jose';
import type { Clock } from '../../../domain/ports.ts';

export type FoundKey =
  | { readonly outcome: 'key'; readonly key: CryptoKey }
  | { readonly outcome: 'unknown-key' }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface ProviderKeys {
  find(header: JWSHeaderParameters): Promise<FoundKey>;
}

const FRESH_MS = 10 * 60_000;
const USABLE_MS = 12 * 3600_000;
/** A new key id makes us ask at once, and then not again that soon. */
const NEW_KEY_INTERVAL_MS = 10_000;
const RETRY_MS = 5_000;
const MAX_KEYS = 100;

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** `load` fetches the key set as it is now. */
export function createProviderKeys(load: () => Promise<unknown>, clock: Clock): ProviderKeys {
  let keys: { readonly set: KeySet; readonly at: number } | undefined;
  let loading: Promise<void> | undefined;
  let failed: { readonly at: number; readonly reason: string } | undefined;
  let askedForNewKey = Number.NEGATIVE_INFINITY;

  async function reload(): Promise<void> {
    const at = clock.now();
    try {
      keys = { set: createLocalJWKSet(usableKeys(await load())), at };
      failed = undefined;
    } catch (error) {
      failed = { at, reason: error instanceof Error ? error.message : 'unexpected error' };
    }
  }

  /** One request however many wait for it. */
  function refresh(): Promise<void> {
    loading ??= reload().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function search(header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
    // Several keys for one header, or a key that this algorithm cannot use: none is as good as another.
    return keys?.set(header).catch(() => undefined);
  }

  return {
    async find(header) {
      const now = clock.now();
      const isOld = keys === undefined || now - keys.at > FRESH_MS;
      if (isOld && (failed === undefined || now - failed.at >= RETRY_MS)) await refresh();
      let key = await search(header);
      if (key === undefined && keys !== undefined && now - askedForNewKey >= NEW_KEY_INTERVAL_MS) {
        askedForNewKey = now;
        await refresh();
        key = await search(header);
      }
      if (keys === undefined || clock.now() - keys.at > USABLE_MS) {
        return { outcome: 'unavailable', reason: `its keys cannot be fetched: ${failed?.reason ?? 'no answer'}` };
      }
      return key === undefined ? { outcome: 'unknown-key' } : { outcome: 'key', key };
    },
  };
}

/** Public keys for signatures alone: a shared secret among them would make everybody who knows it the provider. */
function usableKeys(document: unknown): JSONWebKeySet {
  const list = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(list) || list.length > MAX_KEYS) throw new Error('the key set is none');
  const keys = list.filter(
    (key: unknown): key is JWK =>
      typeof key === 'object' && key !== null && 'kty' in key && ['RSA', 'EC', 'OKP'].includes(String(key.kty)),
  );
  return { keys: keys.map(({ d: _private, ...key }) => key) };
}
