// Files read and scanned by whatever thread this runs in. What cannot be read is an answer, not an error: one closed
// file must not hide what is in all others.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ObjectStream } from '../../domain/secrets/object-stream.ts';
import type { ObjectScanner, ScanCosts } from '../../domain/secrets/scan-object.ts';
import type { ObjectScan } from '../../domain/secrets/secret-scanner.ts';

export interface FileToScan {
  /** To open it. */
  readonly file: string;
  /** To tell it, with `/`. */
  readonly path: string;
}

export type FileScan =
  | { readonly outcome: 'scanned'; readonly path: string; readonly bytes: number; readonly scan: ObjectScan }
  | { readonly outcome: 'unreadable'; readonly path: string; readonly code: string };

/** Larger files are streamed. */
const SMALL = 256 * 1024;
const BATCH_BYTES = 4 * 1024 * 1024;
const PIECE = 1024 * 1024;
// A name that became a symlink or a pipe since it was listed is neither followed nor waited for.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** One answer a file, in order. `onPiece` is called now and then while a large one is read. */
export function scanFiles(
  scanner: ObjectScanner,
  files: readonly FileToScan[],
  costs: ScanCosts = {},
  onPiece: () => void = () => {},
): FileScan[] {
  const answers: FileScan[] = [];
  let waiting: { at: number; path: string; bytes: Buffer }[] = [];
  let waitingBytes = 0;
  const flush = (): void => {
    const scans = scanner.scanAll(waiting, costs);
    for (const [index, { at, path, bytes }] of waiting.entries()) {
      answers[at] = { outcome: 'scanned', path, bytes: bytes.length, scan: scans[index] as ObjectScan };
    }
    waiting = [];
    waitingBytes = 0;
  };
  for (const [at, { file, path }] of files.entries()) {
    try {
      const read = readOrScan(file, path, scanner, costs, onPiece);
      if ('scan' in read) answers[at] = { outcome: 'scanned', path, ...read };
      else {
        waiting.push({ at, path, bytes: read.content });
        waitingBytes += read.content.length;
      }
    } catch (error) {
      answers[at] = { outcome: 'unreadable', path, code: codeOf(error) };
    }
    if (waitingBytes >= BATCH_BYTES) flush();
  }
  flush();
  return answers;
}

type Read = { readonly content: Buffer } | { readonly scan: ObjectScan; readonly bytes: number };

function readOrScan(file: string, path: string, scanner: ObjectScanner, costs: ScanCosts, onPiece: () => void): Read {
  const descriptor = openSync(file, FLAGS);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a file' });
    const content = stat.size > SMALL ? undefined : readSmall(descriptor, stat.size);
    if (content !== undefined) return { content };
    const stream = new ObjectStream(scanner, { path }, { costs, size: stat.size });
    return { bytes: pour(descriptor, stream, onPiece), scan: stream.end() };
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined when it is larger than it said (procfs, a file that grows): it is read from its start again. */
function readSmall(descriptor: number, size: number): Buffer | undefined {
  const content = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < content.length; length += read) {
    read = readSync(descriptor, content, length, content.length - length, length);
  }
  return length > size ? undefined : content.subarray(0, length);
}

function pour(descriptor: number, stream: ObjectStream, onPiece: () => void): number {
  const piece = Buffer.allocUnsafe(PIECE);
  let position = 0;
  for (;;) {
    const read = readSync(descriptor, piece, 0, PIECE, position);
    if (read === 0) return position;
    position += read;
    stream.write(piece.subarray(0, read));
    onPiece();
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  // Not about reading: the scanner itself failed.
  throw error;
}
