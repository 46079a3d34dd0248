// Relays that no connection waits for: approved pushes, and whatever a crash, a lost report or an upstream that was
// down has left. Driven by the store alone, so any gateway may finish what another began; in-process wake-ups only make
// it quicker. Recovery is this same code, run at start.
import PQueue from 'p-queue';
import type { PushId } from '../domain/push/push.ts';
import type { Gate } from './gate.ts';
import { clearQuarantine, relayPush } from './relay.ts';

export interface Relayer {
  /** Looks at everything left behind, then keeps looking. */
  start(): Promise<void>;
  /** An approved push may go now. */
  release(id: PushId): void;
  /** Takes no new work and waits for what is under way. */
  stop(): Promise<void>;
}

const SWEEP_MS = 1_000;
/** Relays at once; two for one repository go one after the other. */
const MAX_RELAYS = 8;
const RETRY_AFTER_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;
/** A connection that has not finished receiving by then has died with its process. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;
/** Owns nothing: what is that old is over whoever received it, also if that was us and the store was down. */
const NOBODY = '';

export function createRelayer(gate: Gate): Relayer {
  const queue = new PQueue({ concurrency: MAX_RELAYS });
  const perRepository = new Map<string, Promise<void>>();
  const underWay = new Set<PushId>();
  const attempts = new Map<PushId, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();

  function enqueue(id: PushId): void {
    if (stopped || underWay.has(id)) return;
    underWay.add(id);
    queue
      .add(() => relayOne(id))
      .catch((error: unknown) => gate.log.error({ push: id, error }, 'relay failed, it will be tried again'))
      .finally(() => underWay.delete(id));
  }

  async function relayOne(id: PushId): Promise<void> {
    const found = await gate.pushes.find(id);
    // While nobody can be asked there is nothing to try, nor to write down; the next sweep looks again.
    if (found === undefined || gate.agent.isConnected?.(found.address) === false) return;
    const key = `${found.address.upstream}/${found.address.repo}`;
    const before = perRepository.get(key) ?? Promise.resolve();
    const mine = before.then(() => claimAndRelay(id));
    const settled = mine.catch(() => {});
    perRepository.set(key, settled);
    try {
      await mine;
    } finally {
      if (perRepository.get(key) === settled) perRepository.delete(key);
    }
  }

  async function claimAndRelay(id: PushId): Promise<void> {
    const now = gate.clock.now();
    const claimed = await gate.pushes.claimRelay(id, gate.owner, now + gate.limits.leaseMs, now);
    if (claimed === undefined) return; // settled, or somebody else's
    const end = await relayPush(gate, claimed.push, claimed.lease, {
      attended: false,
      onProgress: (text) => gate.wake.tell(id, text),
    });
    if (end.state === 'lost') return;
    if (end.state === 'unreachable' || end.state === 'unknown') {
      const attempt = attempts.get(id) ?? 0;
      attempts.set(id, attempt + 1);
      const pause = RETRY_AFTER_MS[Math.min(attempt, RETRY_AFTER_MS.length - 1)] as number;
      gate.log.warn({ push: id, state: end.state, pause }, 'the upstream gave no clear answer, trying again');
      // The lease doubles as the time of the next attempt: whoever is alive then takes it up.
      await gate.pushes.renewLease(id, claimed.lease.token, gate.clock.now() + pause);
      return;
    }
    attempts.delete(id);
    await clearQuarantine(gate, end.push).catch((error: unknown) => {
      gate.log.warn({ push: id, error }, 'the quarantine could not be cleared, it will be at the next start');
    });
  }

  async function sweep(): Promise<void> {
    const now = gate.clock.now();
    for (const id of await gate.pushes.orphanedRelays(now)) enqueue(id);
    for (const push of await gate.pushes.expired(now)) {
      const done = await gate.pushes.transition({
        id: push.id,
        from: ['held'],
        to: 'expired',
        set: { note: 'nobody decided in time' },
        entry: { type: 'push.expired', repo: push.address.repo, pushId: push.id, body: {} },
      });
      if (done === undefined) continue;
      gate.wake.notify(push.id);
      await gate.workspaces.removeQuarantine(push.id);
    }
    for (const { id, repo, push, fingerprint, rule } of await gate.exceptions.lapsed()) {
      const body = { exception: id, push, fingerprint, rule };
      await gate.exceptions.expire(id, { type: 'exception.expired', repo, body });
    }
    for (const grant of await gate.grants.lapsed()) {
      const body = { change: 'grant expired', before: grant, after: { ...grant, endedAt: now } };
      await gate.grants.expire(grant.id, { type: 'admin.changed', body });
    }
  }

  /** Pushes whose connection died with its process: nothing was promised, so nothing was accepted. */
  async function endAbandoned(before: number, owner: string): Promise<void> {
    for (const push of await gate.pushes.abandoned(owner, before)) {
      await gate.recordings.remove(push.id); // no digest of it was kept: it is nobody's evidence
      await gate.pushes.transition({
        id: push.id,
        from: ['receiving'],
        to: 'refused',
        set: {
          decidedAt: gate.clock.now(),
          verdict: {
            outcome: 'refuse',
            reasons: [
              { rule: 'interrupted', outcome: 'refuse', text: 'the gateway stopped while it received the push' },
            ],
            requirements: [],
          },
        },
        entry: {
          type: 'push.refused',
          repo: push.address.repo,
          pushId: push.id,
          body: { reasons: [{ rule: 'interrupted' }] },
        },
      });
    }
  }

  /** Quarantines of pushes that are over: of a landed one the objects join the mirror, all others go. */
  async function clearQuarantines(): Promise<void> {
    for (const id of await gate.workspaces.quarantines()) {
      const push = await gate.pushes.find(id);
      if (push === undefined) await gate.workspaces.removeQuarantine(id);
      else if (!['receiving', 'held', 'relaying', 'unknown'].includes(push.state)) await clearQuarantine(gate, push);
    }
  }

  return {
    async start() {
      await endAbandoned(gate.clock.now(), gate.owner);
      await clearQuarantines();
      await sweep();
      timer = setInterval(() => {
        sweeping = sweep()
          .then(() => endAbandoned(gate.clock.now() - ABANDONED_AFTER_MS, NOBODY))
          .catch((error: unknown) => gate.log.error({ error }, 'looking for left work failed'));
      }, SWEEP_MS);
      timer.unref();
    },
    release: enqueue,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
      await queue.onIdle();
    },
  };
}
