// Keys, certificates and names of a SAML provider in tests.
import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export const IDP = 'https://idp.example.com/saml';
export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

export interface TestKeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A self-signed certificate of an RSA key, good between these times. */
export function selfSigned(from: number, until: number, bits = 2048): TestKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(from);
  certificate.validity.notAfter = new Date(until);
  const names = [{ name: 'commonName', value: 'idp.example.com' }];
  certificate.setSubject(names);
  certificate.setIssuer(names);
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  return { key, certificate: forge.pki.certificateToPem(certificate) };
}
