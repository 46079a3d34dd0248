// What is said of a push after it was decided: notes that come behind the branch, records of sessions that were still on
// their way. The push is looked at again with everything that is known by now; the new answer stands beside the old one.
import { isDeepStrictEqual } from 'node:util';
import PQueue from 'p-queue';
import type { PushAttribution } from '../domain/attribution/attribution.ts';
import type { AttributionCause, ObjectReader } from '../domain/ports.ts';
import type { Push, PushId } from '../domain/push/push.ts';
import type { Oid } from '../protocol/oid.ts';
import { attribute, type PushObjects, questionOf, rememberAttribution, reviseAttribution } from './attribute-push.ts';
import type { Gate } from './gate.ts';
import { ownOptions } from './push-options.ts';

export interface LateAttribution {
  /** Something was said about these commits of this repository, by a push or in a session. */
  said(
    about: { readonly upstream: string; readonly repo: string },
    commits: readonly Oid[],
    cause: AttributionCause,
  ): void;
  /** In whatever repository they are. */
  saidOfCommits(commits: readonly Oid[], cause: AttributionCause): void;
  stop(): Promise<void>;
}

/** Of one occasion: notes of a whole history may come at once. */
const MAX_PUSHES = 100;
const MAX_WAITING = 1_000;
/** States in which the objects of a push are at hand. */
const READABLE: readonly Push['state'][] = ['held', 'landed'];

export function createLateAttribution(gate: Gate): LateAttribution {
  const queue = new PQueue({ concurrency: 1 });
  const stopping = new AbortController();
  const waiting = new Set<PushId>();

  const again = (find: () => Promise<readonly PushId[]>, cause: AttributionCause) => {
    if (queue.size >= MAX_WAITING || stopping.signal.aborted) return;
    void queue.add(async () => {
      for (const id of (await find()).slice(0, MAX_PUSHES)) lookAgain(id, cause);
    });
  };
  const lookAgain = (id: PushId, cause: AttributionCause) => {
    if (waiting.has(id)) return;
    waiting.add(id);
    void queue.add(async () => {
      waiting.delete(id);
      if (stopping.signal.aborted) return;
      await attributeAgain(gate, id, cause, stopping.signal).catch((error: unknown) =>
        gate.log.warn({ push: id, error }, 'who wrote a push could not be looked at again'),
      );
    });
  };

  return {
    said: (key, commits, cause) => again(() => gate.attributions.pushesOf(key, commits), cause),
    saidOfCommits: (commits, cause) => again(() => gate.attributions.pushesOf(undefined, commits), cause),
    async stop() {
      stopping.abort();
      queue.clear();
      await queue.onIdle();
    },
  };
}

/** Answers whether there was anything new to say. */
export async function attributeAgain(
  gate: Gate,
  id: PushId,
  cause: AttributionCause,
  signal: AbortSignal,
): Promise<boolean> {
  const push = await gate.pushes.find(id);
  if (push === undefined || !READABLE.includes(push.state)) return false;
  const inputs = await gate.recordings.loadInputs(id);
  if (inputs === undefined) return false;
  return withObjects(gate, push, async (objects) => {
    const { session } = ownOptions(push.pushOptions);
    const question = questionOf(inputs, push.createdAt, session);
    const known = await attribute(gate, question, push.address, objects, { mayAsk: true, signal });
    const before = (await gate.attributions.latest(id))?.attribution ?? inputs.attribution;
    if (before !== undefined && isSameAnswer(before, known.attribution)) return false;
    await rememberAttribution(gate, push, known);
    await reviseAttribution(gate, push, cause, known);
    return true;
  });
}

/** Held: in the quarantine. Landed: in the mirror. */
async function withObjects<T>(gate: Gate, push: Push, work: (objects: PushObjects) => Promise<T>): Promise<T> {
  const mirror = await gate.workspaces.mirror(push.address, push.objectFormat);
  if (push.state === 'landed') return work({ reader: fetching(mirror), mirror });
  const quarantine = await gate.workspaces.quarantine(push.id, push.address, push.objectFormat);
  try {
    return await work({ reader: quarantine.reader, mirror });
  } finally {
    quarantine.close();
  }
}

/** What the mirror has let go of is the upstream's by now. */
function fetching(mirror: PushObjects['mirror']): ObjectReader {
  const here = async (oid: Oid) => {
    if ((await mirror.reader.info(oid)) === undefined) await mirror.ensureObjects([oid]);
  };
  return {
    async info(oid) {
      await here(oid);
      return mirror.reader.info(oid);
    },
    async read(oid, maxBytes) {
      await here(oid);
      return mirror.reader.read(oid, maxBytes);
    },
  };
}

/** When an item was seen makes no other answer. */
function isSameAnswer(one: PushAttribution, other: PushAttribution): boolean {
  const plain = ({ evidence, commits, unseen }: PushAttribution) =>
    JSON.parse(
      JSON.stringify({ evidence: evidence.map(({ observedAt: _, ...item }) => item), commits, unseen }),
    ) as unknown;
  return isDeepStrictEqual(plain(one), plain(other));
}
