// What a response may consist of: the part of the SAML 2.0 schema (saml-core, xmldsig-core, xmlenc-core) that a login by
// POST needs, as tables. Where a signed element could be hidden beside the one that is read (Extensions, Advice, Object),
// there is no place for it here.
import type { XmlElement } from '../../../protocol/strict-xml.ts';
import { elementsIn, is, malformed, type Vocabulary } from './elements.ts';

/** `?` at most one, `+` at least one, `*` any number; nothing: exactly one. */
type Count = '' | '?' | '+' | '*';

interface Part {
  readonly vocabulary: Vocabulary;
  readonly name: string;
  readonly count: Count;
  /** What is in it, in this order; absent = not looked into. */
  readonly parts?: readonly Part[];
}

const part =
  (vocabulary: Vocabulary) =>
  (name: string, count: Count = '', parts?: readonly Part[]): Part => ({
    vocabulary,
    name,
    count,
    ...(parts && { parts }),
  });
const saml = part('assertion');
const samlp = part('protocol');
const ds = part('signature');
const xenc = part('encryption');
const canonical = part('canonical');

const TEXT: readonly Part[] = [];

const KEY_INFO = ds('KeyInfo', '?', [ds('KeyName', '*', TEXT), ds('X509Data', '*'), ds('KeyValue', '*')]);

const SIGNATURE: readonly Part[] = [
  ds('SignedInfo', '', [
    ds('CanonicalizationMethod', '', []),
    ds('SignatureMethod', '', []),
    ds('Reference', '', [
      ds('Transforms', '', [ds('Transform', '+', [canonical('InclusiveNamespaces', '?', [])])]),
      ds('DigestMethod', '', []),
      ds('DigestValue', '', TEXT),
    ]),
  ]),
  ds('SignatureValue', '', TEXT),
  KEY_INFO,
];

const STATUS: readonly Part[] = [samlp('StatusCode'), samlp('StatusMessage', '?', TEXT), samlp('StatusDetail', '?')];

const ASSERTION: readonly Part[] = [
  saml('Issuer', '', TEXT),
  ds('Signature', '?', SIGNATURE),
  saml('Subject', '', [
    saml('NameID', '', TEXT),
    saml('SubjectConfirmation', '+', [saml('SubjectConfirmationData', '', [])]),
  ]),
  // A condition that is not understood makes an assertion invalid (saml-core 2.5.1.1).
  saml('Conditions', '', [
    saml('AudienceRestriction', '+', [saml('Audience', '+', TEXT)]),
    saml('OneTimeUse', '?', []),
    saml('ProxyRestriction', '?'),
  ]),
  saml('AuthnStatement', '*'),
  saml('AttributeStatement', '*', [saml('Attribute', '+', [saml('AttributeValue', '*')])]),
  saml('AuthnStatement', '*'),
];

const ENCRYPTED_KEY: readonly Part[] = [
  xenc('EncryptionMethod', '', [ds('DigestMethod', '?', [])]),
  KEY_INFO,
  xenc('CipherData', '', [xenc('CipherValue', '', TEXT)]),
];

const ENCRYPTED_ASSERTION: readonly Part[] = [
  xenc('EncryptedData', '', [
    xenc('EncryptionMethod', '', []),
    ds('KeyInfo', '', [xenc('EncryptedKey', '', ENCRYPTED_KEY)]),
    xenc('CipherData', '', [xenc('CipherValue', '', TEXT)]),
  ]),
];

const RESPONSE: readonly Part[] = [
  saml('Issuer', '?', TEXT),
  ds('Signature', '?', SIGNATURE),
  samlp('Status', '', STATUS),
  saml('Assertion', '?', ASSERTION),
  saml('EncryptedAssertion', '?', ENCRYPTED_ASSERTION),
];

/** Throws ProtocolError unless this is a samlp:Response of the parts above and nothing else. */
export function requireResponseShape(root: XmlElement): void {
  if (!is(root, 'protocol', 'Response')) throw malformed('no SAML 2.0 response');
  requireParts(root, RESPONSE);
}

/** The same for a saml:Assertion by itself. */
export function requireAssertionShape(root: XmlElement): void {
  if (!is(root, 'assertion', 'Assertion')) throw malformed('no SAML 2.0 assertion');
  requireParts(root, ASSERTION);
}

function requireParts(element: XmlElement, parts: readonly Part[]): void {
  const found = [...elementsIn(element)];
  const hasText = element.children.some((child) => typeof child === 'string' && child.trim() !== '');
  if (hasText && parts !== TEXT) throw malformed(`text in ${element.name}`);
  for (const one of parts) {
    let count = 0;
    while (found[0] !== undefined && is(found[0], one.vocabulary, one.name)) {
      const next = found.shift() as XmlElement;
      count += 1;
      if (one.parts !== undefined) requireParts(next, one.parts);
    }
    if (count === 0 && (one.count === '' || one.count === '+')) throw malformed(`${element.name} without ${one.name}`);
    if (count > 1 && (one.count === '' || one.count === '?')) throw malformed(`${element.name} with two ${one.name}`);
  }
  if (found.length > 0) throw malformed(`${element.name} holds what a login has no place for, or in another order`);
}
