// mlkem768x25519-sha256, the key exchange that a quantum computer of the future cannot open afterwards: ML-KEM-768 (FIPS
// 203) and X25519 (RFC 7748) side by side, so that it holds as long as one of them does. draft-ietf-sshm-mlkem-hybrid-kex:
//   client's share = ML-KEM public key (1184 bytes), X25519 public key (32)
//   server's share = ML-KEM ciphertext (1088 bytes), X25519 public key (32)
//   secret         = SHA-256(ML-KEM secret, X25519 secret), as a string and not as an mpint
import {
  createHash,
  createPublicKey,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

export const MLKEM768X25519 = 'mlkem768x25519-sha256';

export interface Agreement {
  /** Ours; only after the secret was asked for. */
  publicKey(): Buffer;
  /** From what the client sent, which may be anything. */
  secret(clientShare: Buffer): Buffer | Error;
}

const ML_KEM_KEY_BYTES = 1184;
const X25519_KEY_BYTES = 32;
// SubjectPublicKeyInfo up to the raw key: NIST's id-alg-ml-kem-768, and RFC 8410's id-X25519.
const ML_KEM_SPKI = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** The server's side of one exchange. */
export function agreeAsServer(): Agreement {
  let share: Buffer | undefined;
  return {
    publicKey() {
      if (share === undefined) throw new Error('the share of a key exchange was asked for before its secret');
      return share;
    },
    secret(clientShare) {
      try {
        const agreed = answer(clientShare);
        share = agreed.share;
        return agreed.secret;
      } catch (error) {
        return error instanceof Error ? error : new Error('the key exchange failed');
      }
    },
  };
}

function answer(clientShare: Buffer): { readonly share: Buffer; readonly secret: Buffer } {
  if (clientShare.length !== ML_KEM_KEY_BYTES + X25519_KEY_BYTES) throw new Error('the share has another length');
  // OpenSSL refuses ML-KEM keys with coefficients out of range, and X25519 points that lead to an all-zero secret.
  const kemKey = publicKey(ML_KEM_SPKI, clientShare.subarray(0, ML_KEM_KEY_BYTES));
  const theirs = publicKey(X25519_SPKI, clientShare.subarray(ML_KEM_KEY_BYTES));
  const { sharedKey, ciphertext } = encapsulate(kemKey);
  const ours = generateKeyPairSync('x25519');
  const classical = diffieHellman({ privateKey: ours.privateKey, publicKey: theirs });
  const ourPoint = ours.publicKey.export({ type: 'spki', format: 'der' }).subarray(X25519_SPKI.length);
  return {
    share: Buffer.concat([ciphertext, ourPoint]),
    secret: createHash('sha256').update(sharedKey).update(classical).digest(),
  };
}

function publicKey(prefix: Buffer, raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), type: 'spki', format: 'der' });
}
