// What a signature may be made of, and what it must cover. That it is right says the library; which right signatures
// would still prove nothing is said here: over something else than the element it stands in, by weak algorithms, or
// beside a second element that could be taken for the signed one.
import type { XmlElement } from '../../../protocol/strict-xml.ts';
import {
  attributeOf,
  childrenNamed,
  elementsIn,
  everyElement,
  malformed,
  onlyChild,
  requiredAttribute,
} from './elements.ts';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const TRANSFORMS = ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE];
/** No SHA-1, and no HMAC: a public key would be its secret. */
const SIGNATURES: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
]);
const DIGESTS: ReadonlySet<string> = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);
const ID = /^[A-Za-z_][A-Za-z0-9._-]{0,255}$/;
/** Libraries look for these by local name, wherever they stand and whatever namespace they are in. */
const SINGULAR = ['Response', 'Assertion', 'EncryptedAssertion', 'EncryptedData', 'EncryptedKey', 'Status', 'Subject'];

/** Throws unless each id is there once, and each element that a reader could mistake for another. */
export function requireNoDoubles(root: XmlElement): void {
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const element of everyElement(root)) {
    for (const { name, value } of element.attributes) {
      if (name.toLowerCase() !== 'id') continue;
      if (ids.has(value)) throw malformed('one id for two elements');
      ids.add(value);
    }
    if (!SINGULAR.includes(element.name)) continue;
    if (names.has(element.name)) throw malformed(`two elements named ${element.name}`);
    names.add(element.name);
  }
}

/** Throws unless signatures stand only where the shape has them: in `root` and, if it is one, its Assertion. */
export function requireNoStraySignature(root: XmlElement): void {
  const places = [root, ...childrenNamed(root, 'assertion', 'Assertion')];
  const expected = places.flatMap((place) => childrenNamed(place, 'signature', 'Signature'));
  const found = [...everyElement(root)].filter(({ name }) => name === 'Signature' || name === 'SignedInfo');
  if (found.length !== 2 * expected.length) throw malformed('a signature where none belongs');
}

export function isSigned(element: XmlElement): boolean {
  return childrenNamed(element, 'signature', 'Signature').length > 0;
}

/** Throws unless the signature in this element is over this element, whole and by itself, with algorithms of today. */
export function requireOwnSignature(element: XmlElement): void {
  const info = onlyChild(onlyChild(element, 'signature', 'Signature'), 'signature', 'SignedInfo');
  const reference = onlyChild(info, 'signature', 'Reference');
  const id = requiredAttribute(element, 'ID');
  if (!ID.test(id)) throw malformed('an id that is none');
  if (attributeOf(reference, 'URI') !== `#${id}`) throw malformed('a signature over another element');
  const transforms = elementsIn(onlyChild(reference, 'signature', 'Transforms')).map(algorithm);
  if (transforms.join(' ') !== TRANSFORMS.join(' ')) throw malformed('a signature over a transformed element');
  if (algorithm(onlyChild(info, 'signature', 'CanonicalizationMethod')) !== EXCLUSIVE) {
    throw malformed('a signature over a form that is not exclusive canonical XML');
  }
  if (!SIGNATURES.has(algorithm(onlyChild(info, 'signature', 'SignatureMethod')))) {
    throw malformed('signed with an algorithm that is not accepted (hint: RSA with SHA-256 or SHA-512)');
  }
  if (!DIGESTS.has(algorithm(onlyChild(reference, 'signature', 'DigestMethod')))) {
    throw malformed('a digest that is not accepted (hint: SHA-256 or SHA-512)');
  }
}

function algorithm(method: XmlElement): string {
  return requiredAttribute(method, 'Algorithm');
}
