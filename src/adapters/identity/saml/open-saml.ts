// SAML 2.0 login (web browser SSO, request by redirect, answer by POST) as a LoginProvider. @node-saml/node-saml makes the
// request and verifies and decrypts the answer; before it sees one, response.ts has refused whatever could be read in two
// ways, and only the text that it hands back as signed is read for who somebody is. Times are judged by our clock.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SAML, SamlConfig } from '@node-saml/node-saml';
import type { FinishedLogin, LoginProvider, ProviderAnswer } from '../../../domain/identity/login-provider.ts';
import type { AssertionLedger, Clock } from '../../../domain/ports.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { type Assertion, CLOCK_SKEW, MAX_AGE, objectionTo, readAssertion } from './assertion.ts';
import { certificatesAt, readCertificates } from './certificates.ts';
import { personOf } from './person.ts';
import { decodeResponse, parseVerified, type ResponseFrame, readFrame, requireDecrypted } from './response.ts';
import type { SamlSettings } from './settings.ts';

export interface SamlParts {
  readonly settings: SamlSettings;
  /** Absolute URL that the provider sends answers to. */
  readonly callback: string;
  readonly ledger: AssertionLedger;
  readonly clock: Clock;
}

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

type Refused = Extract<FinishedLogin, { outcome: 'refused' }>;
const refused = (reason: string): Refused => ({ outcome: 'refused', reason });

/** Loads the library and checks the settings' files. Throws with a hint when a certificate or key is of no use. */
export async function openSaml(parts: SamlParts): Promise<LoginProvider> {
  const { settings, callback, clock } = parts;
  const { SAML } = await import('@node-saml/node-saml');
  readCertificates(await readFile(settings.idpCertificate, 'utf8'));
  const service = (more: Partial<SamlConfig>) => new SAML({ ...baseConfig(settings, callback), ...more });

  return {
    name: settings.name,

    async begin({ state }) {
      const id = `_${randomBytes(20).toString('hex')}`;
      const saml = service({ generateUniqueId: () => id });
      return { outcome: 'redirect', url: await saml.getAuthorizeUrlAsync(state, undefined, {}), kept: id };
    },

    async finish(answer) {
      let trusted: readonly string[];
      try {
        trusted = certificatesAt(readCertificates(await readFile(settings.idpCertificate, 'utf8')), clock.now());
      } catch {
        return { outcome: 'unavailable', reason: 'the file idpCertificate cannot be read' };
      }
      if (trusted.length === 0) {
        return {
          outcome: 'unavailable',
          reason: 'no certificate of idpCertificate is valid now (hint: add the new one)',
        };
      }
      try {
        return await finishLogin(parts, answer, (frame) =>
          service({ idpCert: [...trusted], wantAuthnResponseSigned: frame.isSigned }),
        );
      } catch (error) {
        if (error instanceof ProtocolError) return refused(`the response is refused: ${error.message}`);
        throw error;
      }
    },

    metadata: () => ({ contentType: 'application/samlmetadata+xml', body: metadataOf(service({}), settings) }),
  };
}

function baseConfig(settings: SamlSettings, callback: string): SamlConfig {
  const { signing, decryption } = settings;
  return {
    entryPoint: settings.entryPoint,
    callbackUrl: callback,
    issuer: settings.issuer,
    // Each verification names those in force; without one nothing verifies.
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
  };
}

function metadataOf(service: SAML, { signing, decryption }: SamlSettings): string {
  const all = service.generateServiceProviderMetadata(decryption?.certificate ?? null, signing?.certificate ?? null);
  // What the library could decrypt, and is not asked to (encryption.ts).
  return all.replaceAll(/\s*<EncryptionMethod Algorithm="[^"]*-cbc"\/>/g, '');
}

async function finishLogin(
  { settings, callback, ledger, clock }: SamlParts,
  { form, state, kept }: ProviderAnswer,
  serviceFor: (frame: ResponseFrame) => SAML,
): Promise<FinishedLogin> {
  const field = form?.['SAMLResponse'];
  if (field === undefined) return refused('no response was posted');
  if (form?.['RelayState'] !== state) return refused('the response belongs to another login');
  const text = decodeResponse(field);
  const frame = readFrame(text);
  const objection = objectionToFrame(frame, { settings, callback, requestId: kept });
  if (objection !== undefined) return refused(objection);
  const assertion = await verified(text, frame, settings, serviceFor(frame));
  if (assertion === undefined)
    return refused('its signature is not by a certificate of idpCertificate, or not over this');
  const now = clock.now();
  const expected = { now, issuer: settings.idpIssuer, audience: settings.issuer, callback, requestId: kept };
  const fault = objectionTo(assertion, expected);
  if (fault !== undefined) return refused(`the assertion is refused: ${fault}`);
  const person = personOf(assertion, settings, now);
  if (person.outcome === 'refused') return refused(`the assertion is refused: ${person.reason}`);
  // Last, so that nobody uses up an assertion that was not theirs to use. Beyond this time its age alone refuses it.
  const until = assertion.issuedAt + MAX_AGE + CLOCK_SKEW;
  const isFirst = await ledger.use(settings.name, assertion.id, until);
  return isFirst ? person : refused('the assertion was used before');
}

/** What is outside the signature proves nothing, but what contradicts it is no answer to us. */
function objectionToFrame(
  frame: ResponseFrame,
  { settings, callback, requestId }: Pick<SamlParts, 'settings' | 'callback'> & { readonly requestId: string },
): string | undefined {
  if (frame.inResponseTo !== requestId) return 'the response answers another request';
  if (frame.destination !== undefined && frame.destination !== callback) {
    return 'the response is meant for another address (hint: compare gateway.publicUrl)';
  }
  if (frame.issuer !== undefined && frame.issuer !== settings.idpIssuer) {
    return 'the response was issued by somebody else than idpIssuer names';
  }
  if (!frame.isSuccess || frame.assertion === undefined) return 'the provider let nobody in';
  if (frame.assertion === 'encrypted' && settings.decryption === undefined) {
    return 'the assertion is encrypted (hint: configure decryption, or let the provider send it in the open)';
  }
  return undefined;
}

/** The assertion as it was signed; `undefined` when the signature is not right. */
async function verified(
  text: string,
  frame: ResponseFrame,
  { decryption }: SamlSettings,
  saml: SAML,
): Promise<Assertion | undefined> {
  if (frame.assertion === 'encrypted') {
    const decrypted = await decrypt(text, decryption?.key ?? '');
    if (decrypted === undefined) return undefined;
    requireDecrypted(decrypted);
  }
  let signed: string | undefined;
  try {
    const SAMLResponse = Buffer.from(text, 'utf8').toString('base64');
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse });
    signed = profile?.getAssertionXml?.();
  } catch {
    // Its messages quote the response, which may be anybody's.
    return undefined;
  }
  return signed === undefined ? undefined : readAssertion(parseVerified(signed));
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
