// Somebody as an identity provider vouches for them. Who it is, is the pair (provider, subject) and nothing else: names
// and e-mail addresses change hands, and a second provider may assert any of them.

export interface ExternalIdentity {
  /** The provider's name in sallyport.yaml. */
  readonly provider: string;
  /** Never reused and never changed by the provider (OIDC `sub`, SAML persistent NameID). */
  readonly subject: string;
  /** What the person is to be called here; only a wish, see admitIdentity. */
  readonly name: string;
  /** For people to read; decides nothing. */
  readonly email?: string;
  /** Groups of ours, already mapped. */
  readonly groups: readonly string[];
  /** When the provider said so: milliseconds since the epoch. */
  readonly at: number;
}

/** `provider` and `subject` as one text, for maps. */
export function identityKey({ provider, subject }: Pick<ExternalIdentity, 'provider' | 'subject'>): string {
  return JSON.stringify([provider, subject]);
}
