// A response as it came, looked at before anything is believed: what of it is outside every signature, and whether it is
// made so that a right signature in it means what it seems to.
import { ProtocolError } from '../../../protocol/errors.ts';
import { parseStrictXml, type XmlElement } from '../../../protocol/strict-xml.ts';
import { readAssertion } from './assertion.ts';
import { attributeOf, childrenNamed, elementsIn, malformed, onlyChild, requiredAttribute, textOf } from './elements.ts';
import { requireAcceptableEncryption } from './encryption.ts';
import { requireAssertionShape, requireResponseShape } from './shape.ts';
import { isSigned, requireNoDoubles, requireNoStraySignature, requireOwnSignature } from './signature.ts';

/** What a response says outside its assertion. Nobody need have signed it. */
export interface ResponseFrame {
  readonly isSigned: boolean;
  readonly isSuccess: boolean;
  readonly issuer?: string;
  readonly destination?: string;
  readonly inResponseTo?: string;
  /** Absent when the provider says why there is none. */
  readonly assertion?: 'plain' | 'encrypted';
}

/** Some hundred groups are 50 kB; nothing that a person's login needs comes near. */
const MAX_RESPONSE_BYTES = 256 * 1024;
const LIMITS = { depth: 24, elements: 2_500, attributes: 24 } as const;
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** The text that the form field SAMLResponse holds. Throws ProtocolError unless it is one, and of a bearable size. */
export function decodeResponse(field: string): string {
  if (field.length > Math.ceil(MAX_RESPONSE_BYTES / 3) * 4 * 1.1) {
    throw new ProtocolError('limit-exceeded', 'a response that is too large');
  }
  const base64 = field.replace(/[\r\n\t ]/g, '');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > MAX_RESPONSE_BYTES) throw new ProtocolError('limit-exceeded', 'a response that is too large');
  if (bytes.length === 0 || bytes.toString('base64') !== base64) throw malformed('a response that is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError('bad-encoding', 'a response that is not UTF-8');
  }
}

/** Throws ProtocolError unless the text is a response of the one form that is read here. */
export function readFrame(text: string): ResponseFrame {
  const root = parseStrictXml(text, LIMITS);
  requireResponseShape(root);
  requireNoDoubles(root);
  requireNoStraySignature(root);
  if (requiredAttribute(root, 'Version') !== '2.0') throw malformed('another version than SAML 2.0');
  if (isSigned(root)) requireOwnSignature(root);
  const assertions = [...childrenNamed(root, 'assertion', 'Assertion')];
  const encrypted = [...childrenNamed(root, 'assertion', 'EncryptedAssertion')];
  if (assertions.length + encrypted.length > 1) throw malformed('more than one assertion');
  for (const one of assertions) requireSignedAssertion(one);
  for (const one of encrypted) requireAcceptableEncryption(one);
  return frameOf(root, assertions.length > 0 ? 'plain' : encrypted.length > 0 ? 'encrypted' : undefined);
}

/** Throws unless an assertion that was encrypted is, by itself, as one in the open has to be. */
export function requireDecrypted(text: string): void {
  const root = parseStrictXml(text, LIMITS);
  requireAssertionShape(root);
  requireNoDoubles(root);
  requireNoStraySignature(root);
  requireSignedAssertion(root);
}

/** The assertion that the library answers as signed; its own signature may be gone with canonicalisation. */
export function parseVerified(text: string): XmlElement {
  const root = parseStrictXml(text, LIMITS);
  requireAssertionShape(root);
  requireNoDoubles(root);
  return root;
}

/** The signature of a response says nothing here: it could have been asked for another assertion. */
function requireSignedAssertion(assertion: XmlElement): void {
  if (!isSigned(assertion))
    throw malformed('an assertion that is not signed itself (hint: let the provider sign assertions)');
  requireOwnSignature(assertion);
  // The library takes what it cannot read for a wrong signature: said here, an operator knows what to mend.
  readAssertion(assertion);
}

function frameOf(root: XmlElement, assertion: ResponseFrame['assertion']): ResponseFrame {
  const [code] = elementsIn(onlyChild(root, 'protocol', 'Status'));
  const issuer = childrenNamed(root, 'assertion', 'Issuer')[0];
  const destination = attributeOf(root, 'Destination');
  const inResponseTo = attributeOf(root, 'InResponseTo');
  return {
    isSigned: isSigned(root),
    isSuccess: code !== undefined && attributeOf(code, 'Value') === SUCCESS,
    ...(issuer && { issuer: textOf(issuer) }),
    ...(destination !== undefined && { destination }),
    ...(inResponseTo !== undefined && { inResponseTo }),
    ...(assertion && { assertion }),
  };
}
