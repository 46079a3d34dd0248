// What a store says when it cannot keep a promise. Whoever gets one knows nothing about the state: refuse.

export type StoreErrorCode =
  | 'store-unavailable' // gone, busy, closed or an I/O error: the outcome of the write that met it is unknown
  | 'store-full' // nothing of the write is kept; works again when space returns
  | 'store-corrupt' // the file is damaged or no store of ours
  | 'store-conflict' // the write contradicts a constraint (an unknown user, a used id); nothing of it is kept
  | 'store-read-only'
  | 'store-too-large' // a value above our bounds
  | 'schema-newer' // written by a later version of this program
  | 'schema-older' // read-only, so it cannot be brought up to date
  | 'trail-fault'; // the trail does not reach its anchored head: entries are gone or were replaced

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

// Primary result codes, https://sqlite.org/rescode.html
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_NOMEM = 7;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_PROTOCOL = 15;
const SQLITE_TOOBIG = 18;
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;

/** How far a failure reaches: one transaction, all that share its commit, or the connection itself. */
export type FailureReach = 'transaction' | 'batch' | 'connection';

export interface Failure {
  readonly error: StoreError;
  readonly reach: FailureReach;
}

/** Another connection holds what this one needs. */
export function isLocked(cause: unknown): boolean {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Sorts what node:sqlite throws. SQLite's own text names tables and columns, never values, so it may be shown. */
export function classifyFailure(cause: unknown): Failure {
  if (cause instanceof StoreError) {
    return { error: cause, reach: cause.code === 'trail-fault' ? 'connection' : 'transaction' };
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  const failure = (code: StoreErrorCode, text: string, reach: FailureReach): Failure => ({
    error: new StoreError(code, `${text}: ${detail}`, { cause }),
    reach,
  });
  const systemCode = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') {
    return failure('store-full', 'the store is full (hint: free space in the data directory)', 'batch');
  }
  const resultCode = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
  switch (resultCode) {
    case SQLITE_FULL:
      return failure('store-full', 'the store is full (hint: free space in the data directory)', 'batch');
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return failure('store-unavailable', 'another process keeps the store locked', 'batch');
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return failure('store-corrupt', 'the store is damaged (hint: restore the data directory)', 'connection');
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return failure('store-unavailable', 'the store cannot be read or written', 'connection');
    case SQLITE_CONSTRAINT:
      return failure('store-conflict', 'the store refuses this change', 'transaction');
    case SQLITE_TOOBIG:
      return failure('store-too-large', 'a value is too large for the store', 'transaction');
    default:
      return failure('store-unavailable', 'the store failed', 'transaction');
  }
}
