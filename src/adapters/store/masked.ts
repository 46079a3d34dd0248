// What is stored holds no secret: the ports of the store, with everything written in them masked on its way in. Here and
// not in each caller, so that whoever opens the store (the gateway, the command line) writes the same.
//
// Exact names of refs and push options are what the client sent; whoever needs them (the relay, the report) takes them
// from the recorded request, which is sealed. Bindings of approvals name its digest, so a masked name binds no less.
// Names of users and repositories stay: rights are decided by them.

import type { CarriedRow } from '../../domain/attribution/carry/carried-row.ts';
import { maskEvent } from '../../domain/attribution/sessions/mask-event.ts';
import type { SessionEvent } from '../../domain/attribution/sessions/session-event.ts';
import type { TrailEntry } from '../../domain/audit/entry.ts';
import type {
  AttributionStore,
  Directory,
  ExceptionStore,
  GrantStore,
  IdentityStore,
  LoginStore,
  PushStore,
  SessionStore,
  Trail,
} from '../../domain/ports.ts';
import type { Masker } from '../../domain/secrets/mask-text.ts';
import { takingTurns } from './turns.ts';

export function maskedPushes(pushes: PushStore, mask: Masker): PushStore {
  return {
    ...pushes,
    receive: ({ address, principal, ...rest }, owner, entry) =>
      pushes.receive({ address, principal, ...mask.value(rest) }, owner, maskedEntry(entry, mask)),
    transition: ({ set, breakGlass, entry, ...rest }) =>
      pushes.transition({
        ...rest,
        ...(set && { set: mask.value(set) }),
        ...(breakGlass && { breakGlass: { ...breakGlass, reason: mask.text(breakGlass.reason) } }),
        entry: maskedEntry(entry, mask),
      }),
    reviewBreakGlass: (id, review, entry) =>
      pushes.reviewBreakGlass(id, { ...review, comment: mask.text(review.comment) }, maskedEntry(entry, mask)),
    decide: (id, approval, entry) =>
      pushes.decide(id, { ...approval, comment: mask.text(approval.comment) }, maskedEntry(entry, mask)),
    changeReason: (id, reason, entry) => pushes.changeReason(id, mask.text(reason), maskedEntry(entry, mask)),
  };
}

/** Reasons are those of pushes, and masked with them. */
export function maskedExceptions(exceptions: ExceptionStore, mask: Masker): ExceptionStore {
  return {
    ...exceptions,
    revoke: (id, by, entry) => exceptions.revoke(id, by, maskedEntry(entry, mask)),
    expire: (id, entry) => exceptions.expire(id, maskedEntry(entry, mask)),
  };
}

export function maskedGrants(grants: GrantStore, mask: Masker): GrantStore {
  return {
    ...grants,
    add: (grant, entry) => grants.add({ ...grant, reason: mask.text(grant.reason) }, maskedEntry(entry, mask)),
  };
}

/** Recorders mask what they send; not all of them can be trusted to, and they do not know what the agent holds. */
export function maskedSessions(sessions: SessionStore, mask: Masker): SessionStore {
  return {
    ...sessions,
    async record(batch, started) {
      const events: SessionEvent[] = [];
      const turn = takingTurns();
      for (const event of batch.events) {
        events.push(maskEvent(event, mask));
        await turn();
      }
      const { repo, ...said } = batch.facts;
      const facts = { ...mask.value(said), ...(repo !== undefined && { repo }) };
      return sessions.record({ ...batch, facts, events }, maskedEntry(started, mask));
    },
    expire: (before, indexedBefore, entry) => sessions.expire(before, indexedBefore, maskedEntry(entry, mask)),
  };
}

export function maskedTrail(trail: Trail, mask: Masker): Trail {
  return { ...trail, append: (entry) => trail.append(maskedEntry(entry, mask)) };
}

/** Whoever registers a key may write anything behind it. */
export function maskedDirectory<D extends Directory>(directory: D, mask: Masker): D {
  const addKey: Directory['addKey'] = (key, entry) =>
    directory.addKey(
      { ...key, comment: mask.text(key.comment), ...(key.label !== undefined && { label: mask.text(key.label) }) },
      maskedEntry(entry, mask),
    );
  return { ...directory, addKey };
}

/** Names that providers assert decide nothing, and may hold anything; subjects are keys and stay. */
export function maskedIdentities(identities: IdentityStore, mask: Masker): IdentityStore {
  return {
    ...identities,
    add: (identity, user, entry) => identities.add(identity, user, maskedEntry(entry, mask)),
    seen: (identity, entry) => identities.seen(identity, entry && maskedEntry(entry, mask)),
    disable: (name, at, entry) => identities.disable(name, at, maskedEntry(entry, mask)),
  };
}

/** Labels are what a command line calls the machine it runs on. */
export function maskedLogins(logins: LoginStore, mask: Masker): LoginStore {
  return {
    ...logins,
    addSession: (hash, session, entry) => logins.addSession(hash, session, maskedEntry(entry, mask)),
    endSession: (hash, at, entry) => logins.endSession(hash, at, maskedEntry(entry, mask)),
    addCode: (hash, grant) => logins.addCode(hash, { ...grant, label: mask.text(grant.label) }),
    addDevice: (hash, code, request) => logins.addDevice(hash, code, { ...request, label: mask.text(request.label) }),
    decideDevice: (code, by, now, entry) => logins.decideDevice(code, by, now, maskedEntry(entry, mask)),
    addFamily: (family, issue, entry, code) =>
      logins.addFamily({ ...family, label: mask.text(family.label) }, issue, maskedEntry(entry, mask), code),
    rotate: (hash, family, issue, now, entry) => logins.rotate(hash, family, issue, now, maskedEntry(entry, mask)),
    endFamily: (id, at, entry) => logins.endFamily(id, at, maskedEntry(entry, mask)),
  };
}

function maskedEntry(entry: TrailEntry, mask: Masker): TrailEntry {
  return { ...entry, body: mask.value(entry.body) };
}

async function maskedList<T>(list: readonly T[], mask: Masker, turn: () => Promise<void>): Promise<readonly T[]> {
  const masked: T[] = [];
  for (const item of list) {
    masked.push(mask.value(item));
    await turn();
  }
  return masked;
}

/** What was read of commits and notes may hold anything; lines are kept as digests only. */
export function maskedAttributions(attributions: AttributionStore, mask: Masker): AttributionStore {
  return {
    ...attributions,
    async revise(id, { attribution, ...answer }, entry) {
      const turn = takingTurns();
      const evidence = await maskedList(attribution.evidence, mask, turn);
      const commits = await maskedList(attribution.commits, mask, turn);
      const unseen = await maskedList(attribution.unseen, mask, turn);
      const whole = { ...attribution, evidence, commits, unseen, codingAgents: mask.value(attribution.codingAgents) };
      return attributions.revise(id, { ...mask.value(answer), attribution: whole }, maskedEntry(entry, mask));
    },
    async remember(key, { rows, ...rest }) {
      const turn = takingTurns();
      const masked: CarriedRow[] = [];
      for (const row of rows) {
        masked.push({ ...row, claims: mask.value(row.claims) });
        await turn();
      }
      await attributions.remember(key, { ...rest, rows: masked });
    },
  };
}
