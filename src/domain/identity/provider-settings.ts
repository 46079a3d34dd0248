// What the configuration says of identity providers. Secrets are not among it.

export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** Asymmetric ones alone: with a shared secret, whoever can check a token can make one. */
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Their groups → ours. */
export type GroupMap = Readonly<Record<string, readonly string[]>>;

export interface OidcSettings {
  readonly name: string;
  /** Exactly as the provider writes it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** More parameters of the authorization request, as some providers want them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly nameClaim: string;
  /** A claim, or the way to one inside others: `realm_access.roles`, `/resource/roles`. */
  readonly groupsClaim: string;
  readonly groups: GroupMap;
  /** Where groups are listed for people who have too many for a token. */
  readonly groupsEndpoint?: string;
  /** Audiences of tokens that may be shown to us, besides clientId. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly TokenAlgorithm[];
  /** PEM file of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

/** Jobs that prove what they are by a token of their CI system. */
export interface WorkloadSettings {
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  /** Claims that must match: `*` stands for anything without `/` and `:`, `**` for anything. */
  readonly match: Readonly<Record<string, string>>;
  /** Name of the service principal, with claims in braces: `ci-{repository}`. */
  readonly principal: string;
  readonly groups: readonly string[];
  readonly algorithms: readonly TokenAlgorithm[];
  readonly ca?: string;
}

export interface SamlSettings {
  readonly name: string;
  /** Where the provider takes requests by redirect. */
  readonly entryPoint: string;
  /** The provider's entity id. */
  readonly idpIssuer: string;
  /** PEM file of the certificates it signs with; read for each login, so that a changed one counts at once. */
  readonly idpCertificate: string;
  /** Our entity id, and the audience we are; absent = the gateway's public URL. */
  readonly issuer?: string;
  /** Absent: the NameID is the name. */
  readonly nameAttribute?: string;
  /** Absent: the NameID, which must then be persistent, is who somebody is. */
  readonly subjectAttribute?: string;
  readonly emailAttribute?: string;
  readonly groupsAttribute: string;
  readonly groups: GroupMap;
}
