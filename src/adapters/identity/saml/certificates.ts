// The certificates a provider signs with, from a PEM file. Several at once is how a provider changes its own: the next
// one is added before it is used, the last one removed when its time is over.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const MIN_RSA_BITS = 2048;
const MAX_CERTIFICATES = 20;

/** All certificates of a PEM file at this path. Rejects when it cannot be read, or as readCertificates throws. */
export async function readCertificateFile(path: string): Promise<readonly X509Certificate[]> {
  return readCertificates(await readFile(path, 'utf8'));
}

/** All certificates of a PEM text. Throws with a hint when there is none, or one that no signature here could be by. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const texts = pem.match(PEM) ?? [];
  if (texts.length === 0 || texts.length > MAX_CERTIFICATES) {
    throw new Error(`not 1 to ${MAX_CERTIFICATES} certificates in PEM form`);
  }
  return texts.map((text) => {
    const certificate = new X509Certificate(text);
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
      throw new Error(
        `a certificate without an RSA key of ${MIN_RSA_BITS} bits or more (hint: SAML signatures here are RSA's)`,
      );
    }
    return certificate;
  });
}

/** Those in force at a time, in PEM form. */
export function certificatesAt(certificates: readonly X509Certificate[], now: number): readonly string[] {
  return certificates
    .filter(({ validFromDate, validToDate }) => validFromDate.getTime() <= now && now < validToDate.getTime())
    .map((certificate) => certificate.toString());
}
