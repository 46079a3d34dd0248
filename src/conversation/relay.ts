// From a durable intent to the upstream's own answer (life of a push, step 8 and 9).
//
//   claim (fencing token) -> read the upstream's tips -> send the client's commands and the recorded pack bytes ->
//   read the report -> record the outcome -> only then may anybody be told.
//
// What if we stop here? Before the first byte: the push is still `relaying`, the next owner of its lease starts over.
// After it: nobody knows what the upstream did, so the next owner asks the upstream first (reconcile) and sends again
// only if no ref moved; the upstream's own compare-and-swap on `old` makes a second arrival harmless.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { countApprovals } from '../domain/approval/approval.ts';
import type { Lease, UpstreamRefusal } from '../domain/ports.ts';
import type { Push, PushState, RefOutcome } from '../domain/push/push.ts';
import type { Advertisement } from '../protocol/advertisement.ts';
import { visibleText } from '../protocol/bytes.ts';
import { isZeroOid, type Oid } from '../protocol/oid.ts';
import { formatReceivePackRequest, ReceivePackDecoder, type ReceivePackRequest } from '../protocol/receive-pack.ts';
import { parseReport, type Report } from '../protocol/report-status.ts';
import { SidebandDecoder } from '../protocol/sideband.ts';
import { approvalFacts } from './approval-facts.ts';
import { hasMaskedRef, withExactRefs } from './exact-refs.ts';
import type { Gate } from './gate.ts';
import { foreignOptions } from './push-options.ts';
import { lostStanding } from './standing.ts';
import { firstStale, readTips } from './upstream-tips.ts';

/** Part of a lease that a connected client waits for a lost report to be settled: 10 s of 60. */
const RECONCILE_SHARE = 1 / 6;
const MAX_REPORT_BYTES = 64 * 1024 * 1024;
const PUMP_CHUNK = 1 << 18;

export type RelayEnd =
  | { readonly state: 'landed' | 'declined' | 'stale'; readonly push: Push }
  /** Sent, but what the upstream did with it is not known yet; the lease is kept for the next attempt. */
  | { readonly state: 'unknown'; readonly push: Push }
  /** Nothing was sent; a later attempt may. */
  | { readonly state: 'unreachable'; readonly detail: string }
  /** Another gateway took over. */
  | { readonly state: 'lost' };

export interface RelayOptions {
  /** Tips read for this very push moments ago; absent = read them now. */
  readonly advertisement?: Advertisement;
  /** Commands and options as the client sent them a moment ago; absent = read from the recording. */
  readonly request?: ReceivePackRequest;
  /** Gets the upstream's progress and messages. */
  readonly onProgress?: (text: string) => void;
  /** Somebody waits for the answer: an upstream that cannot be reached ends the push instead of postponing it. */
  readonly attended: boolean;
}

/** Relays a push whose lease we hold, and records how it ended. */
export async function relayPush(gate: Gate, stored: Push, lease: Lease, options: RelayOptions): Promise<RelayEnd> {
  const held = keepLease(gate, stored, lease);
  let push = stored;
  try {
    await gate.failPoint('relay-claimed');
    push = await asSent(gate, stored, options.request);
    if (isRepeated(push, lease)) {
      // Ask before sending.
      const settled = await reconcile(gate, push, lease);
      if (settled !== undefined) return settled;
    }
    const tips =
      options.advertisement === undefined
        ? await readTips(gate, push.address)
        : ({ outcome: 'ok', advertisement: options.advertisement } as const);
    if (tips.outcome !== 'ok') return await notSent(gate, push, lease, options.attended, describeRefusal(tips));
    const stale = firstStale(tips.advertisement, push.updates);
    if (stale !== undefined) {
      return await settle(gate, push, lease, 'stale', { note: `the upstream moved ${visibleText(stale)} meanwhile` });
    }
    // Approvals are bound to the push as it is stored.
    const obstacle = (await missingApproval(gate, stored)) ?? (await missingRight(gate, stored, options));
    if (obstacle?.isKnown === false) return await notSent(gate, push, lease, false, obstacle.text);
    if (obstacle !== undefined) return await settle(gate, push, lease, 'declined', { note: obstacle.text });
    return await send(gate, push, lease, tips.advertisement, options, held);
  } catch (error) {
    if (!(error instanceof AlteredRecordingError)) throw error;
    // Nothing was sent, and no later attempt will find what was decided on.
    gate.log.error({ push: push.id, error }, 'a recording was altered');
    return await settle(gate, push, lease, 'declined', { note: error.message });
  } finally {
    held.stop();
  }
}

