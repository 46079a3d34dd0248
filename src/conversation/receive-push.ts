// One push, from its first byte to its answer, over any door. The order of this file is the order of things:
//   commands -> record as receiving -> spool and quarantine -> inspect -> evaluate -> intent -> answer or relay -> answer
// Nothing reaches the upstream before the intent is durable, nobody is told anything before it is.
import type { Readable, Writable } from 'node:stream';
import { evaluate, neededFacts } from '../domain/policy/evaluate.ts';
import type { Mirror, NewPush, Quarantine } from '../domain/ports.ts';
import type { Principal } from '../domain/principal.ts';
import { coverFindings, reliedOn } from '../domain/push/exception.ts';
import type { Finding } from '../domain/push/finding.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import { inspectPush } from '../domain/push/introduced.ts';
import { isFinal, type Push, type RefUpdate, type RepoAddress } from '../domain/push/push.ts';
import type { Verdict } from '../domain/push/verdict.ts';
import type { Advertisement } from '../protocol/advertisement.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { isZeroOid } from '../protocol/oid.ts';
import type { ReceivePackRequest } from '../protocol/receive-pack.ts';
import type { Given, NoAllowance } from './allowance.ts';
import { type AnswerForm, PushAnswer, unreadableAnswer } from './answer.ts';
import { questionOf } from './attribute-push.ts';
import { AttributionStep } from './attribution-step.ts';
import { brokenGlass, closedGlass } from './break-glass.ts';
import {
  BREAK_GLASS_UNREVIEWED,
  type BuiltInReason,
  brokenReason,
  CLIENT_LEFT,
  EXCEPTION_ENDED,
  RIGHT_ENDED,
  refusal,
  UPSTREAM_UNREADABLE,
} from './built-in-reasons.ts';
import { readCodeowners } from './codeowners.ts';
import { findHeldTwin, olderHolds, supersedeOlderHolds } from './earlier-holds.ts';
import { EarlySearch } from './early-search.ts';
import { withExactRefs } from './exact-refs.ts';
import type { Gate, PolicySnapshot } from './gate.ts';
import * as messages from './messages.ts';
import { quarantined } from './push-objects.ts';
import { MAX_REASON, type OwnOptions, ownOptions } from './push-options.ts';
import { ClientGoneError, nextChunk, type ReadCommands, readCommands } from './read-commands.ts';
import { drain, type ReceivedPack, receivePack } from './receive-pack.ts';
import { FRESH_MS, type ShownTips } from './recent-tips.ts';
import { clearQuarantine, relayPush } from './relay.ts';
import { searchPush } from './search-push.ts';
import { rightToPush } from './standing.ts';
import { Stopwatch } from './stopwatch.ts';
import { firstStale, readTips, type Tips, trustedTips } from './upstream-tips.ts';
import { waitForEnd } from './wait.ts';

/** How long a client that was answered early may be silent before it is taken to have finished writing. */
const HEAR_OUT_MS = 10_000;
const hearOutLimit = () => AbortSignal.timeout(HEAR_OUT_MS);

