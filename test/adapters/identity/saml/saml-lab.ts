// A provider by hand: makes responses of any kind, right ones and wrong ones, signed by xml-crypto, and shows them to the
// login as a browser would.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { SignedXml } from 'xml-crypto';
import { type EncryptionAlgorithm, encrypt, type KeyEncryptionAlgorithm } from 'xml-encryption';
import type { KeyPair } from '../../../../src/adapters/identity/saml/key-pair.ts';
import { openSaml } from '../../../../src/adapters/identity/saml/saml-provider.ts';
import type { FinishedLogin, LoginProvider } from '../../../../src/domain/identity/login-provider.ts';
import type { SamlSettings } from '../../../../src/domain/identity/provider-settings.ts';
import { IDP, PERSISTENT, selfSigned } from '../../../support/saml-keys.ts';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const US = 'https://git.example.com';
export const CALLBACK = `${US}/login/callback/corp`;
export const STATE = 'a-state-that-nobody-guesses';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const YEAR = 365 * 24 * 3600e3;
const NAMESPACES =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

/** A self-signed certificate and its key, good for two years around NOW unless said. */
export const newKeyPair = (from = NOW - YEAR, until = NOW + YEAR) => selfSigned(from, until);

export const at = (offset: number) => new Date(NOW + offset).toISOString();

export interface AssertionParts {
  readonly id?: string;
  readonly requestId: string;
  readonly issuer?: string;
  readonly issueInstant?: string;
  /** The whole NameID element's content, and its format. */
  readonly nameId?: string;
  readonly format?: string;
  readonly recipient?: string;
  readonly confirmation?: string;
  readonly conditions?: string;
  readonly audience?: string;
  readonly notBefore?: string;
  readonly notOnOrAfter?: string;
  readonly attributes?: string;
  readonly extra?: string;
}

