// The objects of a push that was decided, for whoever looks at them again.
import type { Mirror, ObjectReader, Quarantine } from '../domain/ports.ts';
import type { Push } from '../domain/push/push.ts';
import type { ObjectPlace } from '../domain/secrets/secret-scanner.ts';
import type { Oid } from '../protocol/oid.ts';
import type { Gate } from './gate.ts';

export interface PushObjects {
  readonly reader: ObjectReader;
  readonly mirror: Mirror;
  /** For who reads them by itself. */
  readonly place: ObjectPlace;
  /** The mirror may have let go of the push's own; `reader` asks for them. */
  readonly mayLackObjects?: true;
}

/** Of a push that is not decided, or waits. */
export function quarantined({ reader, place }: Quarantine, mirror: Mirror): PushObjects {
  return { reader, mirror, place };
}

/** Held: in the quarantine. Landed: in the mirror. Otherwise they are gone, and the answer is undefined. */
export async function withObjects<T>(
  gate: Gate,
  push: Push,
  work: (objects: PushObjects) => Promise<T>,
): Promise<T | undefined> {
  if (push.state !== 'held' && push.state !== 'landed') return undefined;
  const mirror = await gate.workspaces.mirror(push.address, push.objectFormat);
  if (push.state === 'landed') {
    return work({ reader: fetching(mirror), mirror, place: mirror.place, mayLackObjects: true });
  }
  const quarantine = await gate.workspaces.quarantine(push.id, push.address, push.objectFormat);
  try {
    return await work(quarantined(quarantine, mirror));
  } finally {
    quarantine.close();
  }
}

/** What the mirror has let go of is the upstream's by now. */
function fetching(mirror: Mirror): ObjectReader {
  const makeReadable = async (oid: Oid) => {
    if ((await mirror.reader.info(oid)) === undefined) await mirror.ensureObjects([oid]);
  };
  return {
    async info(oid) {
      await makeReadable(oid);
      return mirror.reader.info(oid);
    },
    async read(oid, maxBytes) {
      await makeReadable(oid);
      return mirror.reader.read(oid, maxBytes);
    },
  };
}
