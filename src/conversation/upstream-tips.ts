// The upstream's own word on its refs, read anew for each push and each relay.
import type { UpstreamRefusal } from '../domain/ports.ts';
import type { RefUpdate, RepoAddress } from '../domain/push/push.ts';
import { type Advertisement, AdvertisementDecoder } from '../protocol/advertisement.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { type Oid, zeroOid } from '../protocol/oid.ts';
import { MAX_ADVERTISEMENT_BYTES } from './collect.ts';
import type { Gate } from './gate.ts';

export type Tips = { readonly outcome: 'ok'; readonly advertisement: Advertisement } | UpstreamRefusal;

/** Asks for the receive-pack advertisement. An answer that breaks off or is malformed counts as unavailable. */
export async function readTips(
  gate: Pick<Gate, 'agent' | 'log'>,
  address: RepoAddress,
  signal?: AbortSignal,
): Promise<Tips> {
  const answer = await gate.agent.advertise('git-receive-pack', {
    address,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.outcome !== 'ok') return answer;
  try {
    const decoder = new AdvertisementDecoder({ maxBytes: MAX_ADVERTISEMENT_BYTES });
    for await (const chunk of answer.body) decoder.write(chunk as Buffer);
    return { outcome: 'ok', advertisement: decoder.finish() };
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'upstream-err') {
      gate.log.warn({ repo: address.repo, detail: error.message }, 'upstream answered with an error');
      return { outcome: 'not-found' };
    }
    gate.log.warn({ repo: address.repo, error: String(error) }, 'upstream advertisement could not be read');
    return { outcome: 'unavailable', detail: 'its ref advertisement could not be read', sent: false };
  }
}

/** The present value of one ref, as a zero id when it does not exist. */
export function tipOf(advertisement: Advertisement, refName: string): Oid {
  return advertisement.refs.find((ref) => ref.name === refName)?.oid ?? zeroOid(advertisement.objectFormat);
}

/** The first update whose `old` is not what the upstream has now. */
export function firstStale(
  advertisement: Advertisement,
  updates: readonly Pick<RefUpdate, 'refName' | 'oldOid'>[],
): string | undefined {
  const now = new Map(advertisement.refs.map((ref) => [ref.name, ref.oid]));
  const zero = zeroOid(advertisement.objectFormat);
  return updates.find((update) => (now.get(update.refName) ?? zero) !== update.oldOid)?.refName;
}

/** Only tips under namespaces that policy watches make an object "known" (THREATS.md 24, 25). */
export function trustedTips(advertisement: Advertisement): ReadonlySet<Oid> {
  const watched = /^refs\/(heads|tags|notes)\//;
  return new Set(advertisement.refs.filter((ref) => watched.test(ref.name)).map((ref) => ref.oid));
}
