const CODES = ['scanner-crashed', 'scanner-deadline', 'scanner-closed', 'scanner-busy', 'scanner-failed'] as const;

export type ScannerErrorCode = (typeof CODES)[number];

export function isScannerErrorCode(code: string | undefined): code is ScannerErrorCode {
  return CODES.some((known) => known === code);
}

/** Nothing is known about what was to be scanned: whoever asked refuses. */
export class ScannerError extends Error {
  override readonly name = 'ScannerError';
  readonly code: ScannerErrorCode;

  constructor(code: ScannerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