/** The push with the names of refs that the upstream knows. */
async function asSent(gate: Gate, push: Push, request: ReceivePackRequest | undefined): Promise<Push> {
  if (!hasMaskedRef(push)) return push;
  if (request === undefined) await verifyRecording(gate, push);
  const { commands } = request ?? (await openRecorded(gate, push)).request;
  return withExactRefs(push, commands, gate.mask);
}

/** An earlier owner of the push may have sent it. */
function isRepeated(push: Push, lease: Lease): boolean {
  return push.state === 'unknown' || lease.token > 1;
}

interface Obstacle {
  readonly text: string;
  /** False: it may count still, but whoever vouches for the person gives no answer. */
  readonly isKnown: boolean;
}

/** Approvals count only if they count now (THREATS.md 63): the group may have been left since. */
async function missingApproval(gate: Gate, push: Push): Promise<Obstacle | undefined> {
  if (push.requirements.length === 0) return undefined;
  const facts = await approvalFacts(gate, push);
  const open = countApprovals(push, facts).find((requirement) => requirement.given < requirement.count);
  if (open === undefined) return undefined;
  const unknown = push.approvals.map(({ by }) => facts.people.get(by)?.unknown).find((reason) => reason !== undefined);
  if (unknown !== undefined) return { text: `an approval of ${open.group}: ${unknown}`, isKnown: false };
  return { text: `an approval of ${open.group} counts no longer: push again to ask anew`, isKnown: true };
}

/** One that somebody waits for was decided a moment ago, on who they were then. */
async function missingRight(gate: Gate, push: Push, { attended }: RelayOptions): Promise<Obstacle | undefined> {
  return attended ? undefined : lostStanding(gate, push);
}

async function send(
  gate: Gate,
  push: Push,
  lease: Lease,
  advertisement: Advertisement,
  options: RelayOptions,
  held: HeldLease,
): Promise<RelayEnd> {
  // What somebody has just sent us is hashed on its way up. What has lain on the disk is hashed before: git acts on a
  // pack, or on deletions, as soon as it has read them, so the missing end of a request might be missed by nobody.
  if (!options.attended) await verifyRecording(gate, push);
  const recorded = options.request === undefined ? await openRecorded(gate, push) : recordedOf(push, options.request);
  const header = formatReceivePackRequest({
    ...recorded.request,
    ...upstreamForm(recorded.request, advertisement, gate.version),
  });
  await gate.failPoint('relay-begin');
  // A process that was stopped for longer than its lease has a successor: whatever that one did is not done again.
  if (!held.isOurs()) return { state: 'lost' };
  const body = verifiedBody(gate, push, header, recorded.packStart);
  const answer = await gate.agent.receivePack({
    address: push.address,
    body,
    length: header.length + recorded.packBytes,
  });
  if (answer.outcome !== 'ok') {
    body.destroy();
    if (answer.outcome === 'unavailable' && answer.sent) return inDoubt(gate, push, lease, options);
    return notSent(gate, push, lease, options.attended, describeRefusal(answer));
  }
  await gate.failPoint('relay-sent');
  let report: Report | undefined;
  try {
    report = await readReport(answer.body, header.includes('side-band-64k'), options.onProgress);
  } catch (error) {
    gate.log.warn({ push: push.id, error: String(error) }, 'the upstream answer broke off');
  }
  await gate.failPoint('relay-reported');
  if (report === undefined) return inDoubt(gate, push, lease, options);
  const outcomes = outcomesOf(push, report);
  if (outcomes === undefined) return inDoubt(gate, push, lease, options);
  const landed = outcomes.some((outcome) => outcome.ok);
  const declined = outcomes.find((outcome) => !outcome.ok);
  if (declined !== undefined && isRepeated(push, lease)) {
    // An earlier attempt may have arrived after all, while this one was under way, and be why this one was declined.
    const found = await reconcile(gate, push, lease);
    if (found !== undefined) return found;
  }
  return settle(gate, push, lease, landed ? 'landed' : 'declined', {
    outcomes,
    ...(declined === undefined ? {} : { note: `upstream: ${declined.reason ?? 'declined'}` }),
    // The note of the time when nobody knew would stay otherwise.
    ...(declined === undefined && push.state === 'unknown' ? { note: 'sent again after a lost report' } : {}),
  });
}

