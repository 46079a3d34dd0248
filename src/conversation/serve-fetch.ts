// Clone and fetch: opaque bytes once the repository and the right to read are settled, recorded by repository, wants
// and size. Only v2 requests are looked into, because a v2 client may ask for more than it was offered.
import { Readable, type Writable } from 'node:stream';
import type { TrailEntry } from '../domain/audit/entry.ts';
import type { Principal } from '../domain/principal.ts';
import type { RepoAddress } from '../domain/push/push.ts';
import { isV2, parseAdvertisement } from '../protocol/advertisement.ts';
import { encodePkt } from '../protocol/pkt-line.ts';
import { V2RequestDecoder, whyV2CommandRefused } from '../protocol/upload-pack.ts';
import { advertiseUploadPack, refusalText } from './advertise.ts';
import { collect } from './collect.ts';
import type { Gate } from './gate.ts';
import { pump } from './pump.ts';
import { nextChunk } from './read-commands.ts';
import { FetchRefusedError, serveStateful } from './stateless-fetch.ts';

export interface Fetcher {
  readonly address: RepoAddress;
  readonly principal: Principal;
  readonly gitProtocol?: string;
  readonly signal: AbortSignal;
}

export type FetchAnswer =
  | { readonly outcome: 'ok'; readonly body: Readable }
  | { readonly outcome: 'refused'; readonly status: 400 | 404 | 503; readonly text: string };

/** Wants and haves are lists of ids: far below this for any real repository. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
const WANTS_RECORDED = 20;

/** One stateless upload-pack request (HTTP). */
export async function serveFetch(
  gate: Gate,
  fetch: Fetcher & { readonly body: Readable; readonly door: 'http' },
): Promise<FetchAnswer> {
  let request: Buffer;
  try {
    request = await collect(fetch.body, MAX_REQUEST_BYTES);
  } catch {
    return { outcome: 'refused', status: 400, text: 'the request is too large or could not be read' };
  }
  if (fetch.gitProtocol === 'version=2') {
    const refused = refuseV2(request);
    if (refused !== undefined) return { outcome: 'refused', status: 400, text: refused };
  }
  const wants = await recordStart(gate, fetch, 'http', request);
  const answer = await askUpstream(gate, fetch, request);
  if (answer.outcome !== 'ok') {
    return { outcome: 'refused', status: answer.outcome === 'not-found' ? 404 : 503, text: refusalText(answer) };
  }
  return { outcome: 'ok', body: counted(answer.body, (bytes) => recordEnd(gate, fetch, 'http', wants, bytes)) };
}

/** A whole conversation over a lasting connection (SSH). Resolves with its exit status. */
export async function serveFetchSession(
  gate: Gate,
  fetch: Fetcher & { readonly input: Readable; readonly output: Writable },
): Promise<number> {
  const advertised = await advertiseUploadPack(gate, fetch.address, fetch.gitProtocol, fetch.signal);
  if (advertised.outcome !== 'ok') {
    fetch.output.write(encodePkt(`ERR ${refusalText(advertised)}`));
    return 128;
  }
  fetch.output.write(advertised.bytes);
  if (isV2(advertised.bytes)) return serveV2Session(gate, fetch);
  const { objectFormat } = parseAdvertisement(advertised.bytes);
  const { gitProtocol: _v2, ...v0 } = fetch;
  const asked = fetch.gitProtocol === 'version=1' ? { ...v0, gitProtocol: 'version=1' } : v0;
  let wants = 0;
  let started = false;
  let sent = 0;
  try {
    sent = await serveStateful(
      objectFormat,
      fetch.input,
      fetch.output,
      async (body, section) => {
        wants = section.wants.length;
        if (!started) await recordStart(gate, fetch, 'ssh', body);
        started = true;
        const answer = await askUpstream(gate, asked, body);
        if (answer.outcome === 'ok') return answer.body;
        fetch.output.write(encodePkt(`ERR ${refusalText(answer)}`));
        throw new FetchRefusedError(answer.outcome);
      },
      fetch.signal,
    );
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error;
    gate.log.info({ repo: fetch.address.repo, why: error.message, error: error.cause }, 'fetch refused');
    return 128;
  }
  if (started) recordEnd(gate, fetch, 'ssh', wants, sent);
  return 0;
}