export function assertionXml(parts: AssertionParts): string {
  const { id = '_assertion', requestId, audience = US, notBefore = at(-1000), notOnOrAfter = at(300_000) } = parts;
  const confirmation =
    parts.confirmation ??
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="${requestId}" Recipient="${parts.recipient ?? CALLBACK}" NotOnOrAfter="${notOnOrAfter}"/></saml:SubjectConfirmation>`;
  const conditions =
    parts.conditions ??
    `<saml:Conditions NotBefore="${notBefore}" NotOnOrAfter="${notOnOrAfter}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`;
  return (
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${parts.issueInstant ?? at(-1000)}">` +
    `<saml:Issuer>${parts.issuer ?? IDP}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${parts.format ?? PERSISTENT}">${parts.nameId ?? 'subject-1'}</saml:NameID>${confirmation}</saml:Subject>` +
    conditions +
    `<saml:AuthnStatement AuthnInstant="${at(-1000)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    (parts.attributes ?? attributes({ login: ['alice'], groups: ['Engineering', 'Canteen'] })) +
    `${parts.extra ?? ''}</saml:Assertion>`
  );
}

export function attributes(values: Readonly<Record<string, readonly string[]>>): string {
  const each = Object.entries(values).map(
    ([name, all]) =>
      `<saml:Attribute Name="${name}">${all.map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  return `<saml:AttributeStatement>${each.join('')}</saml:AttributeStatement>`;
}

export interface ResponseParts {
  readonly requestId: string;
  readonly destination?: string;
  readonly issuer?: string;
  readonly status?: string;
  readonly head?: string;
}

export function responseXml(assertions: string, parts: ResponseParts): string {
  const { destination = CALLBACK, issuer = IDP, status = 'Success' } = parts;
  return (
    `<samlp:Response ${NAMESPACES} ID="_response" Version="2.0" IssueInstant="${at(-1000)}" Destination="${destination}" InResponseTo="${parts.requestId}">` +
    `<saml:Issuer>${issuer}</saml:Issuer>${parts.head ?? ''}` +
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>` +
    `${assertions}</samlp:Response>`
  );
}

export interface SigningOptions {
  readonly pair: KeyPair;
  /** Local name of the element to sign, and to put the signature into. */
  readonly element?: 'Assertion' | 'Response';
  readonly signature?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly canonicalization?: string;
}

/** Signs an element of a document, the signature after its Issuer. */
export function signed(xml: string, options: SigningOptions): string {
  const { pair, element = 'Assertion' } = options;
  const signer = new SignedXml({
    privateKey: pair.key,
    publicCert: pair.certificate,
    signatureAlgorithm: options.signature ?? RSA_SHA256,
    canonicalizationAlgorithm: options.canonicalization ?? EXCLUSIVE,
  });
  const xpath = `//*[local-name(.)='${element}']`;
  signer.addReference({
    xpath,
    transforms: [...(options.transforms ?? [ENVELOPED, EXCLUSIVE])],
    digestAlgorithm: options.digest ?? SHA256,
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  });
  return signer.getSignedXml();
}

export const AES256_GCM: EncryptionAlgorithm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
export const RSA_OAEP: KeyEncryptionAlgorithm = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';

/** A signed assertion, encrypted for whoever has `pair`'s key. */
export async function encrypted(
  assertion: string,
  pair: KeyPair,
  content = AES256_GCM,
  key = RSA_OAEP,
): Promise<string> {
  const text = await promisify(encrypt)(assertion, {
    rsa_pub: new X509Certificate(pair.certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    pem: pair.certificate,
    encryptionAlgorithm: content,
    keyEncryptionAlgorithm: key,
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
  });
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${text}</saml:EncryptedAssertion>`;
}

export interface Lab {
  readonly idp: KeyPair;
  readonly settings: SamlSettings;
  readonly provider: LoginProvider;
  readonly clock: { time: number; now(): number };
  /** Replaces the certificates that are trusted. */
  trust(...pairs: readonly KeyPair[]): void;
  /** Begins a login; its request's id. */
  request(): Promise<string>;
  /** A whole right answer to a request, or one with changes. */
  response(requestId: string, changes?: Partial<AssertionParts>): string;
  /** Shows a document as the answer to a request. */
  show(xml: string, requestId: string, form?: Readonly<Record<string, string>>): Promise<FinishedLogin>;
}

const IDP_PAIR = newKeyPair();

/** Settings, and keys of ours. */
export interface LabChanges extends Partial<SamlSettings> {
  readonly signing?: KeyPair;
  readonly decryption?: KeyPair;
}

export async function samlLab(t: TestContext, { signing, decryption, ...changes }: LabChanges = {}): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-saml-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'idp.pem');
  const trust = (...pairs: readonly KeyPair[]) => writeFileSync(file, pairs.map((one) => one.certificate).join(''));
  trust(IDP_PAIR);
  const clock = {
    time: NOW,
    now() {
      return this.time;
    },
  };
  const settings: SamlSettings = {
    name: 'corp',
    entryPoint: 'https://idp.example.com/sso?tenant=1',
    idpIssuer: IDP,
    idpCertificate: file,
    nameAttribute: 'login',
    groupsAttribute: 'groups',
    groups: { Engineering: ['dev'], Operations: ['sre'] },
    ...changes,
  };
  const used = new Map<string, number>();
  const ledger = {
    async use(provider: string, id: string, until: number) {
      const key = JSON.stringify([provider, id]);
      const isFirst = (used.get(key) ?? 0) <= clock.time;
      if (isFirst) used.set(key, until);
      return isFirst;
    },
  };
  const provider = openSaml(settings, {
    publicUrl: () => US,
    ledger,
    clock,
    ...(signing && { readSigning: async () => signing }),
    ...(decryption && { readDecryption: async () => decryption }),
  });
  return {
    idp: IDP_PAIR,
    settings,
    provider,
    clock,
    trust,
    async request() {
      const begun = await provider.begin({ state: STATE, callback: CALLBACK });
      if (begun.outcome !== 'redirect') throw new Error(begun.reason);
      return begun.kept;
    },
    response: (requestId, parts = {}) =>
      signed(responseXml(assertionXml({ requestId, ...parts }), { requestId }), { pair: IDP_PAIR }),
    show: (xml, requestId, form) =>
      provider.finish({
        state: STATE,
        callback: CALLBACK,
        url: CALLBACK,
        kept: requestId,
        form: form ?? { SAMLResponse: Buffer.from(xml, 'utf8').toString('base64'), RelayState: STATE },
      }),
  };
}
