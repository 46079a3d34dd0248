// Signed statements: DSSE (github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.0.2).
//
//   PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body        lengths in bytes, decimal
//   envelope        = { payloadType, payload: base64(body), signatures: [ { keyid, sig: base64 } ] }
//
// What is signed is the PAE, never the JSON, so that nobody has to write JSON the same way twice to check it.
import type { InTotoStatement } from './in-toto-statement.ts';

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Signs bytes with a key that the caller holds; rejects when it cannot. */
export type Sign = (bytes: Buffer) => Promise<{ readonly keyId: string; readonly signature: Buffer }>;

export interface DsseEnvelope {
  readonly payloadType: string;
  /** Base64, as everything in an envelope. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The bytes that are signed. */
export function preAuthEncoding(payloadType: string, body: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

export async function signStatement(statement: InTotoStatement, sign: Sign): Promise<DsseEnvelope> {
  const body = Buffer.from(JSON.stringify(statement));
  const { keyId, signature } = await sign(preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, body));
  return {
    payloadType: IN_TOTO_PAYLOAD_TYPE,
    payload: body.toString('base64'),
    signatures: [{ keyid: keyId, sig: signature.toString('base64') }],
  };
}
