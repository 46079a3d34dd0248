// What @node-saml/node-saml is asked for, and how it is set up: every default of its that would accept more than we want
// is named here. Loaded with the first login, not with the gateway.
import type { SAML, SamlConfig } from '@node-saml/node-saml';
import type { SamlSettings } from '../../../domain/identity/provider-settings.ts';
import { type Assertion, readAssertion } from './assertion.ts';
import type { KeyPair } from './key-pair.ts';
import { parseVerified, type ResponseFrame, requireDecrypted } from './response.ts';

/** The two ends of a login. */
export interface SamlEnds {
  readonly settings: SamlSettings;
  /** Absolute URL that answers are posted to. */
  readonly callback: string;
  /** Our entity id. */
  readonly issuer: string;
}

export interface SamlKeys {
  readonly signing?: KeyPair;
  readonly decryption?: KeyPair;
}

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

/** Where to send a browser with the request of this id. */
export async function authorizeUrl(
  ends: SamlEnds,
  keys: SamlKeys,
  { id, state }: { readonly id: string; readonly state: string },
): Promise<string> {
  const saml = await serviceOf(ends, keys, { generateUniqueId: () => id });
  return saml.getAuthorizeUrlAsync(state, undefined, {});
}

/** What the provider has to know of us (saml-metadata-2.0-os). */
export async function serviceMetadata(ends: SamlEnds, keys: SamlKeys): Promise<string> {
  const { signing, decryption } = keys;
  const saml = await serviceOf(ends, keys, {});
  const all = saml.generateServiceProviderMetadata(decryption?.certificate ?? null, signing?.certificate ?? null);
  // What the library could decrypt, and is not asked to (encryption.ts).
  return all.replaceAll(/\s*<EncryptionMethod Algorithm="[^"]*-cbc"\/>/g, '');
}

/**
 * The assertion of a response as it was signed by one of `trusted`; `undefined` when the signature is not right. Throws
 * ProtocolError for one that, decrypted, is not as it has to be.
 */
export async function verifiedAssertion(
  text: string,
  frame: ResponseFrame,
  { keys, trusted, ...ends }: SamlEnds & { readonly keys: SamlKeys; readonly trusted: readonly string[] },
): Promise<Assertion | undefined> {
  if (frame.assertion === 'encrypted') {
    const decrypted = await decrypt(text, keys.decryption?.key ?? '');
    if (decrypted === undefined) return undefined;
    requireDecrypted(decrypted);
  }
  const saml = await serviceOf(ends, keys, { idpCert: [...trusted], wantAuthnResponseSigned: frame.isSigned });
  const signed = await signedText(saml, text);
  return signed === undefined ? undefined : readAssertion(parseVerified(signed));
}

async function serviceOf(
  { settings, callback, issuer }: SamlEnds,
  { signing, decryption }: SamlKeys,
  more: Partial<SamlConfig>,
): Promise<SAML> {
  const { SAML } = await import('@node-saml/node-saml');
  return new SAML({
    entryPoint: settings.entryPoint,
    callbackUrl: callback,
    issuer,
    // Whoever verifies names the certificates in force; without one nothing verifies.
    idpCert: (done) => done(new Error('no certificate')),
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    identifierFormat: settings.subjectAttribute === undefined ? PERSISTENT : null,
    // How somebody is asked for a password is the provider's policy, not ours.
    disableRequestedAuthnContext: true,
    signatureAlgorithm: 'sha256',
    // Audience and times are judged in assertion.ts, by our clock; -1 leaves the library's aside.
    audience: false,
    acceptedClockSkewMs: -1,
    ...(signing && { privateKey: signing.key, publicCert: signing.certificate }),
    ...(decryption && { decryptionPvk: decryption.key }),
    ...more,
  });
}

async function signedText(saml: SAML, text: string): Promise<string | undefined> {
  const SAMLResponse = Buffer.from(text, 'utf8').toString('base64');
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse });
    return profile?.getAssertionXml?.();
  } catch {
    // Its messages quote the response, which may be anybody's.
    return undefined;
  }
}

/** The text that the library will decrypt again for itself: only from it can be seen how it is signed. */
async function decrypt(text: string, key: string): Promise<string | undefined> {
  const { decryptXml, parseDomFromString, xpath } = await import('@node-saml/node-saml/lib/xml.js');
  try {
    const document = await parseDomFromString(text);
    const [encrypted] = xpath.selectElements(document, "/*/*[local-name()='EncryptedAssertion']");
    return encrypted === undefined ? undefined : await decryptXml(encrypted.toString(), key);
  } catch {
    return undefined;
  }
}