/** The report is lost. Ask the upstream what happened until it is clear or the client has waited long enough. */
async function inDoubt(gate: Gate, push: Push, lease: Lease, options: RelayOptions): Promise<RelayEnd> {
  const moved = await gate.pushes.transition({
    id: push.id,
    from: ['relaying', 'unknown'],
    to: 'unknown',
    fence: lease.token,
    set: { note: 'the report of the upstream was lost; asking the upstream what it has' },
    entry: entryOf(push, 'push.unknown', {}),
  });
  if (moved === undefined) return { state: 'lost' };
  const deadline = gate.clock.now() + (options.attended ? gate.limits.leaseMs * RECONCILE_SHARE : 0);
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    const settled = await reconcile(gate, moved.push, lease, 'while it may still be at work');
    if (settled !== undefined) return settled;
    if (gate.clock.now() + pause > deadline) {
      // Nobody waits any longer: whoever sweeps next may ask again at once.
      if (options.attended) await gate.pushes.renewLease(push.id, lease.token, gate.clock.now());
      return { state: 'unknown', push: moved.push };
    }
    await sleep(pause);
  }
}

/**
 * Compares the upstream's refs with what the push wanted. `undefined` = no ref moved, or nothing can be said yet: a
 * server that has lost us goes on with what it has, one ref after the other.
 */
async function reconcile(
  gate: Gate,
  push: Push,
  lease: Lease,
  when?: 'while it may still be at work',
): Promise<RelayEnd | undefined> {
  const tips = await readTips(gate, push.address);
  if (tips.outcome !== 'ok') return undefined;
  const now = new Map(tips.advertisement.refs.map((ref) => [ref.name, ref.oid]));
  const outcomes: RefOutcome[] = [];
  let untouched = 0;
  for (const update of push.updates) {
    const tip = now.get(update.refName);
    const arrived = isZeroOid(update.newOid) ? tip === undefined : tip === update.newOid;
    if (arrived) outcomes.push({ refName: update.refName, ok: true });
    else if ((tip ?? '0'.repeat(update.oldOid.length)) === update.oldOid) {
      untouched += 1;
      outcomes.push({ refName: update.refName, ok: false, reason: 'the upstream did not take it' });
    } else if (tip !== undefined && !isZeroOid(update.newOid) && (await wentThrough(gate, push, update.newOid, tip))) {
      // Somebody built upon it meanwhile. Inferred: without a receipt ref, "landed, reverted, pushed again by
      // somebody else" looks the same.
      outcomes.push({ refName: update.refName, ok: true });
    } else outcomes.push({ refName: update.refName, ok: false, reason: 'the upstream moved meanwhile' });
  }
  if (untouched === push.updates.length || (untouched > 0 && when !== undefined)) return undefined;
  const landed = outcomes.some((outcome) => outcome.ok);
  return settle(gate, push, lease, landed ? 'landed' : 'stale', {
    outcomes,
    note: 'found out by asking the upstream',
  });
}

async function wentThrough(gate: Gate, push: Push, newOid: Oid, tip: Oid): Promise<boolean> {
  try {
    const mirror = await gate.workspaces.mirror(push.address, push.objectFormat);
    return (await mirror.reachable([newOid], new Set([tip]))).has(newOid);
  } catch {
    return false;
  }
}

async function notSent(gate: Gate, push: Push, lease: Lease, attended: boolean, detail: string): Promise<RelayEnd> {
  if (!attended || push.requirements.length > 0) return { state: 'unreachable', detail };
  return settle(gate, push, lease, 'declined', { note: `${detail}; nothing was sent` });
}

type Settled = 'landed' | 'declined' | 'stale';