export interface IncomingPush {
  readonly principal: Principal;
  readonly address: RepoAddress;
  /** Commands, push options, pack. Over HTTP it ends with the body; over SSH it stays open for the answer. */
  readonly input: Readable;
  readonly output: Writable;
  /** The pack must end where the input ends (HTTP); over SSH the pack itself says where it ends. */
  readonly endsWithPack: boolean;
  /** What this very client was shown, when the door knows. */
  readonly shown?: ShownTips;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/** Runs the push to its answer. Rejects only where the door must answer in its own way: malformed commands. */
export async function receivePush(gate: Gate, incoming: IncomingPush): Promise<void> {
  const snapshot = gate.policy();
  let tips = incoming.shown === undefined ? readTips(gate, incoming.address) : asShown(incoming.shown);
  tips.catch(() => {}); // looked at when it is needed
  let commands: ReadCommands;
  try {
    commands = await readCommands(gate, incoming);
  } catch (error) {
    const text = error instanceof ProtocolError ? unreadableAnswer(error, gate.mask) : undefined;
    if (text === undefined) throw error;
    gate.log.info({ repo: incoming.address.repo, principal: incoming.principal.name, error }, 'push cannot be taken');
    if (incoming.endsWithPack) await drain(incoming.input, incoming.signal).catch(() => {});
    incoming.output.end(text);
    if (!incoming.endsWithPack) await hearOut(gate, incoming);
    return;
  }
  const { request } = commands;
  if (request.commands.length === 0) {
    incoming.output.end();
    return;
  }
  const own = ownOptions(request.pushOptions);
  const answer = new PushAnswer(incoming.output, answerForm(request, own), gate.mask);
  if (!incoming.endsWithPack) answer.nudge();
  let { shown } = incoming;
  if (shown !== undefined && gate.clock.now() - shown.at >= FRESH_MS) {
    // Over SSH a client may take its time between what it was shown and what it asks for (hooks, passphrases).
    shown = undefined;
    tips = readTips(gate, incoming.address);
    tips.catch(() => {});
  }
  const receiving = new Receiving(gate, withShown(incoming, shown), request, own, answer, snapshot);
  const push = await receiving.run(commands.rest, tips);
  await finish(gate, push, request.commands, own, answer, incoming.signal);
  // A client whose request is here whole writes nothing more, and JGit waits for our end before it ends its side.
  if (!incoming.endsWithPack && !receiving.isRequestWhole) await hearOut(gate, incoming);
}

/**
 * Over SSH an early answer may find the client still writing its pack: closing now would kill it before it reads. Git
 * may be silent for a while over how to compress the pack; one that drips has as long as for the push itself.
 */
async function hearOut(gate: Gate, incoming: IncomingPush): Promise<void> {
  const limit = AbortSignal.any([incoming.signal, AbortSignal.timeout(gate.limits.receiveTimeoutMs)]);
  try {
    let chunk: Buffer | undefined;
    do chunk = await nextChunk(incoming.input, AbortSignal.any([limit, hearOutLimit()]));
    while (chunk !== undefined);
  } catch {} // silent for too long, or gone
}

/** What the pusher is told at the end, whatever the end is. */
async function finish(
  gate: Gate,
  push: Push,
  commands: ReceivePackRequest['commands'],
  own: OwnOptions,
  answer: PushAnswer,
  signal: AbortSignal,
): Promise<void> {
  let ended = push;
  try {
    const waits = push.state === 'held' && own.waitMs !== undefined;
    if (waits) ended = await waitForEnd(gate, push, own.waitMs, answer, signal);
    const describe = waits && ended.state === 'held' ? messages.stillHeld : messages.describe;
    answer.endUpstream();
    answer.say(...describe(ended, gate.publicUrl));
    answer.finish(messages.report(withExactRefs(ended, commands, gate.mask)));
  } finally {
    answer.stop();
  }
  // They have their answer, on its way at least: whatever fails from here on must not cut it off.
  try {
    await gate.failPoint('held-answered');
    if (isFinal(ended.state) && ended.id !== 0) await clearQuarantine(gate, ended);
  } catch (error) {
    gate.log.warn({ push: ended.id, error }, 'the quarantine could not be cleared, it will be at the next start');
  }
}

function withShown({ shown: _, ...rest }: IncomingPush, shown: ShownTips | undefined): IncomingPush {
  return shown === undefined ? rest : { ...rest, shown };
}

async function asShown({ advertisement }: ShownTips): Promise<Tips> {
  return { outcome: 'ok', advertisement };
}

/** The steps between "commands are read" and "it is decided". Each returns the push as the store has it. */
class Receiving {
  readonly #gate: Gate;
  readonly #incoming: IncomingPush;
  readonly #request: ReceivePackRequest;
  readonly #own: OwnOptions;
  readonly #answer: PushAnswer;
  readonly #snapshot: PolicySnapshot;
  readonly #stopwatch = new Stopwatch();
  readonly #startedAt: number;
  #packBytes = 0;
  /** Everything the client has to say was read: over SSH its side may stay open nevertheless. */
  isRequestWhole = false;
  /** From here on the store may have a verdict, whatever we heard from it. */
  #isVerdictAsked = false;

  constructor(
    gate: Gate,
    incoming: IncomingPush,
    request: ReceivePackRequest,
    own: OwnOptions,
    answer: PushAnswer,
    snapshot: PolicySnapshot,
  ) {
    this.#gate = gate;
    this.#incoming = incoming;
    this.#request = request;
    this.#own = own;
    this.#answer = answer;
    this.#snapshot = snapshot;
    this.#startedAt = gate.clock.now();
  }

