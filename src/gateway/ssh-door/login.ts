// Who is at the other end of a connection. Only a signature that was verified in the very request that carries it
// makes an identity; a key that was merely offered leaves nothing behind (GHSA-pchf-49fh-w34r), and is answered the
// same whether we know it or not, so the door does not tell whose keys are registered.
import type { AuthContext, PublicKeyAuthContext } from 'ssh2';
import type { SshLogin, SshProof } from '../../domain/identity/ssh-proof.ts';
import type { Principal } from '../../domain/principal.ts';
import { decodeSshCertificate, isCertificateAlgorithm } from '../../protocol/ssh-certificate.ts';
import { decodeSshPublicKey, sshKeyFingerprint, verifyWithSshKey } from '../../protocol/ssh-key.ts';
import { wireString } from '../../protocol/ssh-wire.ts';
import { encodeWireSignature, verifyWireSignature } from '../../protocol/ssh-wire-signature.ts';

export interface Identity {
  readonly principal: Principal;
  readonly proof: SshProof;
  /** The user name that the client logged in with. */
  readonly user: string;
}

export type FindPrincipal = (login: SshLogin) => Promise<Principal | undefined>;

export type LoginAnswer =
  | { readonly answer: 'accept'; readonly identity: Identity }
  /** The key may be used: please sign. */
  | { readonly answer: 'sign' }
  | { readonly answer: 'refuse' }
  | { readonly answer: 'cut' };

/** What was offered: a key of a kind that we take, with or without a certificate. */
interface Offer extends Pick<SshProof, 'key' | 'certificate'> {
  /** The signature must name this algorithm; ssh2 has told that of plain keys apart. */
  readonly signatureAlgorithm?: string;
}

/** One connection's attempts to log in. */
export class Login {
  readonly #maxAttempts: number;
  readonly #find: FindPrincipal;
  readonly #remoteAddress: string;
  #asked = false;
  #offers = 0;
  #failures = 0;

  constructor(maxAttempts: number, remoteAddress: string, find: FindPrincipal) {
    this.#maxAttempts = maxAttempts;
    this.#remoteAddress = remoteAddress;
    this.#find = find;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Any user name will do: the key says who it is. Only a certificate of several people needs the right one. */
  async answer(context: AuthContext): Promise<LoginAnswer> {
    if (context.method === 'none' && !this.#asked) {
      this.#asked = true; // how clients ask which methods there are (RFC 4252 section 5.2): the first time is free
      return { answer: 'refuse' };
    }
    if (context.method !== 'publickey') return this.#failed();
    const offer = readOffer(context);
    if (offer === undefined) return this.#failed();
    if (context.signature === undefined) {
      this.#offers += 1;
      // PK_OK repeats the algorithm of the request (RFC 4252 section 7); ssh2 would name ssh-rsa, which we refuse.
      if (context.hashAlgo !== undefined) context.key.algo = context.hashAlgo.replace('sha', 'rsa-sha2-');
      return { answer: this.#offers > this.#maxAttempts ? 'cut' : 'sign' };
    }
    // First the signature: who cannot sign costs no look-up and learns nothing from how long one takes.
    const proof = prove(offer, context);
    if (proof === undefined) return this.#failed();
    const user = context.username;
    const principal = await this.#find({ proof, user, remoteAddress: this.#remoteAddress, isNew: true });
    if (principal === undefined) return this.#failed();
    return { answer: 'accept', identity: { principal, proof, user } };
  }

  #failed(): LoginAnswer {
    this.#failures += 1;
    return { answer: this.#failures >= this.#maxAttempts ? 'cut' : 'refuse' };
  }
}

function readOffer(context: PublicKeyAuthContext): Offer | undefined {
  const { algo, data } = context.key;
  if (/-cert-v\d\d@openssh\.com$/.test(algo)) return readCertificate(algo, data);
  const key = decodeSshPublicKey(data);
  if ('refused' in key || key.algorithm !== algo) return undefined;
  // No hash: the client signs (or would) as ssh-rsa, which is SHA-1.
  return key.algorithm === 'ssh-rsa' && context.hashAlgo === undefined ? undefined : { key };
}

/** The algorithm names the hash for rsa: rsa-sha2-512-cert-v01@openssh.com is for an ssh-rsa-cert-v01@openssh.com. */
function readCertificate(algorithm: string, blob: Buffer): Offer | undefined {
  const certificate = decodeSshCertificate(blob);
  if ('refused' in certificate) return undefined;
  const { key } = certificate;
  const isRsa = /^rsa-sha2-(?:256|512)-cert-v01@openssh\.com$/.test(algorithm);
  if (key.algorithm === 'ssh-rsa' ? !isRsa : !isCertificateAlgorithm(algorithm)) return undefined;
  const signatureAlgorithm = isRsa ? algorithm.replace('-cert-v01@openssh.com', '') : key.algorithm;
  return { key, certificate, signatureAlgorithm };
}

function prove(offer: Offer, context: PublicKeyAuthContext): SshProof | undefined {
  const { signature, blob, hashAlgo } = context;
  if (signature === undefined || blob === undefined) return undefined;
  const { key, certificate } = offer;
  const found = { key, fingerprint: sshKeyFingerprint(key.blob), ...(certificate && { certificate }) };
  if (certificate === undefined && key.application === undefined) {
    return verifyWithSshKey(key, blob, signature, hashAlgo) ? { ...found, userVerified: false } : undefined;
  }
  const wire = wireSignature(offer, signature);
  if (wire === undefined) return undefined;
  const checked = verifyWireSignature(key, blob, wire);
  return checked.outcome === 'verified' ? { ...found, userVerified: checked.userVerified } : undefined;
}

const FLAGS_AND_COUNTER = 5;

/**
 * The signature as the client sent it. ssh2 takes the algorithm off where it is the one of the request: of security
 * keys, but not of certificates.
 */
function wireSignature({ key, signatureAlgorithm }: Offer, signature: Buffer): Buffer | undefined {
  if (signatureAlgorithm !== undefined) return startsWithString(signature, signatureAlgorithm) ? signature : undefined;
  const end = signature.length - FLAGS_AND_COUNTER;
  if (end < 0) return undefined;
  return Buffer.concat([encodeWireSignature(key.algorithm, signature.subarray(0, end)), signature.subarray(end)]);
}

function startsWithString(bytes: Buffer, text: string): boolean {
  return bytes.subarray(0, 4 + text.length).equals(wireString(text));
}
