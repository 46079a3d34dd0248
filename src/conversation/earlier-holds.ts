// The holds that a push meets: the same push again is the same hold, another one to the same ref replaces it.
import type { Principal } from '../domain/principal.ts';
import type { Push, RepoAddress } from '../domain/push/push.ts';
import type { Oid } from '../protocol/oid.ts';
import type { ReceivePackRequest } from '../protocol/receive-pack.ts';
import type { Gate } from './gate.ts';

interface Pusher {
  readonly address: RepoAddress;
  readonly principal: Principal;
}
type Asked = Pick<ReceivePackRequest, 'commands' | 'pushOptions'>;

/** The held push that is this very one, pushed again. */
export async function findHeldTwin(
  gate: Gate,
  { address, principal }: Pusher,
  request: Asked,
): Promise<Push | undefined> {
  const held = await gate.pushes.list({ states: ['held'], repo: address.repo, principal: principal.name });
  // As the store has them.
  const { commands, pushOptions } = gate.mask.value({
    commands: request.commands,
    pushOptions: request.pushOptions,
  });
  const wanted = updatesKey(commands, pushOptions);
  return held.find((push) => updatesKey(push.updates, push.pushOptions) === wanted);
}

/** The held pushes of this principal that this one replaces. */
export async function olderHolds(gate: Gate, { id, address, principal, updates }: Push): Promise<readonly Push[]> {
  const held = await gate.pushes.list({ states: ['held'], repo: address.repo, principal: principal.name });
  const refs = new Set(updates.map((update) => update.refName));
  return held.filter((older) => older.id !== id && older.updates.some((update) => refs.has(update.refName)));
}

/** Ends them: the newer push stands in their place. */
export async function supersedeOlderHolds(gate: Gate, push: Push): Promise<void> {
  for (const older of await olderHolds(gate, push)) {
    const done = await gate.pushes.transition({
      id: older.id,
      from: ['held'],
      to: 'superseded',
      set: { supersededBy: push.id, note: `superseded by push ${push.id}` },
      entry: {
        type: 'push.superseded',
        actor: push.principal.name,
        repo: push.address.repo,
        pushId: older.id,
        body: { by: push.id },
      },
    });
    if (done !== undefined) {
      gate.wake.notify(older.id);
      await gate.workspaces.removeQuarantine(older.id);
    }
  }
}

function updatesKey(
  updates: readonly { refName: string; oldOid: Oid; newOid: Oid }[],
  pushOptions: readonly string[],
): string {
  const rows = updates.map((update) => `${update.refName} ${update.oldOid} ${update.newOid}`).toSorted();
  const options = pushOptions.filter((option) => !option.startsWith('sallyport.'));
  return JSON.stringify([rows, options]);
}