  async run(rest: Buffer, tips: Promise<Tips>): Promise<Push> {
    // One with problems of its own is refused like any other push.
    // One that is to go through holds must not find its own.
    const isNew = this.#own.problems.length > 0 || this.#own.breakGlass !== undefined;
    const twin = isNew ? undefined : await findHeldTwin(this.#gate, this.#incoming, this.#request);
    let push: Push;
    try {
      const still = twin === undefined ? undefined : await this.#withReason(twin);
      if (still !== undefined) {
        // Its bytes are already here. Over HTTP the body must be read to its end before an answer is heard.
        if (this.#incoming.endsWithPack) await drain(this.#incoming.input, this.#incoming.signal);
        return still;
      }
      push = await this.#recordReceiving();
    } catch (error) {
      return await this.#refuseUnrecorded(error);
    }
    this.#stopwatch.lap('record');
    let room: Given | NoAllowance | undefined;
    try {
      await this.#gate.failPoint('received');
      room = this.#gate.allowance.receive(push.principal.name);
      const decided =
        room.outcome === 'given'
          ? await this.#receiveAndDecide(push, rest, tips)
          : await this.#refuseUnread(push, room);
      this.#gate.log.info(
        { push: push.id, repo: push.address.repo, state: decided.state, ms: this.#stopwatch.laps },
        'push answered',
      );
      this.#gate.metrics.pushAnswered(decided.state, this.#stopwatch.seconds(), this.#packBytes);
      return decided;
    } catch (error) {
      // Over HTTP an answer is heard only after the body.
      if (this.#incoming.endsWithPack) {
        await drain(this.#incoming.input, AbortSignal.any([this.#incoming.signal, hearOutLimit()])).catch(() => {});
      }
      return this.#refuseBroken(push, error);
    } finally {
      if (room?.outcome === 'given') room.giveBack();
    }
  }

  async #receiveAndDecide(push: Push, rest: Buffer, tips: Promise<Tips>): Promise<Push> {
    const { workspaces } = this.#gate;
    const { address } = this.#incoming;
    const format = this.#request.objectFormat;
    const mirror = await workspaces.mirror(address, format);
    const quarantine = await workspaces.quarantine(push.id, address, format);
    quarantine.warm(); // its process starts while the pack arrives
    const isSearched = neededFacts(this.#snapshot.policy).secrets;
    const early = new EarlySearch(isSearched ? this.#gate.scanner : undefined, format);
    try {
      // Off the critical path: what the new commits will be compared with.
      const olds = this.#request.commands.map((command) => command.oldOid).filter((oid) => !isZeroOid(oid));
      const prefetch = mirror.ensureCommits([...new Set(olds)], this.#incoming.signal).catch(() => undefined);
      const received = await receivePack(this.#gate, {
        id: push.id,
        request: this.#request,
        rest,
        input: this.#incoming.input,
        endsWithPack: this.#incoming.endsWithPack,
        quarantine,
        mirror,
        tips,
        early,
        signal: this.#incoming.signal,
      });
      this.#stopwatch.lap('receive');
      if (received.outcome === 'received') {
        this.#packBytes = received.packBytes;
        this.isRequestWhole = true;
      }
      this.#answer.startKeepalive();
      await this.#gate.failPoint('spooled');
      if (received.outcome === 'refused') {
        if (received.isDropped) return await this.#refuseUnkept(push, received, received);
        return await this.#refuse(push, received, received);
      }
      const known = await tips;
      if (known.outcome !== 'ok') {
        return await this.#refuse(push, UPSTREAM_UNREADABLE, received);
      }
      await prefetch;
      return await this.#inspectAndDecide(push, received, known.advertisement, mirror, quarantine, early);
    } finally {
      early.close();
      quarantine.close();
    }
  }

  async #inspectAndDecide(
    push: Push,
    received: Extract<ReceivedPack, { outcome: 'received' }>,
    advertisement: Advertisement,
    mirror: Mirror,
    quarantine: Quarantine,
    early: EarlySearch,
  ): Promise<Push> {
    const refused =
      this.#earlyRefusal(advertisement) ?? (await closedGlass(this.#gate, this.#incoming.principal, this.#own));
    if (refused !== undefined) return this.#refuse(push, refused, received);
    const needed = neededFacts(this.#snapshot.policy);
    const upstreamTips = trustedTips(advertisement);
    this.#stopwatch.lap('tips');
    const inspection = await inspectPush({
      objectFormat: this.#request.objectFormat,
      commands: this.#request.commands,
      upstreamTips,
      ...(received.sent === undefined ? {} : { sent: received.sent }),
      reader: quarantine.reader,
      mirror: mirror.reader,
      reachable: (oids) => mirror.reachable(oids, upstreamTips, this.#incoming.signal),
      isAncestor: async (old, now) => (await mirror.reachable([old], new Set([now]))).has(old),
      ensure: (oids) => mirror.ensureCommits(oids, this.#incoming.signal),
      ensureObjects: (oids) => mirror.ensureObjects(oids, this.#incoming.signal),
      limits: { maxObjectBytes: this.#gate.limits.maxObjectBytes },
      wantBinary: needed.binaries,
      signal: this.#incoming.signal,
    });
    if (inspection.outcome === 'refused') return this.#refuse(push, inspection, received);
    this.#stopwatch.lap('inspect');
    await this.#gate.failPoint('inspected');
    const { signal } = this.#incoming;
    const toSearch = {
      request: this.#request,
      received,
      inspected: inspection,
      upstreamTips,
      mirror,
      quarantine,
      early,
      signal,
    };
    const secrets = needed.secrets ? await searchPush(this.#gate, toSearch) : undefined;
    this.#stopwatch.lap('search'); // a log hides what is called a secret
    const brought = {
      objectFormat: this.#request.objectFormat,
      principal: principalFacts(this.#incoming.principal),
      updates: inspection.updates,
      commits: inspection.commits,
    };
    const question = questionOf(brought, push.createdAt, this.#own.session);
    const objects = quarantined(quarantine, mirror);
    const authors = new AttributionStep(this.#gate, question, this.#incoming.address, objects, signal);
    await authors.begin(needed.attribution);
    this.#stopwatch.lap('attribute');
    const right = await rightToPush(this.#gate, this.#incoming.principal, this.#incoming.address.repo);
    if (right === undefined) return this.#refuse(push, RIGHT_ENDED, received);
    const inputs: Inputs = {
      version: 1,
      at: this.#gate.clock.now(),
      repo: this.#incoming.address.repo,
      ...brought,
      tags: inspection.tags,
      pack: { bytes: received.packBytes, objects: received.sent?.sentCount ?? 0 },
      pushOptions: this.#request.pushOptions,
      ...(push.reason === undefined ? {} : { reason: push.reason }),
      ...(right.via === 'grants' ? { limits: right.limits } : {}),
      ...brokenGlass(this.#gate, this.#own),
      findings: [...(await this.#marked(secrets ?? [])), ...inspection.findings, ...authors.findings()],
      ...authors.facts(),
      ...(secrets === undefined ? {} : { secrets: 'scanned' as const }),
      ...(needed.codeowners
        ? {
            codeowners: await readCodeowners(
              this.#gate,
              this.#incoming.address,
              advertisement,
              inspection.updates,
              mirror,
            ),
          }
        : {}),
    };
    const verdict = evaluate(inputs, this.#snapshot.policy);
    if (verdict.outcome !== 'hold') return this.#decide(push, inputs, verdict, received, advertisement, authors);
    const room = await this.#roomToHold(push, received.packBytes);
    if (room.outcome === 'refused') return this.#refuseUnkept(push, room, received);
    try {
      return await this.#decide(push, inputs, verdict, received, advertisement, authors);
    } finally {
      room.giveBack();
    }
  }

  async #roomToHold(push: Push, packBytes: number): Promise<Given | NoAllowance> {
    const replaced = await olderHolds(this.#gate, push);
    const freed = replaced.reduce((sum, older) => sum + (older.request?.bytes ?? 0), 0);
    return this.#gate.allowance.hold(push.principal.name, this.#request.headerBytes.length + packBytes, freed);
  }

  /** The secrets, with those marked that reviewers have excepted in this repository. */
  async #marked(secrets: readonly Finding[]): Promise<readonly Finding[]> {
    const fingerprints = [...new Set(secrets.flatMap(({ fingerprint }) => fingerprint ?? []))];
    if (fingerprints.length === 0) return secrets;
    const { address } = this.#incoming;
    const granted = await this.#gate.exceptions.covering(address, fingerprints);
    return coverFindings(secrets, granted, address, this.#gate.clock.now());
  }

  /** What needs no policy and no objects to be refused. */
  #earlyRefusal(advertisement: Advertisement): BuiltInReason | undefined {
    const invalid = [...this.#request.invalidRefs][0];
    if (invalid !== undefined) return { rule: 'invalid ref name', text: `${invalid[0]}: ${invalid[1]}` };
    const problem = this.#own.problems[0];
    if (problem !== undefined) return { rule: 'push option', text: problem };
    if (advertisement.objectFormat !== this.#request.objectFormat) {
      return { rule: 'object format', text: `this repository uses ${advertisement.objectFormat}` };
    }
    if (this.#request.capabilities.has('atomic') && !advertisement.capabilities.has('atomic')) {
      return { rule: 'atomic', text: 'the upstream cannot push atomically' };
    }
    const foreign = this.#request.pushOptions.some((option) => !option.startsWith('sallyport.'));
    if (foreign && !advertisement.capabilities.has('push-options')) {
      return { rule: 'push option', text: 'the upstream takes no push options' };
    }
    const stale = firstStale(advertisement, this.#request.commands);
    if (stale !== undefined) return { rule: 'stale', text: `${stale} has moved`, hint: 'fetch first, then push again' };
    return undefined;
  }

  async #decide(
    push: Push,
    inputs: Inputs,
    verdict: Verdict,
    received: Extract<ReceivedPack, { outcome: 'received' }>,
    advertisement: Advertisement,
    authors: AttributionStep,
  ): Promise<Push> {
    const { gate, now } = { gate: this.#gate, now: this.#gate.clock.now() };
    const [inputsDigest, request] = await Promise.all([gate.recordings.saveInputs(push.id, inputs), received.recorded]);
    this.#stopwatch.lap('sync');
    await gate.failPoint('before-intent');
    const to = verdict.outcome === 'forward' ? 'relaying' : verdict.outcome === 'hold' ? 'held' : 'refused';
    const type = ({ relaying: 'push.forwarded', held: 'push.held', refused: 'push.refused' } as const)[to];
    const updates: RefUpdate[] = inputs.updates.map(({ refName, oldOid, newOid, kind }) => ({
      refName,
      oldOid,
      newOid,
      kind,
    }));
    this.#isVerdictAsked = true;
    const relied = to === 'refused' ? [] : reliedOn(inputs.findings);
    const decided = await gate.pushes.transition({
      id: push.id,
      from: ['receiving'],
      to,
      ...(relied.length === 0 ? {} : { relies: { fingerprints: relied, at: now } }),
      commits: inputs.commits.map(({ oid }) => oid),
      ...(to === 'refused' ? {} : { standing: standingOf(push, inputs, now) }),
      ...(verdict.breakGlass === true && inputs.breakGlass !== undefined
        ? { breakGlass: { principal: push.principal.name, reason: inputs.breakGlass.reason, at: now } }
        : {}),
      ...(to === 'relaying' ? { claim: { owner: gate.owner, until: now + gate.limits.leaseMs } } : {}),
      set: {
        updates,
        verdict,
        findings: inputs.findings,
        requirements: verdict.requirements,
        ...authors.summary(),
        policyDigest: this.#snapshot.digest,
        inputsDigest,
        request,
        decidedAt: now,
        ...(to === 'held' ? { expiresAt: now + (verdict.expiresAfter ?? 0) } : {}),
      },
      entry: {
        type,
        actor: push.principal.name,
        repo: push.address.repo,
        pushId: push.id,
        body: {
          updates,
          reasons: verdict.reasons
            .slice(0, 50)
            .map(({ rule, outcome, text }) => ({ rule, outcome, text: gate.mask.text(text).slice(0, 300) })),
          policyDigest: this.#snapshot.digest,
          inputsDigest,
          request,
          ...(inputs.limits === undefined ? {} : { grants: inputs.limits.map(({ grant }) => grant) }),
          ...(verdict.breakGlass === true ? { breakGlass: inputs.breakGlass } : {}),
        },
      },
    });
    if (decided === undefined) return this.#refuse(push, await this.#undecided(push, relied, verdict), received);
    this.#stopwatch.lap('intent');
    gate.wake.notify(push.id);
    await gate.failPoint('after-intent');
    if (to !== 'refused') await supersedeOlderHolds(gate, decided.push);
    const remembered = authors.remember(decided.push);
    if (to !== 'relaying' || decided.lease === undefined) {
      await remembered;
      return authors.end(decided.push);
    }
    // A long upload has outlived what its client was shown: the relay then reads the tips again.
    const shownAt = this.#incoming.shown?.at ?? this.#startedAt;
    const isFresh = gate.clock.now() - shownAt < FRESH_MS;
    const end = await relayPush(gate, decided.push, decided.lease, {
      ...(isFresh ? { advertisement } : {}),
      request: this.#request,
      attended: true,
      onProgress: (text) => this.#answer.relay(text),
    });
    this.#stopwatch.lap('relay');
    await remembered;
    if (end.state === 'unreachable') return decided.push;
    if (end.state === 'lost') return (await gate.pushes.find(push.id)) ?? decided.push;
    return authors.end(end.push);
  }

  /** What the decision stood on and has ended since. */
  async #undecided(push: Push, relied: readonly string[], verdict: Verdict): Promise<BuiltInReason> {
    const right = await rightToPush(this.#gate, this.#incoming.principal, push.address.repo);
    const { state } = (await this.#gate.pushes.find(push.id)) ?? {};
    if (state !== 'receiving') throw new Error(`push ${push.id} was decided by somebody else`);
    if (right === undefined) return RIGHT_ENDED;
    if (
      verdict.breakGlass === true &&
      (await closedGlass(this.#gate, this.#incoming.principal, this.#own)) !== undefined
    )
      return BREAK_GLASS_UNREVIEWED;
    if (relied.length > 0) return EXCEPTION_ENDED;
    return RIGHT_ENDED;
  }

  /** The hold as it is, or with the reason that comes with it this time; `undefined` when it has ended meanwhile. */
  async #withReason(twin: Push): Promise<Push | undefined> {
    const { reason } = this.#own;
    if (reason === undefined || reason === twin.reason) return twin;
    const changed = await this.#gate.pushes.changeReason(twin.id, reason, {
      type: 'push.reason-changed',
      actor: twin.principal.name,
      repo: twin.address.repo,
      pushId: twin.id,
      body: { before: twin.reason ?? null, reason, credential: this.#incoming.principal.credential },
    });
    if (changed === undefined) return undefined;
    this.#gate.wake.notify(changed.id);
    this.#answer.say(messages.reasonChanged(changed));
    return changed;
  }

  #newPush(): NewPush {
    const { principal, address } = this.#incoming;
    return {
      address,
      objectFormat: this.#request.objectFormat,
      principal: {
        name: principal.name,
        kind: principal.kind,
        ...(principal.sponsor === undefined ? {} : { sponsor: principal.sponsor }),
      },
      updates: this.#request.commands.map(({ refName, oldOid, newOid }) => ({
        refName,
        oldOid,
        newOid,
        // Whether it is a fast-forward is known after inspection; until then the stricter word.
        kind: isZeroOid(oldOid) ? 'create' : isZeroOid(newOid) ? 'delete' : 'force',
      })),
      pushOptions: this.#request.pushOptions,
      ...(this.#own.reason === undefined
        ? {}
        : { reason: this.#gate.mask.text(this.#own.reason).slice(0, MAX_REASON) }),
      createdAt: this.#gate.clock.now(),
    };
  }

  #recordReceiving(): Promise<Push> {
    const { principal, address } = this.#incoming;
    const push = this.#newPush();
    return this.#gate.pushes.receive(push, this.#gate.owner, {
      type: 'push.received',
      actor: principal.name,
      repo: address.repo,
      body: {
        // Without their kinds: what is forced and what is not is only known once the objects have been looked at.
        updates: push.updates.slice(0, 100).map(({ refName, oldOid, newOid }) => ({ refName, oldOid, newOid })),
        pushOptions: push.pushOptions.length,
        credential: principal.credential,
      },
    });
  }

  async #refuse(push: Push, reason: BuiltInReason, received?: ReceivedPack): Promise<Push> {
    const { rule, text } = reason;
    const verdict = refusal(reason);
    const request = await received?.recorded.catch(() => this.#gate.recordings.remove(push.id));
    const done = await this.#gate.pushes.transition({
      id: push.id,
      from: ['receiving'],
      to: 'refused',
      set: {
        verdict,
        decidedAt: this.#gate.clock.now(),
        policyDigest: this.#snapshot.digest,
        ...(request === undefined ? {} : { request }),
      },
      entry: {
        type: 'push.refused',
        actor: push.principal.name,
        repo: push.address.repo,
        pushId: push.id,
        body: { reasons: [{ rule, outcome: 'refuse', text: this.#gate.mask.text(text).slice(0, 300) }] },
      },
    });
    this.#gate.wake.notify(push.id);
    return done?.push ?? { ...push, state: 'refused', verdict };
  }

  /** Before its pack was read: over HTTP an answer is heard only after the body. */
  async #refuseUnread(push: Push, reason: BuiltInReason): Promise<Push> {
    if (this.#incoming.endsWithPack) await drain(this.#incoming.input, this.#incoming.signal);
    return this.#refuse(push, reason);
  }

  /** For want of room: then what has arrived is not kept as evidence either. */
  async #refuseUnkept(push: Push, reason: BuiltInReason, { recorded }: ReceivedPack): Promise<Push> {
    await recorded.catch(() => {});
    await this.#gate.recordings.remove(push.id);
    return this.#refuse(push, reason);
  }

  /** No record, no push (the store is full or gone): refused before a byte of the pack was looked at. */
  async #refuseUnrecorded(error: unknown): Promise<Push> {
    this.#gate.log.error({ repo: this.#incoming.address.repo, error }, 'push could not be recorded');
    if (this.#incoming.endsWithPack) await drain(this.#incoming.input, this.#incoming.signal);
    const text = 'the gateway cannot record pushes now';
    return {
      ...this.#newPush(),
      id: 0,
      state: 'refused',
      verdict: refusal({ rule: 'not recorded', text, hint: 'push again later, or tell an administrator' }),
      findings: [],
      requirements: [],
      approvals: [],
    };
  }

  /** By themselves, or because their connection was ended. */
  async #whyLeft(): Promise<BuiltInReason> {
    const { principal, address } = this.#incoming;
    const right = await rightToPush(this.#gate, principal, address.repo).catch(() => undefined);
    return right === undefined ? RIGHT_ENDED : CLIENT_LEFT;
  }

  /** Unknown means refuse. The detail stays in our log, the developer gets the push's number to ask with. */
  async #refuseBroken(push: Push, error: unknown): Promise<Push> {
    const hasLeft = error instanceof ClientGoneError || this.#incoming.signal.aborted;
    if (!hasLeft && !(error instanceof ProtocolError)) {
      this.#gate.log.error({ push: push.id, error }, 'push could not be decided or relayed');
    }
    const now = await this.#gate.pushes.find(push.id).catch(() => undefined);
    if (now !== undefined && now.state !== 'receiving') return now;
    // Nor can the store be asked: the intent may be on the disk, and the next start will act on it.
    if (now === undefined && this.#isVerdictAsked) return { ...push, state: 'unknown' };
    const reason = hasLeft ? await this.#whyLeft() : brokenReason(push, error);
    try {
      await this.#gate.recordings.remove(push.id); // without a digest it is nobody's evidence
      return await this.#refuse(push, reason);
    } catch {
      // The store is gone as well: it will be found as abandoned at the next start. Never `ok`.
      return { ...push, state: 'refused', verdict: refusal(reason) };
    }
  }
}

function standingOf({ principal }: Push, { limits = [] }: Inputs, at: number) {
  const { name, sponsor } = principal;
  return {
    principals: sponsor === undefined ? [name] : [name, sponsor],
    grants: limits.map(({ grant }) => grant),
    at,
  };
}

function answerForm(request: ReceivePackRequest, own: OwnOptions): AnswerForm {
  const has = (name: string) => request.capabilities.has(name);
  return {
    sideband: has('side-band-64k') ? 'side-band-64k' : has('side-band') ? 'side-band' : 'none',
    report: has('report-status-v2') ? 'report-status-v2' : has('report-status') ? 'report-status' : 'none',
    json: own.json,
  };
}

function principalFacts(principal: Principal): Inputs['principal'] {
  return {
    name: principal.name,
    kind: principal.kind,
    ...(principal.sponsor === undefined ? {} : { sponsor: principal.sponsor }),
    groups: principal.groups,
  };
}
