// What the door does differently from ssh2 in a key exchange: it offers mlkem768x25519-sha256 first, takes the host keys
// of the moment (with their certificates), and names the signature algorithms that it takes.
import type { Connection } from 'ssh2';
import { certificateAlgorithm } from '../../protocol/ssh-certificate.ts';
import { WireReader, wireString, wireUint32 } from '../../protocol/ssh-wire.ts';
import type { DoorHostKeys, HostIdentity } from './host-identity.ts';
import { proveHostKeys } from './host-key-updates.ts';
import { agreeAsServer, MLKEM768X25519 } from './mlkem768x25519.ts';
import { type HandshakeInside, type HostKeyInside, hostKeyInside, insideOfHandshake } from './ssh2-handshake-inside.ts';

/** The exchange that ssh2 runs in its place; its result is replaced. */
const STAND_IN = 'curve25519-sha256';
const EXT_INFO = 7;
/** ssh2 would leave out a comma and security keys, and name ssh-rsa, which is SHA-1. */
const SIGNATURE_ALGORITHMS = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** To be called when ssh2 has read the client's first line, before it answers. */
export function prepareHandshake(client: Connection, hostKeys: () => DoorHostKeys, isLoggedIn: () => boolean): void {
  const inside = insideOfHandshake(client);
  const { current } = hostKeys();
  inside.offer({
    kex: [MLKEM768X25519, ...inside.offered.kex],
    serverHostKey: [...certifiedAlgorithms(current), ...inside.offered.serverHostKey],
  });
  // Of this connection to its end: clients take another host key in a later exchange for an attack.
  inside.setHostKeys((algorithm) => findHostKey(inside, current, algorithm));
  let wantsExtensions = false;
  inside.onKexinit((payload, go) => {
    runExchange(inside, payload, go);
    wantsExtensions ||= inside.exchange().takeExtensionsWanted();
  });
  client.once('handshake', () => {
    if (wantsExtensions) inside.send(extensionInfo());
  });
  inside.onGlobalRequest((name, data) =>
    isLoggedIn() ? proveHostKeys(name, data, hostKeys(), inside.sessionId()) : undefined,
  );
}

function certifiedAlgorithms(keys: readonly HostIdentity[]): readonly string[] {
  return keys
    .filter(({ certificate, key }) => certificate !== undefined && key.algorithm !== 'ssh-rsa')
    .map(({ key }) => certificateAlgorithm(key.algorithm));
}

function findHostKey(
  inside: HandshakeInside,
  keys: readonly HostIdentity[],
  algorithm: string,
): HostKeyInside | undefined {
  const plain = keys.find(({ key }) => key.algorithm === algorithm.replace(/^rsa-sha2-(?:256|512)$/, 'ssh-rsa'));
  if (plain !== undefined) return hostKeyInside(plain.privateKey);
  const certified = keys.find(({ key }) => certificateAlgorithm(key.algorithm) === algorithm);
  if (certified?.certificate === undefined) return undefined;
  // The signature is one of the key: ssh2 would name it after the certificate.
  inside.exchange().setNegotiated('serverHostKey', certified.key.algorithm);
  return hostKeyInside(certified.privateKey, certified.certificate);
}

/** ssh2 runs an exchange that it knows, on the client's list with that one's name in the place of ours. */
function runExchange(inside: HandshakeInside, payload: Buffer, go: (payload: Buffer) => void): void {
  const replaced = withStandIn(payload, inside.offered.kex);
  go(replaced ?? payload);
  if (replaced === undefined) return;
  const exchange = inside.exchange();
  exchange.setNegotiated('kex', MLKEM768X25519);
  exchange.setRemoteKexinit(payload);
  exchange.replaceAgreement(agreeAsServer());
}

/** `undefined` when the client's first choice, of what we have, is another one; RFC 4253 section 7.1. */
function withStandIn(payload: Buffer, ours: readonly string[]): Buffer | undefined {
  const reader = new WireReader(payload);
  const head = reader.take(1 + 16);
  const names = reader.string()?.toString('latin1').split(',');
  if (head === undefined || names === undefined) return undefined;
  const chosen = names.find((name) => name === MLKEM768X25519 || ours.includes(name));
  if (chosen !== MLKEM768X25519) return undefined;
  const others = names.map((name) => (name === MLKEM768X25519 ? STAND_IN : name));
  return Buffer.concat([head, wireString(others.join(',')), payload.subarray(reader.at)]);
}

/** RFC 8308 sections 2.3 and 3.1. */
function extensionInfo(): Buffer {
  return Buffer.concat([
    Buffer.from([EXT_INFO]),
    wireUint32(1),
    wireString('server-sig-algs'),
    wireString(SIGNATURE_ALGORITHMS.join(',')),
  ]);
}
