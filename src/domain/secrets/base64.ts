// Base64 and base64url, read strictly: what others would have to guess at is none.

const BASE64 = /^[A-Za-z0-9+/_-]{8,}={0,2}$/;
const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/;

/** The bytes, or undefined when the text is not base64 of either alphabet. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!BASE64.test(text) || text.replace(/=+$/, '').length % 4 === 1) return undefined;
  return Buffer.from(text, 'base64');
}

/** The printable ASCII text behind base64, if it is that. */
export function decodedText(text: string): string | undefined {
  const decoded = decodeBase64(text)?.toString('latin1');
  return decoded !== undefined && PRINTABLE.test(decoded) ? decoded : undefined;
}
