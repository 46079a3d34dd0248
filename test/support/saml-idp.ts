// An identity provider by samlify: reads our metadata and our requests, answers as such a product does.
import { randomUUID } from 'node:crypto';
import { Constants, IdentityProvider, SamlLib, ServiceProvider, setSchemaValidator } from 'samlify';
import { IDP, PERSISTENT, type TestKeyPair } from './saml-keys.ts';

export interface IdpPerson {
  readonly nameId: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export interface IdpForm {
  /** Where the browser is told to post it. */
  readonly action: string;
  readonly fields: { readonly SAMLResponse: string; readonly RelayState: string };
}

export interface IdpOptions {
  readonly pair: TestKeyPair;
  readonly entryPoint: string;
  /** Our metadata. */
  readonly metadata: string;
  /** Refuses requests that are not signed by the key that our metadata has. */
  readonly wantsSignedRequests?: boolean;
  readonly encrypts?: boolean;
  readonly signsResponse?: boolean;
}

// The request is ours; that a schema holds for it is not what is tested.
setSchemaValidator({ validate: async () => 'valid' });

/** Read by the library, and not in its types. */
const ENCRYPTION = {
  dataEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
};

/** Answers the redirect that a browser was sent with, for a person who logged in there. */
export function samlIdp(options: IdpOptions) {
  const { pair, entryPoint, metadata, wantsSignedRequests = false, encrypts = false, signsResponse = false } = options;
  const sp = ServiceProvider({ metadata, wantMessageSigned: signsResponse });
  const context = SamlLib.defaultLoginResponseTemplate.context;
  const idp = IdentityProvider({
    entityID: IDP,
    privateKey: pair.key,
    signingCert: pair.certificate,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    nameIDFormat: [PERSISTENT],
    wantAuthnRequestsSigned: wantsSignedRequests,
    singleSignOnService: [{ Binding: Constants.namespace.binding.redirect, Location: entryPoint }],
    isAssertionEncrypted: encrypts,
    ...ENCRYPTION,
    loginResponseTemplate: { context },
  });

  return {
    async answer(url: string, person: IdpPerson): Promise<IdpForm> {
      const search = new URL(url).searchParams;
      const query = Object.fromEntries(search);
      const covered = ['SAMLRequest', 'RelayState', 'SigAlg'].filter((name) => search.has(name));
      const octetString = covered.map((name) => `${name}=${encodeURIComponent(query[name] ?? '')}`).join('&');
      const request = await idp.parseLoginRequest(sp, 'redirect', { query, octetString });
      const id = String(request.extract.request?.id);
      const relayState = query['RelayState'] ?? '';
      const customTagReplacement = (template: string) => fill(template, person, { id, action: acsOf(sp) });
      const info = { extract: { request: { id } } };
      const how = { relayState, customTagReplacement, encryptThenSign: encrypts && signsResponse };
      const made = await idp.createLoginResponse(sp, info, 'post', {}, how);
      return { action: acsOf(sp), fields: { SAMLResponse: made.context, RelayState: relayState } };
    },
  };

  function fill(template: string, person: IdpPerson, about: { readonly id: string; readonly action: string }) {
    const now = Date.now();
    const end = new Date(now + 300_000).toISOString();
    const text = template.replace('{AttributeStatement}', statement(person.attributes));
    const context = SamlLib.replaceTagsByValue(text, {
      ID: `_${randomUUID()}`,
      AssertionID: `_${randomUUID()}`,
      Destination: about.action,
      SubjectRecipient: about.action,
      Audience: String(sp.entityMeta.getEntityID()),
      Issuer: IDP,
      IssueInstant: new Date(now).toISOString(),
      StatusCode: Constants.StatusCode.Success,
      ConditionsNotBefore: new Date(now).toISOString(),
      ConditionsNotOnOrAfter: end,
      SubjectConfirmationDataNotOnOrAfter: end,
      NameIDFormat: PERSISTENT,
      NameID: person.nameId,
      InResponseTo: about.id,
      AuthnStatement: '',
    });
    return { id: about.id, context };
  }
}

function acsOf(sp: ReturnType<typeof ServiceProvider>): string {
  return String(sp.entityMeta.getAssertionConsumerService('post'));
}

function statement(attributes: IdpPerson['attributes']): string {
  const each = Object.entries(attributes).map(([name, values]) => {
    const all = values.map(
      (value) =>
        `<saml:AttributeValue xsi:type="xs:string">${SamlLib.replaceTagsByValue('{V}', { V: value })}</saml:AttributeValue>`,
    );
    return `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${all.join('')}</saml:Attribute>`;
  });
  return `<saml:AttributeStatement>${each.join('')}</saml:AttributeStatement>`;
}
