// How clients learn the host keys that come next (OpenSSH's PROTOCOL, section 2.5): after a login we name all of our
// keys, and prove on demand that we have them.
//   hostkeys-00@openssh.com       = string key, any number; no answer
//   hostkeys-prove-00@openssh.com = the same from the client; answered by as many signatures, each over
//                                   string "hostkeys-prove-00@openssh.com", string session id, string key
import type { Connection } from 'ssh2';
import { wireString, wireStrings } from '../../protocol/ssh-wire.ts';
import type { DoorHostKeys, HostIdentity } from './host-identity.ts';
import { insideOfHandshake } from './ssh2-handshake-inside.ts';

const GLOBAL_REQUEST = 80;
const ANNOUNCE = 'hostkeys-00@openssh.com';
const PROVE = 'hostkeys-prove-00@openssh.com';

/** Names our host keys to a client that has just logged in. */
export function announceHostKeys(client: Connection, hostKeys: DoorHostKeys): void {
  const blobs = all(hostKeys).map(({ key }) => wireString(key.blob));
  const noReply = Buffer.from([0]);
  insideOfHandshake(client).send(
    Buffer.concat([Buffer.from([GLOBAL_REQUEST]), wireString(ANNOUNCE), noReply, ...blobs]),
  );
}

/** The signatures that a client asks for; `undefined` = it asked for something else, or for a key that is not ours. */
export function proveHostKeys(
  name: string,
  data: Buffer,
  hostKeys: DoorHostKeys,
  sessionId: Buffer,
): Buffer | undefined {
  if (name !== PROVE) return undefined;
  const ours = all(hostKeys);
  const wanted = wireStrings(data);
  // Each signature costs us work: a lawful client asks for each key once.
  if (wanted === undefined || wanted.length === 0 || wanted.length > ours.length) return undefined;
  const proofs: Buffer[] = [];
  for (const blob of wanted) {
    const own = ours.find(({ key }) => key.blob.equals(blob));
    if (own === undefined) return undefined;
    proofs.push(wireString(own.sign(Buffer.concat([wireString(PROVE), wireString(sessionId), wireString(blob)]))));
  }
  return Buffer.concat(proofs);
}

function all({ current, next }: DoorHostKeys): readonly HostIdentity[] {
  return [...current, ...next];
}
