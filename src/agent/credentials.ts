// The credentials of upstreams, by name. Configuration only says where a secret is; its text is read when a request
// needs it, so a rotated file or variable counts from the next request on, and it lives in a Secret, which no log line,
// JSON document or inspected object can show. Nothing outside src/agent/ ever holds one.
import { inspect } from 'node:util';

/** Where a secret is: an environment variable, a file, or a program that prints it. */
export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export type CredentialConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretSource }
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | {
      readonly kind: 'ssh-key';
      /** User name on the upstream when its url has none. */
      readonly username: string;
      readonly privateKey: SecretSource;
      readonly passphrase?: SecretSource;
    };

/** Reads the text of a secret now. Its errors name the place, never the text. */
export type ReadSecret = (source: SecretSource) => Promise<string>;

const REDACTED = '[redacted]';

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
  | { readonly kind: 'ssh-key'; readonly username: string; readonly privateKey: Secret; readonly passphrase?: Secret };

/** The credential cannot be used now: names it and the place, never the text. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

export interface Credentials {
  /** The kind behind a name; `undefined` = no such credential. */
  kindOf(name: string): CredentialConfig['kind'] | undefined;
  /** Reads what the named credential needs. Throws CredentialError. */
  load(name: string): Promise<Credential>;
  /** The upstream refused this credential: what was kept of it is read anew next time. */
  forget(name: string): void;
  /** Reads what variables and files hold, as far as they can be read; programs are asked when a request needs them. */
  learn(): Promise<void>;
  /** `text` without any secret that was loaded here, for errors and log lines that quote an upstream. */
  redact(text: string): string;
}

/** A program may ask a vault or a cloud: asked once for the requests of one push, not once for each. */
const COMMAND_CACHE_MS = 60_000;
/** Old texts of rotated secrets are still redacted; bounded, since a command may print a new one each time. */
const MAX_REMEMBERED = 256;
/** Shorter "secrets" would blank out ordinary words. */
const MIN_REDACTED_LENGTH = 4;

/** Where the texts of secrets are made known; on the gateway's side it keeps no more than keyed digests of them. */
export interface HeldSecrets {
  add(text: string): void;
}

/** All credentials of the agent. Nothing is asked of a program before it is needed. */
export function createCredentials(
  configs: Readonly<Record<string, CredentialConfig>>,
  readSecret: ReadSecret,
  now: () => number = () => performance.now(),
  held?: HeldSecrets,
): Credentials {
  const cached = new Map<SecretSource, { readonly text: Promise<string>; readonly until: number }>();
  const remembered = new Set<string>();

  const configOf = (name: string) => (Object.hasOwn(configs, name) ? configs[name] : undefined);

  function remember(text: string): Secret {
    if (text.length >= MIN_REDACTED_LENGTH) {
      remembered.delete(text);
      remembered.add(text);
      held?.add(text);
      for (const oldest of remembered) {
        if (remembered.size <= MAX_REMEMBERED) break;
        remembered.delete(oldest);
      }
    }
    return new Secret(text);
  }

  async function read(source: SecretSource): Promise<string> {
    if (source.kind !== 'command') return readSecret(source);
    const kept = cached.get(source);
    if (kept !== undefined && kept.until > now()) return kept.text;
    const text = readSecret(source);
    cached.set(source, { text, until: now() + COMMAND_CACHE_MS });
    // A failure is not kept: the vault may be back for the next request.
    text.catch(() => cached.delete(source));
    return text;
  }

  async function loadConfig(name: string, config: CredentialConfig): Promise<Credential> {
    switch (config.kind) {
      case 'none':
        return { kind: 'none' };
      case 'basic': {
        const password = await read(config.password);
        remember(password);
        const pair = Buffer.from(`${config.username}:${password}`, 'utf8').toString('base64');
        remember(pair);
        return { kind: 'authorization', value: new Secret(`Basic ${pair}`) };
      }
      case 'bearer': {
        const token = await read(config.token);
        // RFC 6750, section 2.1. Anything else (a line end above all) could add a header of its own.
        if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
          throw new CredentialError(
            `credential ${name} is not a bearer token; hint: it must be one word without spaces`,
          );
        }
        remember(token);
        return { kind: 'authorization', value: new Secret(`Bearer ${token}`) };
      }
      case 'ssh-key': {
        const privateKey = remember(await read(config.privateKey));
        const passphrase = config.passphrase && remember(await read(config.passphrase));
        return { kind: 'ssh-key', username: config.username, privateKey, ...(passphrase && { passphrase }) };
      }
    }
  }

  return {
    kindOf: (name) => configOf(name)?.kind,

    async load(name) {
      const config = configOf(name);
      if (config === undefined) throw new CredentialError(`credential ${name} is not configured`);
      try {
        return await loadConfig(name, config);
      } catch (error) {
        if (error instanceof CredentialError) throw error;
        // The reader's messages name the place only, which is what the operator needs to mend it.
        throw new CredentialError(`credential ${name} cannot be read: ${messageOf(error)}`, { cause: error });
      }
    },

    async learn() {
      const names = Object.keys(configs).filter((name) =>
        sourcesOf(configs[name]).every(({ kind }) => kind !== 'command'),
      );
      // Whoever needs one that cannot be read is told then.
      await Promise.allSettled(names.map((name) => this.load(name)));
    },

    forget() {
      cached.clear();
    },

    redact(text) {
      let clean = text;
      for (const secret of remembered) clean = clean.replaceAll(secret, REDACTED);
      return clean;
    },
  };
}

function sourcesOf(config: CredentialConfig | undefined): readonly SecretSource[] {
  switch (config?.kind) {
    case 'basic':
      return [config.password];
    case 'bearer':
      return [config.token];
    case 'ssh-key':
      return [config.privateKey, ...(config.passphrase === undefined ? [] : [config.passphrase])];
    default:
      return [];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unexpected error';
}
