// One key of an ssh-agent (draft-ietf-sshm-ssh-agent): others that it holds are neither offered nor used.
import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { sshKeyFingerprint } from '../protocol/ssh-key.ts';

/** The agent at `socket` as if it held nothing but the key with this `SHA256:…` fingerprint. */
export function oneKeyOf(socket: string, fingerprint: string): ssh2.BaseAgent<ParsedKey> {
  return new OneKeyAgent(socket, fingerprint);
}

class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #fingerprint: string;

  constructor(socket: string, fingerprint: string) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#fingerprint = fingerprint;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    this.#agent.getIdentities((error, keys) => {
      if (error) done(error);
      else
        done(
          undefined,
          (keys ?? []).filter(
            (key) => 'getPublicSSH' in key && sshKeyFingerprint(key.getPublicSSH()) === this.#fingerprint,
          ),
        );
    });
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, done);
  }
}
