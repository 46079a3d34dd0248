// The credentials of upstreams, by name. Configuration only says where a secret is; its text is read when a request
// needs it, so a rotated file or variable counts from the next request on, and it lives in a Secret, which no log line,
// JSON document or inspected object can show. Nothing outside src/agent/ ever holds one.
import { inspect } from 'node:util';
import {
  type CredentialConfig,
  type GithubAppConfig,
  type HelperConfig,
  type OauthConfig,
  type SecretSource,
  secretsOf,
} from '../domain/credential-config.ts';
import { visibleText } from '../protocol/bytes.ts';
import { CredentialError } from './credential-error.ts';
import { askHelper, type HelperQuestion, tellHelper } from './minted/git-helper.ts';
import { mintInstallationToken } from './minted/github-app.ts';
import { requestOauthToken } from './minted/oauth.ts';
import { TokenCache } from './minted/token-cache.ts';

export type { CredentialConfig, SecretSource } from '../domain/credential-config.ts';
export { CredentialError } from './credential-error.ts';

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

/** Writes the text of a secret that was replaced. Throws when that cannot be done. */
export type WriteSecret = (source: SecretSource, text: string) => Promise<void>;

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
  const minted = new TokenCache(() => Date.now());
  /** Refresh tokens that replaced the configured one: by that one, so that a new configuration counts again. */
  const rotated = new Map<string, string>();
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

  async function githubApp(name: string, config: GithubAppConfig, use: CredentialUse | undefined) {
    const privateKey = await read(config.privateKey);
    remember(privateKey);
    if (use?.repo === undefined) return { kind: 'none' } as const;
    const asked = { repo: use.repo, writes: use.writes };
    const key = JSON.stringify([name, asked.repo, asked.writes]);
    const token = await minted.get(key, () => mintInstallationToken(config, privateKey, asked));
    return basic('x-access-token', token);
  }

  async function oauth(name: string, config: OauthConfig): Promise<Credential> {
    const token = await minted.get(JSON.stringify([name]), async () => {
      const clientSecret = config.clientSecret && (await read(config.clientSecret));
      const configured = config.refreshToken && (await read(config.refreshToken));
      const refreshToken = configured && (rotated.get(configured) ?? configured);
      for (const text of [clientSecret, refreshToken]) if (text !== undefined) remember(text);
      const answer = await requestOauthToken(config, {
        ...(clientSecret !== undefined && { clientSecret }),
        ...(refreshToken !== undefined && { refreshToken }),
      });
      if (answer.rotatedTo !== undefined && config.refreshToken && configured !== undefined) {
        remember(answer.rotatedTo);
        await keep(config.refreshToken, configured, answer.rotatedTo);
      }
      return answer;
    });
    return basic(config.username, token);
  }

  /** A refresh token counts once: the next one is written before the access token is used. */
  async function keep(source: SecretSource, configured: string, next: string): Promise<void> {
    rotated.set(configured, next);
    await writeSecret(source, next).then(
      () => rotated.delete(configured),
      () => {}, // it is kept here until the agent ends, and `doctor` says that it cannot be written
    );
  }

  async function helper(name: string, config: HelperConfig, use: CredentialUse | undefined): Promise<Credential> {
    const question = questionOf(use);
    if (question === undefined) return { kind: 'none' };
    const key = JSON.stringify([name, question]);
    const value = await minted.get(key, () => askHelper(config.argv, question));
    const [, credential = ''] = value.split(' ');
    remember(credential);
    if (value.startsWith('Basic '))
      remember(
        Buffer.from(credential, 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, ''),
      );
    return { kind: 'authorization', value: new Secret(value) };
  }

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
        return githubApp(name, config, use);
      case 'oauth':
        return oauth(name, config);
      case 'command':
        return helper(name, config, use);
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
      const sources = Object.values(configs)
        .flatMap((config) => secretsOf(config))
        .filter(({ kind }) => kind !== 'command');
      // Whoever needs one that cannot be read is told then.
      await Promise.allSettled(sources.map(async (source) => remember(await read(source))));
    },

    forget(name, use) {
      cached.clear();
      minted.clear();
      const config = configOf(name);
      const question = questionOf(use);
      if (config?.kind === 'command' && question !== undefined) void tellHelper(config.argv, question);
    },

    isMinted(name) {
      const kind = configOf(name)?.kind;
      return kind === 'github-app' || kind === 'oauth' || kind === 'command';
    },

    redact(text) {
      let clean = text;
      for (const secret of remembered) clean = clean.replaceAll(secret, REDACTED);
      return clean;
    },
  };
}

const USUAL_PORTS = { http: 80, https: 443 } as const;

function questionOf(use: CredentialUse | undefined): HelperQuestion | undefined {
  if (use === undefined || use.scheme === 'ssh') return undefined;
  const host = use.port === USUAL_PORTS[use.scheme] ? use.host : `${use.host}:${use.port}`;
  // A line of its own would be another field of the protocol.
  if (/[\r\n\0]/.test(`${host}${use.repo ?? ''}`)) throw new CredentialError(`no host or path: ${visibleText(host)}`);
  return { protocol: use.scheme, host, ...(use.repo !== undefined && { path: use.repo }) };
}

async function cannotWrite(): Promise<void> {
  throw new Error('this agent cannot write secrets');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unexpected error';
}