async function settle(
  gate: Gate,
  push: Push,
  lease: Lease,
  state: Settled,
  set: { readonly outcomes?: readonly RefOutcome[]; readonly note?: string },
): Promise<RelayEnd> {
  const now = gate.clock.now();
  const done = await gate.pushes.transition({
    id: push.id,
    from: ['relaying', 'unknown'],
    to: state,
    fence: lease.token,
    set: { ...set, ...(state === 'landed' ? { landedAt: now } : {}) },
    entry: entryOf(push, `push.${state}`, { outcomes: set.outcomes ?? [], note: set.note ?? null }),
  });
  if (done === undefined) return { state: 'lost' };
  await gate.failPoint('after-outcome');
  gate.wake.notify(push.id);
  return { state, push: done.push };
}

/** After the answer: the objects join the mirror if the upstream took them, or go. */
export async function clearQuarantine(gate: Gate, push: Push): Promise<void> {
  if (push.state === 'landed' && push.outcomes?.every((outcome) => outcome.ok) !== false) {
    const quarantine = await gate.workspaces.quarantine(push.id, push.address, push.objectFormat);
    await quarantine.promote();
    await gate.failPoint('promoted');
    gate.onLanded?.(push);
  } else await gate.workspaces.removeQuarantine(push.id);
}

function entryOf(push: Push, type: `push.${PushState}`, body: Record<string, unknown>) {
  return {
    type: type as 'push.landed',
    actor: push.principal.name,
    repo: push.address.repo,
    pushId: push.id,
    body: { updates: push.updates, ...body },
  };
}

function describeRefusal(refusal: UpstreamRefusal): string {
  if (refusal.outcome === 'unavailable' && refusal.noAgent === true)
    return 'the agent for this repository is not connected';
  return refusal.outcome === 'not-found' ? 'the upstream refused access' : 'the upstream is unavailable';
}

interface HeldLease {
  /** False once it may have run out. True is a guess: what decides is the fence of the next write. */
  isOurs(): boolean;
  stop(): void;
}

/** Renews the lease while the relay runs. */
function keepLease(gate: Gate, push: Push, lease: Lease): HeldLease {
  const { leaseMs } = gate.limits;
  let until = lease.until;
  const renew = async () => {
    const wanted = gate.clock.now() + leaseMs;
    if (await gate.pushes.renewLease(push.id, lease.token, wanted)) until = wanted;
  };
  const timer = setInterval(() => renew().catch(() => {}), leaseMs / 3);
  timer.unref();
  return { isOurs: () => gate.clock.now() < until, stop: () => clearInterval(timer) };
}

interface RecordedRequest {
  readonly request: ReceivePackRequest;
  readonly packStart: number;
  readonly packBytes: number;
}

/** The recording is not what the decision was about: altered, cut or gone. */
class AlteredRecordingError extends Error {
  readonly code = 'recording-altered';
  constructor(push: Push) {
    super(`the recording of push ${push.id} is not what was recorded: nothing was relayed`);
  }
}

async function verifyRecording(gate: Gate, push: Push): Promise<void> {
  if ((await gate.recordings.size(push.id)) !== push.request?.bytes) throw new AlteredRecordingError(push);
  const hash = createHash('sha256');
  for await (const chunk of gate.recordings.read(push.id, 0)) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== push.request?.sha256) throw new AlteredRecordingError(push);
}

function recordedOf(push: Push, request: ReceivePackRequest): RecordedRequest {
  const packStart = request.headerBytes.length;
  if (push.request === undefined) throw new Error(`push ${push.id} has no recording`);
  return { request, packStart, packBytes: push.request.bytes - packStart };
}

/** The recorded request, parsed again by the same decoder that read it from the client. */
export async function openRecorded(gate: Gate, push: Push): Promise<RecordedRequest> {
  const size = await gate.recordings.size(push.id);
  if (size === undefined || size !== push.request?.bytes) {
    throw new Error(`the recording of push ${push.id} is not what was recorded`);
  }
  const decoder = new ReceivePackDecoder({
    objectFormat: push.objectFormat,
    advertised: { pushOptions: true, atomic: true },
    limits: { maxRefUpdates: gate.limits.maxRefUpdates },
  });
  for await (const chunk of gate.recordings.read(push.id, 0)) {
    decoder.write(chunk as Buffer);
    const request = decoder.result();
    if (request === undefined) continue;
    const packStart = request.headerBytes.length;
    return { request, packStart, packBytes: size - packStart };
  }
  throw new Error(`the recording of push ${push.id} has no commands`);
}

