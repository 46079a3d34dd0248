// Credentials that somebody else makes when they are needed: a forge, an OAuth server, a program. What they gave is
// kept while it is good.
import type {
  CredentialConfig,
  GithubAppConfig,
  HelperConfig,
  OauthConfig,
  SecretSource,
} from '../../domain/credential-config.ts';
import { visibleText } from '../../protocol/bytes.ts';
import { type Credential, type CredentialUse, Secret } from '../credential.ts';
import { CredentialError } from '../credential-error.ts';
import { askHelper, type HelperQuestion, tellHelper } from './git-helper.ts';
import { mintInstallationToken } from './github-app.ts';
import { requestOauthToken } from './oauth.ts';
import { TokenCache } from './token-cache.ts';

export type MintedConfig = GithubAppConfig | OauthConfig | HelperConfig;

/** Writes the text of a secret that was replaced. Throws when that cannot be done. */
export type WriteSecret = (source: SecretSource, text: string) => Promise<void>;

interface MintedOptions {
  read(source: SecretSource): Promise<string>;
  /** Makes a text known as a secret. */
  remember(text: string): Secret;
  basic(username: string, password: string): Credential;
  readonly writeSecret: WriteSecret;
}

export interface Minted {
  /** What was made before and is still good, or a new one. Throws CredentialError, and what `read` throws. */
  load(name: string, config: MintedConfig, use: CredentialUse | undefined): Promise<Credential>;
  /** The upstream refused it: the next one is new. */
  forget(name: string, config: MintedConfig, use: CredentialUse | undefined): void;
}

/** Whether asking for this credential again may give another one. */
export function isMinted(config: CredentialConfig): config is MintedConfig {
  return config.kind === 'github-app' || config.kind === 'oauth' || config.kind === 'command';
}

/** Makes credentials and keeps them. */
export function createMinted({ read, remember, basic, writeSecret }: MintedOptions): Minted {
  const tokens = new TokenCache(() => Date.now());
  /** Refresh tokens that replaced the configured one: by that one, so that a new configuration counts again. */
  const rotated = new Map<string, string>();
  /** A helper that is asked before it has heard what was refused would give the same again. */
  let erasing: Promise<unknown> = Promise.resolve();

  async function githubApp(name: string, config: GithubAppConfig, use: CredentialUse | undefined) {
    const privateKey = await read(config.privateKey);
    remember(privateKey);
    if (use?.repo === undefined) return { kind: 'none' } as const;
    const asked = { repo: use.repo, writes: use.writes };
    const key = JSON.stringify([name, asked.repo, asked.writes]);
    const token = await tokens.get(key, () => mintInstallationToken(config, privateKey, asked));
    return basic('x-access-token', token);
  }

  async function oauth(name: string, config: OauthConfig): Promise<Credential> {
    const token = await tokens.get(JSON.stringify([name]), async () => {
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
    const value = await tokens.get(key, async () => {
      await erasing;
      return askHelper(config.argv, question);
    });
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

  return {
    load(name, config, use) {
      if (config.kind === 'github-app') return githubApp(name, config, use);
      return config.kind === 'oauth' ? oauth(name, config) : helper(name, config, use);
    },
    forget(name, config, use) {
      const own = JSON.stringify([name]).slice(0, -1);
      tokens.forget((key) => key.startsWith(`${own},`) || key === `${own}]`);
      const question = config.kind === 'command' ? questionOf(use) : undefined;
      if (config.kind === 'command' && question !== undefined) {
        erasing = erasing.then(() => tellHelper(config.argv, question));
      }
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
