// What is said of a push after it was decided: notes that come behind the branch, records of sessions that were still on
// their way. The push is looked at again with everything that is known by now; the new answer stands beside the old one.
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import PQueue from 'p-queue';
import type { PushAttribution } from '../domain/attribution/attribution.ts';
import { isNotesRef, notesBrought } from '../domain/attribution/push/notes-of-push.ts';
import type { AttributionCause } from '../domain/ports.ts';
import type { Push, PushId } from '../domain/push/push.ts';
import type { Oid } from '../protocol/oid.ts';
import { attribute, keyOf, questionOf, rememberAttribution, reviseAttribution } from './attribute-push.ts';
import type { Gate } from './gate.ts';
import { withObjects } from './push-objects.ts';
import { ownOptions } from './push-options.ts';

export interface LateAttribution {
  /** Looks at pushes that a crash, or what failed, has left without an answer. */
  start(): Promise<void>;
  /** A push has landed: notes in it may be about commits of earlier ones, and who wrote it may not be known yet. */
  landed(push: Push): void;
  /** It was decided, and nobody could say who wrote it. */
  unattributed(push: Push): void;
  /** A session's recorder has told of these commits. */
  recorded(commits: readonly Oid[]): void;
  stop(): Promise<void>;
}

/** Of one occasion: notes of a whole history may come at once. */
const MAX_PUSHES = 100;
const MAX_WAITING = 1_000;

export function createLateAttribution(gate: Gate): LateAttribution {
  const queue = new PQueue({ concurrency: 1 });
  const stopping = new AbortController();
  const waiting = new Set<PushId>();

  const again = (find: () => Promise<readonly PushId[]>, cause: AttributionCause) => {
    if (queue.size >= MAX_WAITING || stopping.signal.aborted) return;
    void queue.add(async () => {
      const found = await find().catch(() => []);
      for (const id of found.slice(0, MAX_PUSHES)) lookAgain(id, cause);
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

  const notesOf = async (push: Push): Promise<readonly PushId[]> => {
    const inputs = await gate.recordings.loadInputs(push.id);
    const about = [...new Set(notesBrought(inputs?.updates ?? []).map((note) => note.about))];
    return (await gate.attributions.pushesOf(keyOf(push), about)).filter((id) => id !== push.id);
  };

  return {
    async start() {
      const newest = await gate.pushes.list({ states: ['landed', 'held'], limit: MAX_PUSHES });
      for (const { id, attribution } of newest) if (attribution === undefined) lookAgain(id, 'push');
    },
    unattributed: ({ id }) => lookAgain(id, 'push'),
    landed(push) {
      if (push.attribution === undefined) lookAgain(push.id, 'push');
      if (push.updates.some(({ refName }) => isNotesRef(refName))) again(() => notesOf(push), 'notes');
    },
    recorded: (commits) => again(() => gate.attributions.pushesOf(undefined, commits), 'session'),
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
  if (push === undefined) return false;
  const inputs = await gate.recordings.loadInputs(id);
  if (inputs === undefined) return false;
  const isNews = await withObjects(gate, push, async (objects) => {
    const { session } = ownOptions(push.pushOptions);
    const question = questionOf(inputs, push.createdAt, session);
    const ask = (mayAsk: boolean) => attribute(gate, question, push.address, objects, { mayAsk, signal });
    // An upstream that cannot be read now may not be so for long; what can be said is said.
    const known = await ask(true).catch(() => ask(false));
    const before = (await gate.attributions.latest(id))?.attribution ?? inputs.attribution;
    if (before !== undefined && (await isSameAnswer(before, known.attribution))) return false;
    await rememberAttribution(gate, push, known);
    await reviseAttribution(gate, push, cause, known);
    return true;
  });
  return isNews === true;
}

/** Items that are compared between two turns of the event loop. */
const ITEMS_AT_ONCE = 200;

/** When an item was seen makes no other answer. */
async function isSameAnswer(one: PushAttribution, other: PushAttribution): Promise<boolean> {
  const evidence = (known: PushAttribution) => known.evidence.map(({ observedAt: _, ...item }) => item);
  return (
    (await areSame(evidence(one), evidence(other))) &&
    (await areSame(one.commits, other.commits)) &&
    (await areSame(one.unseen, other.unseen))
  );
}

async function areSame(some: readonly unknown[], others: readonly unknown[]): Promise<boolean> {
  if (some.length !== others.length) return false;
  for (const [at, item] of some.entries()) {
    if (at % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1) await setImmediate();
    if (!isDeepStrictEqual(asStored(item), asStored(others[at]))) return false;
  }
  return true;
}

function asStored(item: unknown): unknown {
  return JSON.parse(JSON.stringify(item));
}
