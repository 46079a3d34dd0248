// The anchored head: `audit/head`, one line of JSON that says how many entries the trail has and the hash of the last.
//
// What it guards against, honestly: a chain cannot show that its end is missing. The head can, for everything that
// touches the database alone: rows deleted with SQL, an old sqlite3 file put back, a database lost and begun anew. It is
// written at most once a second and on close, so the last second of a trail is not covered; it is not signed, so whoever
// can write BOTH the database and this file can shorten or rewrite the trail unseen. Against them only a copy elsewhere
// helps: the line is meant to be shipped (a log collector, a mail to the auditor, a witness), and `verify` prints it.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { TrailHead } from '../../domain/audit/chain.ts';

/** Longer than any head we write; a larger file is not read. */
const MAX_HEAD_BYTES = 200;

export type Anchor =
  | { readonly state: 'anchored'; readonly head: TrailHead }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly text: string };

export function readAnchor(auditDir: string): Anchor {
  let text: string;
  try {
    text = readFileSync(join(auditDir, 'head'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { state: 'missing' };
    return { state: 'unreadable', text: `audit/head cannot be read: ${String(error)}` };
  }
  const match = text.length > MAX_HEAD_BYTES ? null : /^\{"entries":(\d{1,15}),"head":"([0-9a-f]{64})"\}\n$/.exec(text);
  if (match === null) return { state: 'unreadable', text: 'audit/head does not hold a head' };
  return { state: 'anchored', head: { entries: Number(match[1]), head: match[2] as string } };
}

/**
 * Writes the head so that after a crash at any point the old or the new one is there, whole. The caller holds the
 * database's write lock: it serialises us over all processes, so the head never goes back and one temporary name does.
 */
export function writeAnchor(auditDir: string, head: TrailHead): void {
  const temporary = join(auditDir, 'head.tmp');
  writeDurably(temporary, 'w', `{"entries":${head.entries},"head":"${head.head}"}\n`);
  renameSync(temporary, join(auditDir, 'head'));
  syncDirectory(auditDir);
}

/** Creates the database file with mode 0600 and the directories with 0700: token hashes and the trail are in there. */
export function prepareFiles(file: string, auditDir: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  mkdirSync(auditDir, { recursive: true, mode: 0o700 });
  // Not by opening `file` itself: closing any descriptor of a database drops every lock this process has on it
  // (sqlite.org/howtocorrupt.html section 2.2). An empty file is a valid empty database.
  const empty = `${file}.new-${randomUUID()}`;
  writeDurably(empty, 'wx', '');
  try {
    linkSync(empty, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(empty);
  }
  syncDirectory(dirname(file));
}

function writeDurably(path: string, flags: 'w' | 'wx', text: string): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
