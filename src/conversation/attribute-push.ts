// Who wrote a push, while it is being received. What can be said at once goes into the verdict; where earlier versions of
// files are not here, asking the upstream for them takes as long as a small push: unless the policy wants to know first,
// that is done beside the relay, and the answer follows.
import {
  type AttributedPush,
  type AttributionSources,
  attributePush,
  type PushToAttribute,
} from '../domain/attribution/push/attribute-push.ts';
import { isLargePush, MoreThanSmallError, SMALL_BESIDE } from '../domain/attribution/push/push-size.ts';
import { summaryOf } from '../domain/attribution/summary.ts';
import type { AttributionCause, ObjectReader } from '../domain/ports.ts';
import type { Inputs } from '../domain/push/inputs.ts';
import type { Push } from '../domain/push/push.ts';
import type { Oid } from '../protocol/oid.ts';
import type { Gate } from './gate.ts';
import type { PushObjects } from './push-objects.ts';

/** A push on disk is looked at for this long; then what was not looked at is not known. */
const PATIENCE_MS = 60_000;

/** Of a later answer, in the trail. */
const MAX_FINDINGS = 20;

interface AttributeOptions {
  /** Also ask the upstream for earlier versions. */
  readonly mayAsk: boolean;
  readonly signal: AbortSignal;
}

/** Small pushes here and at once, others beside this process. Rejects when it cannot be said. */
export async function attribute(
  gate: Gate,
  push: PushToAttribute,
  address: Push['address'],
  objects: PushObjects,
  options: AttributeOptions,
): Promise<AttributedPush> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const { mirror, place, mayLackObjects } = objects;
  const asking = options.mayAsk && { ensureObjects: (oids: readonly Oid[]) => mirror.ensureObjects(oids, signal) };
  if (!isLargePush(push)) {
    try {
      return await attributePush(push, smallSources(gate, address, objects.reader, { ...asking, signal }));
    } catch (error) {
      if (!(error instanceof MoreThanSmallError)) throw error;
    }
  }
  const site = { repo: address, place, ...asking, signal };
  try {
    return await gate.attributor.attribute(push, mayLackObjects ? { ...site, mayLackObjects } : site);
  } catch (error) {
    throw new AttributionError('who wrote a large push could not be said', { cause: error });
  }
}

/** Nobody knows who wrote it, which is never the same as nobody. */
export class AttributionError extends Error {
  readonly code = 'not-attributed';
}

/** What a small push is compared with, as long as that is not much. */
function smallSources(
  gate: Gate,
  address: Push['address'],
  reader: ObjectReader,
  rest: Pick<AttributionSources, 'ensureObjects' | 'signal'>,
): AttributionSources {
  const { attributions, sessions, signatures } = gate;
  return {
    ...rest,
    reader,
    signatures,
    sessions: {
      find: sessions.find,
      commitRecords: sessions.commitRecords,
      hasOutput: sessions.hasOutput,
      async outputsWith(...wanted) {
        const outputs = await sessions.outputsWith(...wanted);
        const lines = outputs.reduce((sum, output) => sum + output.lines.length, 0);
        if (lines > SMALL_BESIDE.outputLines) throw new MoreThanSmallError();
        return outputs;
      },
    },
    remembered: (wanted) => attributions.remembered(address, wanted),
    async notesAbout(commits) {
      const places = await attributions.notesAbout(address, commits);
      const infos = await Promise.all(places.map(({ blob }) => reader.info(blob)));
      const bytes = infos.reduce((sum, info) => sum + (info?.size ?? 0), 0);
      if (bytes > SMALL_BESIDE.noteBytes) throw new MoreThanSmallError();
      return places;
    },
  };
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
    await gate.failPoint('remembering');
    await gate.attributions.remember(keyOf(push), { push: push.id, rows, notes });
    await gate.failPoint('remembered');
  } catch (error) {
    gate.log.warn({ push: push.id, error }, 'the lines of a push could not be remembered');
  }
}

/** Appends an answer that came later; answers the push as it is shown from now on. */
export async function reviseAttribution(
  gate: Gate,
  push: Push,
  cause: AttributionCause,
  { attribution, findings }: AttributedPush,
): Promise<Push> {
  const summary = summaryOf(attribution);
  await gate.failPoint('revising');
  await gate.attributions.revise(
    push.id,
    { cause, summary, attribution },
    {
      type: 'push.attributed',
      repo: push.address.repo,
      body: {
        cause,
        lines: summary.lines,
        codingAgents: summary.codingAgents.map(({ id, tier }) => ({ id, tier })),
        // Those of the push itself stay as they were decided on.
        findings: findings.slice(0, MAX_FINDINGS).map(({ rule, text, commit = null }) => ({ rule, text, commit })),
      },
    },
  );
  await gate.failPoint('revised');
  gate.wake.notify(push.id);
  return { ...push, attribution: summary };
}

export function keyOf({ address }: Pick<Push, 'address'>): { readonly upstream: string; readonly repo: string } {
  return { upstream: address.upstream, repo: address.repo };
}
