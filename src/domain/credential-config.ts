// Credentials of upstreams as the configuration names them. It only says where a secret is; nothing here ever holds one.

/** Where a secret is: an environment variable, a file, or a program that prints it. */
export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export interface SshKeyConfig {
  readonly kind: 'ssh-key';
  /** User name on the upstream when its url has none. */
  readonly username: string;
  readonly privateKey: SecretSource;
  readonly passphrase?: SecretSource;
}

/** A key that only an ssh-agent holds: a security key, a smart card, or one that was unlocked by hand. */
export interface SshAgentConfig {
  readonly kind: 'ssh-agent';
  readonly username: string;
  /** Path of its socket; absent = SSH_AUTH_SOCK. */
  readonly socket?: string;
  /** `SHA256:…` of the one key to use. */
  readonly key: string;
}

/** Installation tokens of a GitHub App, for one repository and with no more rights than the request needs. */
export interface GithubAppConfig {
  readonly kind: 'github-app';
  readonly appId: string;
  readonly privateKey: SecretSource;
  /** Absent = the one that is found for the repository. */
  readonly installation?: number;
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly api: string;
  /** Pushes may change `.github/workflows`. */
  readonly workflows: boolean;
  /** PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

/** Access tokens of an OAuth 2 server: from a refresh token, which may rotate, or as the client itself. */
export interface OauthConfig {
  readonly kind: 'oauth';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret?: SecretSource;
  /** Absent = the grant `client_credentials`. A file is rewritten when the server rotates the token. */
  readonly refreshToken?: SecretSource;
  readonly scope?: string;
  /** User name beside the token. */
  readonly username: string;
  readonly ca?: string;
}

/** A program that speaks git's credential-helper protocol (gitcredentials): a vault, a cloud's secret manager. */
export interface HelperConfig {
  readonly kind: 'command';
  readonly argv: readonly string[];
}

export type CredentialConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretSource }
  | { readonly kind: 'bearer'; readonly token: SecretSource }
  | SshKeyConfig
  | SshAgentConfig
  | GithubAppConfig
  | OauthConfig
  | HelperConfig;

/** Kinds that log in to an ssh upstream; `none` does for both. */
export const SSH_CREDENTIALS: ReadonlySet<CredentialConfig['kind']> = new Set(['ssh-key', 'ssh-agent']);

/** What must be readable for this credential to be of use. */
export function secretsOf(credential: CredentialConfig): readonly SecretSource[] {
  switch (credential.kind) {
    case 'none':
    case 'ssh-agent':
    case 'command':
      return [];
    case 'basic':
      return [credential.password];
    case 'bearer':
      return [credential.token];
    case 'ssh-key':
      return credential.passphrase ? [credential.privateKey, credential.passphrase] : [credential.privateKey];
    case 'github-app':
      return [credential.privateKey];
    case 'oauth':
      return [credential.clientSecret, credential.refreshToken].filter((source) => source !== undefined);
  }
}
