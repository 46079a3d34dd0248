// The gateway's own fetch client: objects by id for the mirror, over the same stateless port as everybody's fetches.
// v2 where the upstream speaks it (any id may be wanted), v0 where it does not (tips, and what it says it allows).
import { Readable } from 'node:stream';
import type { FetchedPack, ObjectFetch, ObjectFetcher, UpstreamAgent } from '../domain/ports.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import { isV2, parseAdvertisement, parseV2Capabilities } from '../protocol/advertisement.ts';
import type { ObjectFormat, Oid } from '../protocol/oid.ts';
import { type FetchEvent, FetchResponseDecoder, formatV0Fetch, formatV2Fetch } from '../protocol/upload-pack.ts';
import { collect, MAX_ADVERTISEMENT_BYTES } from './collect.ts';

/** What an upstream offers to fetchers, remembered for a while: it changes with its software, not with its refs. */
type Offer =
  | {
      readonly version: 2;
      readonly objectFormat?: ObjectFormat;
      readonly features: ReadonlySet<string>;
      readonly until: number;
    }
  | { readonly version: 0; readonly advertisement: ReturnType<typeof parseAdvertisement>; readonly until: number };

const OFFER_MS = 10 * 60_000;
const MAX_OFFERS = 1_000;

export function createObjectFetcher(agent: UpstreamAgent, now: () => number): ObjectFetcher {
  const offers = new Map<string, Offer>();

  async function offerOf(address: RepoAddress, signal?: AbortSignal) {
    const key = JSON.stringify([address.upstream, address.repo]);
    const known = offers.get(key);
    if (known !== undefined && known.until > now()) return known;
    const answer = await agent.advertise('git-upload-pack', {
      address,
      gitProtocol: 'version=2',
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.outcome !== 'ok') return answer;
    const bytes = await collect(answer.body, MAX_ADVERTISEMENT_BYTES);
    const until = now() + OFFER_MS;
    if (isV2(bytes)) {
      const capabilities = parseV2Capabilities(bytes);
      const objectFormat = capabilities.text('object-format');
      const offer: Offer = {
        version: 2,
        features: new Set(capabilities.text('fetch')?.split(' ') ?? []),
        ...(objectFormat === 'sha1' || objectFormat === 'sha256' ? { objectFormat } : {}),
        until,
      };
      if (offers.size >= MAX_OFFERS) offers.delete(offers.keys().next().value as string);
      offers.set(key, offer);
      return offer;
    }
    // A v0 advertisement lists tips, which move: it is not remembered.
    return { version: 0, advertisement: parseAdvertisement(bytes), until } satisfies Offer;
  }

  return {
    async fetch(address, request, signal) {
      const offer = await offerOf(address, signal);
      if ('outcome' in offer) return offer;
      const plan = offer.version === 2 ? planV2(offer, request) : planV0(offer, request);
      if (typeof plan === 'string') return { outcome: 'refused', text: plan };
      if ('outcome' in plan) return plan;
      const answer = await agent.uploadPack({
        address,
        body: Readable.from([plan], { objectMode: false }),
        ...(offer.version === 2 ? { gitProtocol: 'version=2' } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer.outcome !== 'ok') return answer;
      return readAnswer(answer.body, offer.version, request.depth !== undefined);
    },
  };
}

function planV2(offer: Extract<Offer, { version: 2 }>, request: ObjectFetch): Buffer | string {
  if (request.depth !== undefined && !offer.features.has('shallow')) return 'the upstream cannot send shallow history';
  return formatV2Fetch({
    wants: request.wants,
    done: true,
    ...(request.depth === undefined ? {} : { depth: request.depth }),
    ...(request.filter !== undefined && offer.features.has('filter') ? { filter: request.filter } : {}),
    ...(offer.objectFormat === undefined ? {} : { objectFormat: offer.objectFormat }),
  });
}

function planV0(
  offer: Extract<Offer, { version: 0 }>,
  request: ObjectFetch,
): Buffer | string | Extract<FetchedPack, { outcome: 'refused' }> {
  const { advertisement } = offer;
  const has = (name: string) => advertisement.capabilities.has(name);
  if (request.depth !== undefined && !has('shallow')) return 'the upstream cannot send shallow history';
  const tips = new Set(advertisement.refs.map((ref) => ref.oid));
  const free = has('allow-reachable-sha1-in-want') || has('allow-any-sha1-in-want');
  if (!free && !request.wants.every((oid) => tips.has(oid))) {
    return { outcome: 'refused', text: 'the upstream serves only the tips of its refs', tips: [...tips] };
  }
  const capabilities = new Map<string, string | true>();
  for (const name of ['side-band-64k', 'ofs-delta', 'no-progress']) if (has(name)) capabilities.set(name, true);
  if (!capabilities.has('side-band-64k')) return 'the upstream has no side-band-64k';
  if (request.filter !== undefined && has('filter')) capabilities.set('filter', true);
  if (has('object-format')) capabilities.set('object-format', advertisement.objectFormat);
  return formatV0Fetch({
    wants: request.wants,
    capabilities,
    ...(request.depth === undefined ? {} : { depth: request.depth }),
    ...(capabilities.has('filter') && request.filter !== undefined ? { filter: request.filter } : {}),
  });
}

/** Reads up to the first byte of the pack, so that a refusal is a value and the shallow boundary is known. */
async function readAnswer(body: Readable, version: 0 | 2, depth: boolean): Promise<FetchedPack> {
  const decoder = new FetchResponseDecoder({ version, depth });
  const shallow: Oid[] = [];
  const unshallow: Oid[] = [];
  const events = eventsOf(decoder, body);
  for (;;) {
    const { value, done } = await events.next();
    if (done === true || value.kind === 'end') {
      return { outcome: 'unavailable', detail: 'it sent no objects', sent: false };
    }
    if (value.kind === 'shallow') shallow.push(value.oid);
    else if (value.kind === 'unshallow') unshallow.push(value.oid);
    else if (value.kind === 'error') {
      body.destroy();
      return { outcome: 'refused', text: value.text.slice(0, 300) };
    } else if (value.kind === 'pack') {
      return {
        outcome: 'ok',
        shallow,
        unshallow,
        pack: Readable.from(packOf(value.data, events), { objectMode: false }),
      };
    }
  }
}

async function* eventsOf(decoder: FetchResponseDecoder, body: Readable): AsyncGenerator<FetchEvent, undefined> {
  for await (const chunk of body) {
    decoder.write(chunk as Buffer);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) yield event;
  }
  const last = decoder.finish();
  if (last !== undefined) yield last;
  return undefined;
}

async function* packOf(first: Buffer, events: AsyncGenerator<FetchEvent, undefined>): AsyncGenerator<Buffer> {
  yield Buffer.from(first);
  for await (const event of events) {
    if (event.kind === 'pack') yield Buffer.from(event.data);
    else if (event.kind === 'error') throw new Error(`the upstream broke off: ${event.text.slice(0, 300)}`);
  }
}
