export type ScannerErrorCode =
  | 'scanner-crashed'
  | 'scanner-deadline'
  | 'scanner-closed'
  | 'scanner-busy'
  | 'scanner-failed';

/** Nothing is known about what was to be scanned: whoever asked refuses. */
export class ScannerError extends Error {
  override readonly name = 'ScannerError';
  readonly code: ScannerErrorCode;

  constructor(code: ScannerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
