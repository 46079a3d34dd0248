// The credentials of upstreams, by name. Configuration only says where a secret is; its text is read when a request
// needs it, so a rotated file or variable counts from the next request on, and it lives in a Secret, which no log line,
// JSON document or inspected object can show. Nothing outside src/agent/ ever holds one.
import { type CredentialConfig, type SecretSource, secretsOf } from '../domain/credential-config.ts';
import { type Credential, type CredentialUse, REDACTED, Secret } from './credential.ts';
import { CredentialError } from './credential-error.ts';
import { createMinted, isMinted, type WriteSecret } from './minted/minted.ts';

export type { CredentialConfig, SecretSource } from '../domain/credential-config.ts';
export { type Credential, type CredentialUse, Secret } from './credential.ts';
export { CredentialError } from './credential-error.ts';
export type { WriteSecret } from './minted/minted.ts';

/** Reads the text of a secret now. Its errors name the place, never the text. */
export type ReadSecret = (source: SecretSource) => Promise<string>;

export interface Credentials {
  /** The kind behind a name; `undefined` = no such credential. */
  kindOf(name: string): CredentialConfig['kind'] | undefined;
  /** Reads, or asks for, what the named credential needs. Throws CredentialError. */
  load(name: string, use?: CredentialUse): Promise<Credential>;
  /** The upstream refused this credential: what was kept of it is read anew next time. */
  forget(name: string, use?: CredentialUse): void;
  /** Whether asking again after `forget` may give another one. */
  isMinted(name: string): boolean;
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
  writeSecret: WriteSecret = cannotWrite,
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

  function basic(username: string, password: string): Credential {
    remember(password);
    const pair = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
    remember(pair);
    return { kind: 'authorization', value: new Secret(`Basic ${pair}`) };
  }

  const minted = createMinted({ read, remember, basic, writeSecret });

  async function loadConfig(
    name: string,
    config: CredentialConfig,
    use: CredentialUse | undefined,
  ): Promise<Credential> {
    switch (config.kind) {
      case 'none':
        return { kind: 'none' };
      case 'basic':
        return basic(config.username, await read(config.password));
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
      case 'ssh-agent': {
        const socket = config.socket ?? process.env['SSH_AUTH_SOCK'];
        if (socket === undefined) throw new CredentialError(`credential ${name}: SSH_AUTH_SOCK is not set`);
        return { kind: 'ssh-agent', username: config.username, socket, key: config.key };
      }
      case 'github-app':
      case 'oauth':
      case 'command':
        return minted.load(name, config, use);
    }
  }

  return {
    kindOf: (name) => configOf(name)?.kind,

    async load(name, use) {
      const config = configOf(name);
      if (config === undefined) throw new CredentialError(`credential ${name} is not configured`);
      try {
        return await loadConfig(name, config, use);
      } catch (error) {
        if (error instanceof CredentialError) {
          const message = error.message.startsWith('credential ')
            ? error.message
            : `credential ${name}: ${error.message}`;
          throw new CredentialError(message, { cause: error });
        }
        // The reader's messages name the place only, which is what the operator needs to mend it.
        throw new CredentialError(`credential ${name} cannot be read: ${messageOf(error)}`, { cause: error });
      }
    },

    async learn() {
      const readable = Object.values(configs).flatMap((config) =>
        secretsOf(config)
          .filter(({ kind }) => kind !== 'command')
          .map(async (source) => {
            const text = await read(source);
            if (config.kind === 'basic') basic(config.username, text);
            else remember(text);
          }),
      );
      // Whoever needs one that cannot be read is told then.
      await Promise.allSettled(readable);
    },

    forget(name, use) {
      cached.clear();
      const config = configOf(name);
      if (config !== undefined && isMinted(config)) minted.forget(name, config, use);
    },

    isMinted(name) {
      const config = configOf(name);
      return config !== undefined && isMinted(config);
    },

    redact(text) {
      let clean = text;
      for (const secret of remembered) clean = clean.replaceAll(secret, REDACTED);
      return clean;
    },
  };
}

async function cannotWrite(): Promise<void> {
  throw new Error('this agent cannot write secrets');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unexpected error';
}
