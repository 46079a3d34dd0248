// Which encrypted assertions are decrypted at all. Authenticated encryption only: with CBC, or RSA of PKCS #1 v1.5, the
// ways in which decrypting fails tell an attacker what was in it.
import type { XmlElement } from '../../../protocol/strict-xml.ts';
import { malformed, onlyChild, requiredAttribute, textOf } from './elements.ts';

const CONTENT: ReadonlySet<string> = new Set([
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
]);
const KEY = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';
const KEY_DIGEST = 'http://www.w3.org/2000/09/xmldsig#sha1';
/** Initialisation vector and tag of AES-GCM (xmlenc-core1 5.2.4): a shorter text would have a shorter tag. */
const GCM_OVERHEAD = 12 + 16;

/** Throws unless this saml:EncryptedAssertion, whose shape was checked, is encrypted as we decrypt. */
export function requireAcceptableEncryption(encrypted: XmlElement): void {
  const data = onlyChild(encrypted, 'encryption', 'EncryptedData');
  const key = onlyChild(onlyChild(data, 'signature', 'KeyInfo'), 'encryption', 'EncryptedKey');
  const keyMethod = onlyChild(key, 'encryption', 'EncryptionMethod');
  if (!CONTENT.has(requiredAttribute(onlyChild(data, 'encryption', 'EncryptionMethod'), 'Algorithm'))) {
    throw malformed('encrypted with an algorithm that is not accepted (hint: AES-128-GCM or AES-256-GCM)');
  }
  if (requiredAttribute(keyMethod, 'Algorithm') !== KEY) {
    throw malformed('its key is encrypted with an algorithm that is not accepted (hint: RSA-OAEP, rsa-oaep-mgf1p)');
  }
  // SHA-1 is safe in OAEP, and what the library knows.
  const hasDigest = keyMethod.children.some((child) => typeof child !== 'string');
  if (hasDigest && requiredAttribute(onlyChild(keyMethod, 'signature', 'DigestMethod'), 'Algorithm') !== KEY_DIGEST) {
    throw malformed('RSA-OAEP with another digest than its default');
  }
  const cipher = textOf(onlyChild(onlyChild(data, 'encryption', 'CipherData'), 'encryption', 'CipherValue'));
  if (Buffer.from(cipher, 'base64').length <= GCM_OVERHEAD) throw malformed('nothing is encrypted');
}
