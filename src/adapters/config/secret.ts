// Reading a secret at the moment it is used. Its text never appears in an error.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SecretSource } from '../../domain/credential-config.ts';

/** The longest secret we read: an RSA-8192 key in PEM with comments fits well. */
const MAX_SECRET_BYTES = 64 * 1024;
const COMMAND_TIMEOUT = 30_000;

/** The secret could not be read: names the place, never the text. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** The secret's text, without the line end that files and programs put last. */
export async function readSecret(source: SecretSource, configFile: string): Promise<string> {
  const text = await readSource(source, dirname(configFile));
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new SecretError(`${describeSecret(source)} is empty`);
  return secret;
}

/** Puts another text in the place of a file's; for others there is none. Throws SecretError. */
export async function writeSecret(source: SecretSource, text: string): Promise<void> {
  if (source.kind !== 'file') throw new SecretError(`${describeSecret(source)} cannot be written; hint: use a file`);
  const temporary = `${source.path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, source.path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new SecretError(`file ${source.path} cannot be written (${codeOf(error)})`);
  }
}

/** Where the secret is, for messages. */
export function describeSecret(source: SecretSource): string {
  if (source.kind === 'env') return `environment variable ${source.name}`;
  if (source.kind === 'file') return `file ${source.path}`;
  return `output of ${source.argv[0]}`;
}

async function readSource(source: SecretSource, cwd: string): Promise<string> {
  if (source.kind === 'env') {
    const value = process.env[source.name];
    if (value === undefined) throw new SecretError(`environment variable ${source.name} is not set`);
    return value;
  }
  if (source.kind === 'file') return readSmallFile(source.path);
  return runCommand(source.argv, cwd);
}

/** Read anew each time, so that a rotated secret counts at once; in one go, for it is read for every request upstream. */
function readSmallFile(path: string): string {
  let file: number | undefined;
  try {
    // A pipe or a device could hold up everybody.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) throw new SecretError(`${path} is not a file; hint: let a command read it`);
    const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1);
    const bytesRead = readSync(file, buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_SECRET_BYTES) throw new SecretError(`file ${path} is too large for a secret`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw new SecretError(`file ${path} cannot be read (${codeOf(error)})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function runCommand(argv: readonly string[], cwd: string): Promise<string> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('a secret command needs a program');
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: COMMAND_TIMEOUT, maxBuffer: MAX_SECRET_BYTES, encoding: 'utf8' } as const;
    // No shell; and what the program prints on stderr is dropped, since it may well hold (part of) the secret.
    execFile(program, args, options, (error, stdout) => {
      if (error) reject(new SecretError(`command ${program} failed (${codeOf(error)})`));
      else resolve(stdout);
    }).stdin?.end();
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code != null ? `${error.code}` : 'unexpected error';
}