async function serveV2Session(
  gate: Gate,
  fetch: Fetcher & { readonly input: Readable; readonly output: Writable },
): Promise<number> {
  const decoder = new V2RequestDecoder({ maxBytes: MAX_REQUEST_BYTES });
  for (;;) {
    for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
      const refused = whyV2CommandRefused(request);
      if (refused !== undefined) {
        fetch.output.write(encodePkt(`ERR ${refused}`));
        return 128;
      }
      const wants = request.command === 'fetch' ? await recordStart(gate, fetch, 'ssh', request.bytes) : 0;
      const answer = await askUpstream(gate, fetch, request.bytes);
      if (answer.outcome !== 'ok') {
        fetch.output.write(encodePkt(`ERR ${refusalText(answer)}`));
        return 128;
      }
      const bytes = await pump(answer.body, fetch.output, fetch.signal);
      if (request.command === 'fetch') recordEnd(gate, fetch, 'ssh', wants, bytes);
    }
    if (decoder.over) return 0;
    const chunk = await nextChunk(fetch.input, fetch.signal);
    if (chunk === undefined) return 0;
    decoder.write(chunk);
  }
}

/** What of a stateless v2 body may not go upstream: the advertisement is filtered, and so are requests. */
function refuseV2(body: Buffer): string | undefined {
  const decoder = new V2RequestDecoder({ maxBytes: MAX_REQUEST_BYTES });
  decoder.write(body);
  for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
    const refused = whyV2CommandRefused(request);
    if (refused !== undefined) return refused;
  }
  decoder.finish();
  return undefined;
}

function askUpstream(gate: Gate, fetch: Omit<Fetcher, 'principal'>, body: Buffer) {
  return gate.agent.uploadPack({
    address: fetch.address,
    body: Readable.from([body], { objectMode: false }),
    signal: fetch.signal,
    ...(fetch.gitProtocol === undefined ? {} : { gitProtocol: fetch.gitProtocol }),
  });
}

/**
 * Durable before the first byte of the answer. Requests that want nothing (ls-refs) are not recorded. A store that is
 * down stops pushes, not reads: nobody could build or deploy, and what was read is upstream's to give anyway.
 */
async function recordStart(gate: Gate, fetch: Fetcher, door: 'http' | 'ssh', request: Buffer): Promise<number> {
  const wants = request.toString('latin1').match(/(?<=^|\n|[0-9a-f]{4})want(?:-ref)? [^\s\0]+/g) ?? [];
  if (wants.length === 0) return 0;
  const entry: TrailEntry = {
    type: 'fetch.started',
    actor: fetch.principal.name,
    repo: fetch.address.repo,
    body: {
      door,
      wants: wants.length,
      first: wants
        .slice(0, WANTS_RECORDED)
        .map((want) => gate.mask.text(want.slice(want.indexOf(' ') + 1)).slice(0, 100)),
      credential: fetch.principal.credential,
    },
  };
  await gate.trail.append(entry).catch((error: unknown) => {
    gate.log.error({ error, entry }, 'a fetch is served although it could not be recorded');
  });
  return wants.length;
}

function recordEnd(gate: Gate, fetch: Fetcher, door: 'http' | 'ssh', wants: number, bytes: number): void {
  if (wants === 0) return;
  gate.metrics.fetchServed(door, bytes);
  gate.trail
    .append({
      type: 'fetch.served',
      actor: fetch.principal.name,
      repo: fetch.address.repo,
      body: { door, wants, bytes },
    })
    .catch((error: unknown) => gate.log.error({ error }, 'the end of a fetch could not be recorded'));
}

/** Counts bytes on their way and says how many there were, whether the stream ends or breaks. */
function counted(source: Readable, report: (bytes: number) => void): Readable {
  let bytes = 0;
  let reported = false;
  const once = () => {
    if (!reported) report(bytes);
    reported = true;
  };
  source.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  source.pause(); // the listener above must not start the flow
  source.once('close', once);
  source.once('end', once);
  return source;
}
