// Who is at the other end of a connection. Only a signature that was verified in the very request that carries it
// makes an identity; a key that was merely offered leaves nothing behind (GHSA-pchf-49fh-w34r), and is answered the
// same whether we know it or not, so the door does not tell whose keys are registered.
import type { AuthContext } from 'ssh2';
import type { Principal } from '../../domain/principal.ts';
import { decodeSshPublicKey, type SshPublicKey, sshKeyFingerprint, verifyWithSshKey } from '../../protocol/ssh-key.ts';

export interface Identity {
  readonly principal: Principal;
  readonly fingerprint: string;
  readonly key: SshPublicKey;
}

export type FindPrincipal = (
  fingerprint: string,
  key: { readonly algorithm: string; readonly blob: Buffer },
) => Promise<Principal | undefined>;

export type LoginAnswer =
  | { readonly answer: 'accept'; readonly identity: Identity }
  /** The key may be used: please sign. */
  | { readonly answer: 'sign' }
  | { readonly answer: 'refuse' }
  | { readonly answer: 'cut' };

/** One connection's attempts to log in. */
export class Login {
  readonly #maxAttempts: number;
  readonly #find: FindPrincipal;
  #asked = false;
  #offers = 0;
  #failures = 0;

  constructor(maxAttempts: number, find: FindPrincipal) {
    this.#maxAttempts = maxAttempts;
    this.#find = find;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Any user name will do: the key says who it is. */
  async answer(context: AuthContext): Promise<LoginAnswer> {
    if (context.method === 'none' && !this.#asked) {
      this.#asked = true; // how clients ask which methods there are (RFC 4252 section 5.2): the first time is free
      return { answer: 'refuse' };
    }
    if (context.method !== 'publickey') return this.#failed();
    const key = decodeSshPublicKey(context.key.data);
    if ('refused' in key || key.algorithm !== context.key.algo) return this.#failed();
    // No hash: the client signs (or would) as ssh-rsa, which is SHA-1.
    if (key.algorithm === 'ssh-rsa' && context.hashAlgo === undefined) return this.#failed();
    const { signature, blob } = context;
    if (signature === undefined) {
      this.#offers += 1;
      // PK_OK repeats the algorithm of the request (RFC 4252 section 7); ssh2 would name ssh-rsa, which we refuse.
      if (context.hashAlgo !== undefined) context.key.algo = context.hashAlgo.replace('sha', 'rsa-sha2-');
      return { answer: this.#offers > this.#maxAttempts ? 'cut' : 'sign' };
    }
    if (blob === undefined) return this.#failed();
    // First the signature: who cannot sign costs no look-up and learns nothing from how long one takes.
    if (!verifyWithSshKey(key, blob, signature, context.hashAlgo)) return this.#failed();
    const fingerprint = sshKeyFingerprint(key.blob);
    const principal = await this.#find(fingerprint, { algorithm: key.algorithm, blob: key.blob });
    if (principal === undefined) return this.#failed();
    return { answer: 'accept', identity: { principal, fingerprint, key } };
  }

  #failed(): LoginAnswer {
    this.#failures += 1;
    return { answer: this.#failures >= this.#maxAttempts ? 'cut' : 'refuse' };
  }
}
