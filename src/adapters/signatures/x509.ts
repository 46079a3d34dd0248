// X.509 signatures of commits: CMS signed data (RFC 5652) without content, as gpgsm and smimesign write them, by `pkijs`.
import { createHash, X509Certificate } from 'node:crypto';
import type { KeyCheck } from './key-check.ts';

const PEM = /-----BEGIN (?:CERTIFICATE)-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM file; throws when there is none. */
export function readCertificates(pem: string): readonly Buffer[] {
  const found = (pem.match(PEM) ?? []).map((one) => new X509Certificate(one).raw);
  if (found.length === 0) throw new Error('the file holds no certificate in PEM form');
  return found;
}

/** Whether `armored` is a signature over exactly these bytes, by a certificate that is one of `trusted` or issued by one. */
export async function checkX509(armored: string, payload: Buffer, trusted: readonly Buffer[]): Promise<KeyCheck> {
  const { Certificate, ContentInfo, SignedData } = await import('pkijs');
  try {
    const content = ContentInfo.fromBER(bodyOf(armored));
    const signed = new SignedData({ schema: content.content });
    if (signed.signerInfos.length !== 1) return { outcome: 'bad', text: 'there is not exactly one signature' };
    const about = { signer: 0, data: exactly(payload), extendedMode: true } as const;
    // First whether its own certificate made it: a chain that does not end with us says nothing about that.
    const made = await signed.verify({ ...about, checkChain: false });
    if (made.signatureVerified !== true) return { outcome: 'bad', text: 'it is not what its certificate made' };
    if (made.signerCertificate == null) return { outcome: 'other-key' };
    const raw = Buffer.from(made.signerCertificate.toSchema().toBER());
    const isPinned = trusted.some((one) => one.equals(raw)) && isValidNow(raw);
    const trustedCerts = trusted.map((one) => Certificate.fromBER(exactly(one)));
    const isIssued = async () =>
      (await signed.verify({ ...about, trustedCerts, checkChain: true })).signerCertificateVerified;
    if (!isPinned && (await isIssued().catch(() => false)) !== true) return { outcome: 'other-key' };
    return { outcome: 'good', fingerprint: createHash('sha256').update(raw).digest('hex').toUpperCase() };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): KeyCheck {
  return { outcome: 'bad', text: error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read' };
}

function isValidNow(raw: Buffer): boolean {
  const { validFromDate, validToDate } = new X509Certificate(raw);
  const now = Date.now();
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

function bodyOf(armored: string): ArrayBuffer {
  const base64 = armored.replace(/-----(?:BEGIN|END) SIGNED MESSAGE-----/g, '');
  return exactly(Buffer.from(base64, 'base64'));
}

function exactly(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
