// What a client is told first: the upstream's own advertisement, with the capabilities of the gateway.
import type { UpstreamRefusal } from '../domain/ports.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import {
  type Advertisement,
  filterV2Advertisement,
  formatAdvertisement,
  isV2,
  receivePackCapabilitiesFor,
} from '../protocol/advertisement.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { collect, MAX_ADVERTISEMENT_BYTES } from './collect.ts';
import type { Gate } from './gate.ts';
import { readTips } from './upstream-tips.ts';

export type Advertised =
  | { readonly outcome: 'ok'; readonly bytes: Buffer; readonly advertisement?: Advertisement }
  | UpstreamRefusal;

/** For a pusher: refs as the upstream has them, capabilities as the gateway understands them. */
export async function advertiseReceivePack(
  gate: Pick<Gate, 'agent' | 'log' | 'version'>,
  address: RepoAddress,
  signal?: AbortSignal,
): Promise<Advertised> {
  const tips = await readTips(gate, address, signal);
  if (tips.outcome !== 'ok') return tips;
  const shown: Advertisement = {
    ...tips.advertisement,
    version: 0, // there is no v2 push, and v1 differs in one packet that no client needs
    // `.have` lines would let a client leave out objects that no ref of the upstream reaches: unseen by us.
    haves: [],
    // Thin packs need bases that a partial mirror lacks; clients that send them nevertheless cost a full fetch once.
    capabilities: receivePackCapabilitiesFor(tips.advertisement.capabilities, { thin: false, version: gate.version }),
  };
  return { outcome: 'ok', bytes: formatAdvertisement(shown), advertisement: tips.advertisement };
}

/** For a fetcher: the upstream's bytes, less the v2 capabilities that lead round the gateway. */
export async function advertiseUploadPack(
  gate: Pick<Gate, 'agent' | 'log'>,
  address: RepoAddress,
  gitProtocol: string | undefined,
  signal?: AbortSignal,
): Promise<Advertised> {
  const answer = await gate.agent.advertise('git-upload-pack', {
    address,
    ...(gitProtocol === undefined ? {} : { gitProtocol }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.outcome !== 'ok') return answer;
  try {
    const bytes = await collect(answer.body, MAX_ADVERTISEMENT_BYTES);
    return { outcome: 'ok', bytes: isV2(bytes) ? filterV2Advertisement(bytes) : bytes };
  } catch (error) {
    gate.log.warn({ repo: address.repo, error: String(error) }, 'upstream advertisement could not be read');
    if (error instanceof ProtocolError && error.code === 'upstream-err') return { outcome: 'not-found' };
    return { outcome: 'unavailable', detail: 'its ref advertisement could not be read', sent: false };
  }
}

/** The words for a repository that cannot be reached, the same for "does not exist" and "not for you". */
export function refusalText(refusal: UpstreamRefusal): string {
  if (refusal.outcome === 'not-found') return 'repository not found';
  return refusal.noAgent === true
    ? 'the agent for this repository is not connected\nhint: try again later, or tell whoever runs it'
    : 'the upstream is unavailable now\nhint: try again later';
}
