// What a check of `sallyport doctor` says.
import { stat } from 'node:fs/promises';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'fault';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail };
}

export function warning(name: string, detail: string, hint: string): Check {
  return { name, status: 'warning', detail, hint };
}

export function fault(name: string, detail: string, hint: string): Check {
  return { name, status: 'fault', detail, hint };
}

/** The code of a system error, for messages: its text may hold more than the reader should see. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code != null ? String(error.code) : 'unexpected error';
}

/** A secret that others on the machine can read is no secret. */
export async function checkSecretFile(name: string, file: string, whenMissing: Check['status']): Promise<Check> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) === 0) return ok(name, file);
    return fault(name, `${file} can be read by others`, `chmod 600 ${file}, and replace it if it was copied`);
  } catch (error) {
    const isMade = ['host key', 'fingerprint key', 'logins key', 'sessions key'].includes(name);
    const hint = isMade ? 'the gateway makes it when it starts' : 'sallyport init makes one';
    return { name, status: whenMissing, detail: `${file} cannot be read (${codeOf(error)})`, hint };
  }
}
