// Who wrote a push, while it is being received. What can be said at once goes into the verdict; where earlier versions of
// files are not here, asking the upstream for them takes as long as a small push: unless the policy wants to know first,
// that is done beside the relay, and the answer follows.
import { type AttributedPush, attributePush, type PushToAttribute } from '../domain/attribution/push/attribute-push.ts';
import { summaryOf } from '../domain/attribution/summary.ts';
import type { AttributionCause } from '../domain/ports.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import type { Push } from '../domain/push/push.ts';
import type { Gate } from './gate.ts';
import type { PushObjects } from './push-objects.ts';

/** A push on disk is looked at for this long; then what was not looked at is not known. */
const PATIENCE_MS = 60_000;

/** `mayAsk`: also ask the upstream for earlier versions. Rejects when it cannot be said. */
export function attribute(
  gate: Gate,
  push: PushToAttribute,
  address: Push['address'],
  { reader, mirror }: PushObjects,
  options: { readonly mayAsk: boolean; readonly signal: AbortSignal },
): Promise<AttributedPush> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(PATIENCE_MS)]);
  return attributePush(push, {
    reader,
    ...(options.mayAsk && { ensureObjects: (oids) => mirror.ensureObjects(oids, signal) }),
    signatures: gate.signatures,
    sessions: gate.sessions,
    remembered: (wanted) => gate.attributions.remembered(address, wanted),
    notesAbout: (commits) => gate.attributions.notesAbout(address, commits),
    signal,
  });
}

/** The question about a push that was inspected, from what is frozen of it. */
export function questionOf(
  inputs: Pick<Inputs, 'objectFormat' | 'principal' | 'updates' | 'commits'>,
  receivedAt: number,
  session: string | undefined,
): PushToAttribute {
  const { objectFormat, principal, updates, commits } = inputs;
  return { objectFormat, principal, updates, commits, receivedAt, ...(session !== undefined && { session }) };
}

/** What a push leaves behind for later ones. Nothing is promised on it: a failure is logged, and forgets. */
export async function rememberAttribution(gate: Gate, push: Push, { rows, notes }: AttributedPush): Promise<void> {
  try {
    await gate.attributions.remember(keyOf(push), { push: push.id, rows, notes });
  } catch (error) {
    gate.log.warn({ push: push.id, error }, 'the lines of a push could not be remembered');
  }
}

/** Appends an answer that came later; answers the push as it is shown from now on. */
export async function reviseAttribution(
  gate: Gate,
  push: Push,
  cause: AttributionCause,
  { attribution }: AttributedPush,
): Promise<Push> {
  const summary = summaryOf(attribution);
  await gate.attributions.revise(
    push.id,
    { cause, summary, attribution },
    {
      type: 'push.attributed',
      repo: push.address.repo,
      body: { cause, lines: summary.lines, codingAgents: summary.codingAgents.map(({ id, tier }) => ({ id, tier })) },
    },
  );
  gate.wake.notify(push.id);
  return { ...push, attribution: summary };
}

export function keyOf({ address }: Pick<Push, 'address'>): { readonly upstream: string; readonly repo: string } {
  return { upstream: address.upstream, repo: address.repo };
}
