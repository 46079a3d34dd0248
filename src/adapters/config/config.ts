// What sallyport.yaml says, checked and made absolute: paths are absolute, sizes are bytes, durations milliseconds.
// Secrets are only named here, never held: `readSecret` reads one at the moment it is used.
import type { AccessRule } from '../../domain/access.ts';
import type { TrustedSigner } from '../../domain/attribution/trusted-signer.ts';
import type { CredentialConfig, SecretSource } from '../../domain/credential-config.ts';
import type { OidcSettings, SamlSettings, WorkloadSettings } from '../../domain/identity/provider-settings.ts';
import type { SshKeyPolicy } from '../../domain/identity/ssh-key-policy.ts';
import type { ListedValue } from '../../domain/secrets/exact.ts';

export interface ListenAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface HttpConfig {
  readonly listen: ListenAddress;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface SshConfig {
  readonly listen: ListenAddress;
  /** Show certificates of our host keys to clients that take them. */
  readonly hostCertificate: boolean;
}

export interface LimitsConfig {
  readonly maxPackBytes: number;
  readonly maxObjectBytes: number;
  readonly maxRefUpdates: number;
  /** Milliseconds from the first byte of a push to its last. */
  readonly receiveTimeout: number;
  /** Of one principal. */
  readonly maxConcurrentPushes: number;
  /** What the held pushes of one principal may keep. */
  readonly maxHeldBytes: number;
  /** Below it nothing is accepted. */
  readonly minFreeDisk: number;
}

export interface RetentionConfig {
  /** Milliseconds that the recording of a push is kept after its end; absent = for ever. */
  readonly recordings?: number;
}

export interface GatewayConfig {
  /** Without a slash at the end. Absent: whatever address the http door gets. */
  readonly publicUrl?: string;
  readonly dataDir: string;
  readonly keysDir: string;
  readonly http: HttpConfig;
  readonly ssh: SshConfig;
  /** Absent: the embedded agent is all there is. */
  readonly agents?: AgentsConfig;
  readonly store: 'sqlite';
  readonly limits: LimitsConfig;
  readonly retention: RetentionConfig;
}

export interface UpstreamPattern {
  readonly name: string;
  /** Glob over the repository as clients name it, without `.git`. */
  readonly match: string;
}

/** Served by agents that run apart; where it is and how to log in there is in their configuration alone. */
export interface RemoteUpstreamConfig extends UpstreamPattern {
  /** Names of agents, best first. */
  readonly agent: readonly string[];
}

/** Where an upstream is, as whoever reaches it needs to know. */
export interface UpstreamPlace {
  readonly name: string;
  /** http, https or ssh; `{path}` and `{repo}` stand for the repository. Never holds a password. */
  readonly url: string;
  /** Name of an entry of `agent.credentials`; absent = no credential. */
  readonly credential?: string;
  /** ssh only: pinned host keys, as `SHA256:…` fingerprints or `<algorithm> <base64>`. */
  readonly hostKeys: readonly string[];
  /** ssh only: a known_hosts file. */
  readonly knownHosts?: string;
  /** https only: PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

export interface EmbeddedUpstreamConfig extends UpstreamPattern, UpstreamPlace {
  readonly agent: 'embedded';
}

export type UpstreamConfig = EmbeddedUpstreamConfig | RemoteUpstreamConfig;

/** Those that the agent in the gateway's own process serves. */
export function embeddedUpstreams(config: Config): readonly EmbeddedUpstreamConfig[] {
  return config.upstreams.filter((upstream) => upstream.agent === 'embedded');
}

/** The port that agents dial. */
export interface AgentsConfig {
  readonly listen: ListenAddress;
  /** Milliseconds that the certificate of an agent holds; it is renewed before. */
  readonly certificateLifetime: number;
}

/** The configuration of an agent that runs apart. */
export interface AgentConfig {
  /** The file this came from, absolute. */
  readonly file: string;
  readonly name: string;
  readonly gateway: ListenAddress;
  /** base64url SHA-256 of the gateway's authority; absent = the join token's. */
  readonly pin?: string;
  readonly joinToken?: SecretSource;
  readonly stateDir: string;
  /** Open at once. */
  readonly links: number;
  readonly credentials: Readonly<Record<string, CredentialConfig>>;
  readonly upstreams: readonly UpstreamPlace[];
}

export interface IdentityConfig {
  /** Users, tokens and keys of our own store. */
  readonly local: boolean;
  /** Groups of somebody who shows no credential; absent = nobody gets in without one. */
  readonly anonymous?: { readonly groups: readonly string[] };
  /** Milliseconds that what a provider said of somebody counts before it is asked again. */
  readonly recheck: number;
  /** Milliseconds that a login counts when its provider cannot be asked again, and that a browser stays logged in. */
  readonly loginLasts: number;
  readonly oidc: readonly OidcConfig[];
  readonly workloads: readonly WorkloadSettings[];
  readonly saml: readonly SamlConfig[];
  readonly ssh: SshIdentityConfig;
  readonly codingAgents: CodingAgentsConfig;
  readonly grants: GrantsConfig;
  /** Absent = nobody goes through a hold. */
  readonly breakGlass?: BreakGlassConfig;
}

export interface SamlConfig extends SamlSettings {
  /** Absent: requests are not signed. */
  readonly signRequests?: KeyPairConfig;
  /** Absent: encrypted assertions are refused. */
  readonly decryption?: KeyPairConfig;
}

export interface KeyPairConfig {
  /** PEM, without a passphrase. */
  readonly key: SecretSource;
  /** Path of a PEM file. */
  readonly certificate: string;
}

export interface OidcConfig extends OidcSettings {
  /** Absent: a public client. */
  readonly clientSecret?: SecretSource;
}

export interface SshIdentityConfig {
  readonly keys: SshKeyPolicy;
  readonly certificates: {
    /** Files of the public keys whose certificates count, besides our own authority's. */
    readonly authorities: readonly string[];
    /** What users are called in certificates: `{name}` stands for the name. */
    readonly principals: string;
    /** A KRL, or a list that people write. */
    readonly revoked?: string;
    /** Milliseconds that a certificate of our own is valid. */
    readonly issue: { readonly lifetime: number };
  };
}

export interface CodingAgentsConfig {
  /** Who enrols them: people for themselves, or admins alone. */
  readonly enrolment: 'sponsors' | 'admins';
  /** None has rights by its groups, only what is granted to it. */
  readonly grantsOnly: boolean;
  /** Milliseconds that a token lives at most that a sponsor makes. */
  readonly maxTokenLifetime: number;
}

export interface GrantsConfig {
  /** The group whose members give grants. */
  readonly approvers: string;
  /** A sponsor gives grants to their own agents, too. */
  readonly bySponsor: boolean;
  /** Milliseconds. */
  readonly maxLifetime: number;
}

export interface BreakGlassConfig {
  /** Whose members may push through holds. */
  readonly group: string;
  /** Who looks at it afterwards. */
  readonly reviewers: string;
}

export interface SecretsConfig {
  /** A `.gitleaks.toml`: its rules count beside ours, its allowlists for all. */
  readonly gitleaks?: string;
  /** A `.gitleaksignore`: these findings are none. */
  readonly gitleaksIgnore?: string;
  /** Digests of values that must not pass. */
  readonly hashes: readonly ListedValue[];
}

export interface AiConfig {
  readonly signers: readonly TrustedSigner[];
  readonly memory: {
    /** Milliseconds that lines are known again after a rebase or squash. */
    readonly retention: number;
  };
  readonly sessions: {
    /** Milliseconds that what is recorded of a coding agent's session is kept after we received it. */
    readonly retention: number;
  };
}

export interface Config {
  /** The file this came from, absolute. */
  readonly file: string;
  readonly gateway: GatewayConfig;
  readonly upstreams: readonly UpstreamConfig[];
  readonly agent: { readonly credentials: Readonly<Record<string, CredentialConfig>> };
  readonly identity: IdentityConfig;
  /** As written, and one rule more: the group `admin` is always in it. */
  readonly access: readonly AccessRule[];
  /** Absolute path of the policy file. */
  readonly policy: string;
  readonly secrets: SecretsConfig;
  readonly ai: AiConfig;
}
