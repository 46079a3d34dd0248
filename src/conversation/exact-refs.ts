// Records hold no secret, not even one that somebody put into the name of a ref: the store masks it. What speaks git needs
// the exact name, and finds it in the commands that the client sent, which the recording keeps under seal.
import type { Push, RefUpdate } from '../domain/push/push.ts';
import type { Masker } from '../domain/secrets/mask-text.ts';
import type { ReceivePackRequest } from '../protocol/receive-pack.ts';

/** The push with its refs as `commands`, which are those of its request, name them. Throws if they are another push's. */
export function withExactRefs(push: Push, commands: ReceivePackRequest['commands'], mask: Masker): Push {
  if (!hasMaskedRef(push)) return push;
  const left = [...commands];
  const updates = push.updates.map((update): RefUpdate => {
    const at = left.findIndex(
      ({ refName, oldOid, newOid }) =>
        oldOid === update.oldOid && newOid === update.newOid && mask.text(refName) === update.refName,
    );
    const [command] = at < 0 ? [] : left.splice(at, 1);
    if (command === undefined) throw new Error(`the commands of push ${push.id} are not those that were recorded`);
    return { ...update, refName: command.refName };
  });
  // Outcomes are in the order of the updates.
  const outcomes = push.outcomes?.map((outcome, i) => ({
    ...outcome,
    refName: updates[i]?.refName ?? outcome.refName,
  }));
  return { ...push, updates, ...(outcomes && { outcomes }) };
}

/** Whether the store may have masked a name: it leaves this character, which few other names have. */
export function hasMaskedRef(push: Pick<Push, 'updates'>): boolean {
  return push.updates.some(({ refName }) => refName.includes('…'));
}
