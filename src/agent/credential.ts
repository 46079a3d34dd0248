// One credential, ready for a request, and what it is needed for. Its text lives in a Secret.
import { inspect } from 'node:util';

export const REDACTED = '[redacted]';

/** A secret's text. Only reveal() gives it; every way of printing gives `[redacted]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** A credential ready for one request. */
export type Credential =
  | { readonly kind: 'none' }
  /** The whole value of an `Authorization` header. */
  | { readonly kind: 'authorization'; readonly value: Secret }
  | { readonly kind: 'ssh-key'; readonly username: string; readonly privateKey: Secret; readonly passphrase?: Secret }
  /** Whose private half stays with an ssh-agent. */
  | { readonly kind: 'ssh-agent'; readonly username: string; readonly socket: string; readonly key: string };

/** What a credential is needed for: some are made for one repository, and for no more than reading. */
export interface CredentialUse {
  readonly scheme: 'http' | 'https' | 'ssh';
  readonly host: string;
  readonly port: number;
  /** As the upstream knows it, such as `acme/shop.git`; absent when no repository is asked for. */
  readonly repo?: string;
  readonly writes: boolean;
}
