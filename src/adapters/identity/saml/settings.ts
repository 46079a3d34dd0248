// One entry of identity.saml, with its secrets at hand.

/** A private key and its certificate, both in PEM form. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export interface SamlSettings {
  readonly name: string;
  /** Where the provider takes requests by redirect. */
  readonly entryPoint: string;
  /** The provider's entity id. */
  readonly idpIssuer: string;
  /** Path of a PEM file; read again for each login, so that a changed one counts at once. */
  readonly idpCertificate: string;
  /** Our entity id, and the audience we are. */
  readonly issuer: string;
  /** Absent: the NameID is the name. */
  readonly nameAttribute?: string;
  /** Absent: the NameID, which must then be persistent, is who somebody is. */
  readonly subjectAttribute?: string;
  readonly emailAttribute?: string;
  readonly groupsAttribute?: string;
  /** Group of the provider → group of ours. */
  readonly groups: ReadonlyMap<string, string>;
  /** Signs our requests. */
  readonly signing?: KeyPair;
  /** Decrypts assertions; without it encrypted ones are refused. */
  readonly decryption?: KeyPair;
}