/** Our header, then the pack bytes as recorded. The last chunk leaves only if every recorded byte, header included,
 * has the digest that was decided on (THREATS.md 48): else the request stays incomplete and no upstream acts on it. */
function verifiedBody(gate: Gate, push: Push, header: Buffer, packStart: number): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let out: Buffer = header;
    let at = 0;
    for await (const read of gate.recordings.read(push.id, 0)) {
      let chunk = read as Buffer;
      hash.update(chunk);
      const skip = Math.min(Math.max(packStart - at, 0), chunk.length);
      at += chunk.length;
      chunk = chunk.subarray(skip);
      if (chunk.length === 0) continue;
      if (out.length >= PUMP_CHUNK || out !== header) {
        yield out;
        out = chunk;
      } else out = Buffer.concat([out, chunk]);
    }
    if (hash.digest('hex') !== push.request?.sha256) {
      throw new Error(`the recording of push ${push.id} was altered after the decision: nothing is relayed`);
    }
    yield out;
  }
  return Readable.from(bytes(), { objectMode: false, highWaterMark: PUMP_CHUNK });
}

/** Capabilities and options as this upstream understands them: what the client asked for, less what was ours alone. */
function upstreamForm(request: ReceivePackRequest, advertisement: Advertisement, version: string) {
  const has = (name: string) => advertisement.capabilities.has(name);
  const pushOptions = has('push-options') ? foreignOptions(request.pushOptions) : [];
  const capabilities = new Map<string, string | true>();
  if (has('report-status-v2')) capabilities.set('report-status-v2', true);
  else if (has('report-status')) capabilities.set('report-status', true);
  if (has('side-band-64k')) capabilities.set('side-band-64k', true);
  if (has('quiet') && request.capabilities.has('quiet')) capabilities.set('quiet', true);
  if (has('atomic') && request.capabilities.has('atomic')) capabilities.set('atomic', true);
  if (pushOptions.length > 0) capabilities.set('push-options', true);
  if (has('object-format')) capabilities.set('object-format', request.objectFormat);
  if (has('agent')) capabilities.set('agent', `sallyport/${version}`);
  return { capabilities, pushOptions };
}

async function readReport(
  body: Readable,
  sideband: boolean,
  onProgress: ((text: string) => void) | undefined,
): Promise<Report | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  const keep = (data: Buffer) => {
    size += data.length;
    if (size > MAX_REPORT_BYTES) throw new Error('the report of the upstream is too large');
    parts.push(Buffer.from(data));
  };
  if (!sideband) {
    for await (const chunk of body) keep(chunk as Buffer);
  } else {
    const decoder = new SidebandDecoder();
    let fatal = '';
    for await (const chunk of body) {
      decoder.write(chunk as Buffer);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        if (event.band === 1) keep(event.data);
        else {
          const text = event.data.toString('utf8');
          if (event.band === 3) fatal += text;
          onProgress?.(text);
        }
      }
    }
    if (!decoder.ended) throw new Error(`the upstream ended without its flush${fatal === '' ? '' : `: ${fatal}`}`);
  }
  return size === 0 ? undefined : parseReport(Buffer.concat(parts));
}

/** One outcome a command; `undefined` when the report does not speak of each (then the upstream must be asked). */
function outcomesOf(push: Push, report: Report): RefOutcome[] | undefined {
  const byName = new Map(report.refs.map((ref) => [ref.refName, ref]));
  const outcomes: RefOutcome[] = [];
  for (const update of push.updates) {
    const ref = byName.get(update.refName);
    if (ref === undefined) {
      if (report.unpack === 'ok') return undefined;
      outcomes.push({ refName: update.refName, ok: false, reason: visibleText(`unpack failed: ${report.unpack}`) });
    } else if (ref.ok) {
      outcomes.push({
        refName: update.refName,
        ok: true,
        ...(ref.options === undefined ? {} : { options: ref.options }),
      });
    } else outcomes.push({ refName: update.refName, ok: false, reason: visibleText(ref.reason) });
  }
  return outcomes;
}
