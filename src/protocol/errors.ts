// What every codec throws on input it does not accept. A refusal that somebody decided is a value, never this.

export type ProtocolErrorCode =
  // pkt-lines and bands
  | 'bad-pkt-length'
  | 'unexpected-packet'
  | 'bad-band'
  // lines of the conversation
  | 'bad-line'
  | 'bad-oid'
  | 'bad-capability'
  | 'capability-not-offered'
  | 'object-format-mismatch'
  | 'push-cert'
  | 'bad-ref-name'
  | 'duplicate-ref'
  | 'ref-collision'
  | 'bad-push-option'
  // objects and packs
  | 'bad-object'
  | 'bad-pack'
  | 'bad-pack-index'
  // documents of a SAML login
  | 'bad-xml'
  | 'bad-saml'
  // any codec
  | 'bad-encoding'
  | 'truncated'
  | 'trailing-bytes'
  | 'limit-exceeded'
  // the other side sent `ERR <text>`; `detail` is its text
  | 'upstream-err';

/** Malformed or refused input: a stable code, a line for people, and where in the input it happened. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  /** Bytes of input before the fault, where the codec knows it. */
  readonly offset?: number;
  /** The other side's own words, undecorated: pass through visibleText() before showing. */
  readonly detail?: string;

  constructor(
    code: ProtocolErrorCode,
    message: string,
    where: { readonly offset?: number; readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    super(message, where.cause === undefined ? undefined : { cause: where.cause });
    this.code = code;
    if (where.offset !== undefined) this.offset = where.offset;
    if (where.detail !== undefined) this.detail = where.detail;
  }
}
