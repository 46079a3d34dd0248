// A private key of ours and its certificate, as an operator made them.
import { createPrivateKey, X509Certificate } from 'node:crypto';

/** Both in PEM form. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** Throws with what is wrong when this is no RSA key with its own certificate. Never quotes the key. */
export function readKeyPair(key: string, certificate: string): KeyPair {
  const parsed = parse(() => createPrivateKey(key), 'the key is no private key in PEM form without a passphrase');
  const shown = parse(() => new X509Certificate(certificate), 'the certificate is none in PEM form');
  if (parsed.asymmetricKeyType !== 'rsa') throw new Error('the key is not an RSA key');
  if (!shown.checkPrivateKey(parsed)) throw new Error('the certificate is of another key');
  return { key: parsed.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: shown.toString() };
}

function parse<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch {
    throw new Error(message);
  }
}
