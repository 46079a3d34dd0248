// The one connection of a process that writes, synchronous, inside the writer thread. Everything waiting is committed
// together (group commit): one BEGIN IMMEDIATE … COMMIT and one fsync for many transactions, each under a savepoint of
// its own, so that a compare-and-set that fails takes nobody with it. The lock is SQLite's, held from reading the head
// of the trail to the commit: other processes append to the same trail, and this is what sequences them.
import { statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { draftEntry, EMPTY_HEAD, type EntryDraft, sealEntry, type TrailHead } from '../../domain/audit/chain.ts';
import { type Anchor, prepareFiles, readAnchor, writeAnchor } from './anchor.ts';
import { StatementCache } from './dialect.ts';
import { migrate } from './migrations.ts';
import { classifyFailure, isLocked, StoreError } from './store-error.ts';

export interface WriterSettings {
  readonly file: string;
  readonly auditDir: string;
  /** Bytes the database may grow to; absent = as the disk allows. */
  readonly maxBytes?: number;
  /** When set, a trail that does not reach its anchored head is taken over as it is, and that is recorded (at this time). */
  readonly adoptTrailAt?: number;
}

export interface Step {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
  /** Rows changed or returned; any other number undoes the transaction. */
  readonly expect?: number;
}

/** A transaction as data: its steps in order, then its trail entries. */
export interface Transaction {
  readonly steps: readonly Step[];
  readonly entries: readonly EntryDraft[];
  /** The entries' push id is the `id` that step 0 returned (a push gets its number here). */
  readonly entriesNameNewPush?: boolean;
}

export type Row = Record<string, SQLOutputValue>;

export type Reply =
  | {
      readonly outcome: 'committed';
      /** What each step returned; empty for steps without a result. */
      readonly rows: readonly (readonly Row[])[];
      readonly lines: readonly { readonly text: string; readonly hash: string }[];
    }
  /** This step did not change or find what it expected; nothing was written. */
  | { readonly outcome: 'unmet'; readonly step: number }
  | { readonly outcome: 'failed'; readonly code: StoreError['code']; readonly message: string };

/** Commits of other processes are waited for this long. */
const BUSY_TIMEOUT_MS = 5_000;
/** And once that was in vain this long, until one succeeds: what waits behind would wait for the sum of all waits. */
const STILL_BUSY_TIMEOUT_MS = 100;

export class WriteConnection {
  readonly #settings: WriterSettings;
  #database: DatabaseSync | undefined;
  #statements: StatementCache | undefined;
  /** The furthest head this process has seen committed: the trail may grow beyond it, never fall behind it. */
  #seen: TrailHead = EMPTY_HEAD;
  #anchored: TrailHead | undefined;
  /** Which files the connection writes to, whatever has their names by now. */
  #opened: string | undefined;
  #isLockedOut = false;
  /** Set when going on would destroy evidence or build on a damaged file; only a restart clears it. */
  #refusal: StoreError | undefined;

  /** Opens, creates or brings up to date. Throws StoreError. */
  constructor(settings: WriterSettings) {
    this.#settings = settings;
    try {
      prepareFiles(settings.file, settings.auditDir);
      const database = this.#open();
      migrate(database);
      this.#requireAnchoredTrail(database);
    } catch (error) {
      this.#drop();
      throw classifyFailure(error).error;
    }
  }

  /** Runs all transactions in one commit. The replies are true only after this returns: the commit is on disk then. */
  commit(batch: readonly Transaction[]): readonly Reply[] {
    if (this.#refusal !== undefined) return batch.map(() => failed(this.#refusal as StoreError));
    try {
      const replies = this.#attempt(batch);
      this.#expectLock(false);
      return replies;
    } catch (cause) {
      const { error, reach } = classifyFailure(cause);
      this.#rollBack();
      if (error.code === 'trail-fault' || error.code === 'store-corrupt') this.#refusal = error;
      // After an I/O error nobody knows what is in SQLite's cache or whether the commit frame reached the disk (a
      // failed fsync is not repeated by a second one). Close; the next commit opens anew and reads what is really there.
      // The transaction that failed may then prove to be written: an intent without an effect, which recovery settles.
      if (reach === 'connection') this.#drop();
      else this.#expectLock(isLocked(cause));
      // A full disk may have room for the smaller of them, and one bad transaction must not fail its neighbours. A
      // locked store or a lost connection fails all alike: trying each would only multiply the wait.
      const alone = error.code === 'store-full' || reach === 'transaction';
      if (alone && batch.length > 1) return batch.flatMap((transaction) => this.commit([transaction]));
      return batch.map(() => failed(error));
    }
  }

  /** Writes the anchored head if the trail has moved on. Throws StoreError; trying again later is always safe. */
  anchor(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    try {
      const database = this.#open();
      database.exec('BEGIN IMMEDIATE'); // see writeAnchor: the lock serialises the heads of all processes
      const head = this.#readHead();
      if (head.entries !== this.#anchored?.entries) {
        const known = readAnchor(this.#settings.auditDir);
        if (known.state !== 'anchored' || known.head.entries < head.entries) {
          writeAnchor(this.#settings.auditDir, head);
        } else if (known.head.entries > head.entries) {
          throw new StoreError(
            'trail-fault',
            `the trail has ${head.entries} entries, ${known.head.entries} are anchored`,
          );
        }
        this.#anchored = head;
      }
      database.exec('ROLLBACK');
    } catch (cause) {
      const { error, reach } = classifyFailure(cause);
      this.#rollBack();
      if (error.code === 'trail-fault' || error.code === 'store-corrupt') this.#refusal = error;
      if (reach === 'connection') this.#drop();
      else this.#expectLock(isLocked(cause));
      throw error;
    }
  }

  close(): void {
    this.#drop();
  }

  #open(): DatabaseSync {
    if (this.#database !== undefined) return this.#database;
    const database = new DatabaseSync(this.#settings.file, { timeout: BUSY_TIMEOUT_MS, defensive: true });
    this.#database = database;
    this.#statements = new StatementCache(database);
    enterWalMode(database);
    // FULL: the WAL is fsynced before a commit returns. The full-fsync pragmas matter on macOS, where fsync alone stops
    // at the drive's cache.
    database.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = 1;
      PRAGMA checkpoint_fullfsync = 1;
      PRAGMA foreign_keys = 1;
      PRAGMA trusted_schema = 0;
      PRAGMA journal_size_limit = 67108864;
    `);
    if (this.#settings.maxBytes !== undefined) {
      const pageSize = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(this.#settings.maxBytes / pageSize))}`);
    }
    return database;
  }

  #expectLock(isLocked: boolean): void {
    if (isLocked === this.#isLockedOut) return;
    this.#isLockedOut = isLocked;
    this.#database?.exec(`PRAGMA busy_timeout = ${isLocked ? STILL_BUSY_TIMEOUT_MS : BUSY_TIMEOUT_MS}`);
  }

  /** Never throws: it runs when something has failed already. */
  #drop(): void {
    const database = this.#database;
    this.#database = undefined;
    this.#statements = undefined;
    this.#opened = undefined;
    this.#isLockedOut = false;
    try {
      database?.close();
    } catch {
      // The descriptor is gone either way; what was committed is in the WAL.
    }
  }

  /** Leaves no transaction open. SQLite has rolled back by itself after some errors (FULL, IOERR), not after others. */
  #rollBack(): void {
    try {
      if (this.#database?.isTransaction === true) this.#database.exec('ROLLBACK');
    } catch {
      this.#drop();
    }
  }

  #attempt(batch: readonly Transaction[]): readonly Reply[] {
    const database = this.#open();
    database.exec('BEGIN IMMEDIATE');
    let head = this.#readHead();
    this.#requireFiles();
    let hasWritten = false;
    const replies = batch.map((transaction): Reply => {
      database.exec('SAVEPOINT one');
      let reply: Reply;
      let next = head;
      try {
        [reply, next] = this.#run(transaction, head);
      } catch (cause) {
        const { error, reach } = classifyFailure(cause);
        if (reach !== 'transaction' || !database.isTransaction) throw cause;
        reply = failed(error);
      }
      if (reply.outcome === 'committed') {
        head = next;
        hasWritten = true;
      } else {
        database.exec('ROLLBACK TO one');
      }
      database.exec('RELEASE one');
      return reply;
    });
    // Crash before COMMIT: nothing of the batch exists and nobody was answered. Crash after: all of it exists, some may
    // not have been told; they find their push or entry when they look.
    database.exec(hasWritten ? 'COMMIT' : 'ROLLBACK');
    if (hasWritten) this.#seen = head;
    this.#requireFiles(); // what went into a file that nobody finds again is not durable
    return replies;
  }

  /** A file that was moved or removed takes all writes and loses them at the next start. Put back, it goes on. */
  #requireFiles(): void {
    const { file } = this.#settings;
    const now = [file, `${file}-wal`].map((name) => statSync(name, { throwIfNoEntry: false })?.ino ?? 'gone').join();
    this.#opened ??= now;
    if (now === this.#opened && !now.includes('gone')) return;
    throw new StoreError(
      'store-unavailable',
      'the files of the store were moved or removed (hint: put them back, or restore the data directory and restart)',
    );
  }

  #run(transaction: Transaction, head: TrailHead): [Reply, TrailHead] {
    const rows: Row[][] = [];
    for (const [index, step] of transaction.steps.entries()) {
      const statement = this.#prepare(step.sql);
      let count: number;
      if (statement.columns().length > 0) {
        const found = statement.all(...step.parameters);
        rows.push(found);
        count = found.length;
      } else {
        rows.push([]);
        count = Number(statement.run(...step.parameters).changes);
      }
      if (step.expect !== undefined && count !== step.expect) return [{ outcome: 'unmet', step: index }, head];
    }
    const newPush = transaction.entriesNameNewPush ? Number(rows[0]?.[0]?.['id']) : undefined;
    const lines: { text: string; hash: string }[] = [];
    let next = head;
    for (const draft of transaction.entries) {
      const placed = newPush === undefined ? draft : { ...draft, pushId: newPush };
      lines.push(this.#append(placed, next));
      next = { entries: next.entries + 1, head: (lines.at(-1) as { hash: string }).hash };
    }
    return [{ outcome: 'committed', rows, lines }, next];
  }

  #append(draft: EntryDraft, head: TrailHead): { text: string; hash: string } {
    const line = sealEntry(draft, head);
    this.#prepare(
      'INSERT INTO trail (idx, line, hash, at, type, actor, repo, push_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(
      head.entries,
      line.text,
      line.hash,
      draft.at,
      draft.type,
      draft.actor === undefined ? null : searchable(draft.actor),
      draft.repo === undefined ? null : searchable(draft.repo),
      draft.pushId ?? null,
    );
    return line;
  }

  #prepare(sql: string) {
    if (this.#statements === undefined) throw new StoreError('store-unavailable', 'the store is closed');
    return this.#statements.prepare(sql);
  }

  #hashAt(index: number): string | undefined {
    const row = this.#prepare('SELECT hash FROM trail WHERE idx = ?').get(index);
    return row === undefined ? undefined : String(row['hash']);
  }

  /** Inside the write lock. Refuses a trail that is shorter than, or not the continuation of, what was committed. */
  #readHead(): TrailHead {
    const row = this.#prepare('SELECT idx, hash FROM trail ORDER BY idx DESC LIMIT 1').get();
    const head = row === undefined ? EMPTY_HEAD : { entries: Number(row['idx']) + 1, head: String(row['hash']) };
    const seen = this.#seen;
    if (seen.entries > 0 && this.#hashAt(seen.entries - 1) !== seen.head) {
      throw new StoreError(
        'trail-fault',
        `entry ${seen.entries - 1} of the trail was committed and is gone (hint: run sallyport audit verify)`,
      );
    }
    this.#seen = head;
    return head;
  }

  /**
   * A trail that does not reach its anchored head must not be appended to: the next head would cover up what is
   * missing. So a restored backup, or a database that was cut, refuses to start until the operator brings the matching
   * files, or adopts what is there, on the record.
   */
  #requireAnchoredTrail(database: DatabaseSync): void {
    const { auditDir, adoptTrailAt } = this.#settings;
    database.exec('BEGIN IMMEDIATE');
    const anchor = readAnchor(auditDir);
    const head = this.#readHead();
    // The anchor of an empty trail is written before the first entry can be: from then on, a missing one is a fault.
    if (anchor.state === 'missing' && head.entries === 0) writeAnchor(auditDir, EMPTY_HEAD);
    else {
      const fault = anchorFault(anchor, (index) => this.#hashAt(index));
      if (fault !== undefined && adoptTrailAt === undefined) {
        throw new StoreError(
          'trail-fault',
          `${fault} (hint: put database and audit directory back from one backup, then run sallyport audit verify)`,
        );
      }
      if (fault !== undefined && adoptTrailAt !== undefined) {
        const anchored = anchor.state === 'anchored' ? { ...anchor.head } : null;
        const body = { change: 'trail adopted', fault, anchored, found: { ...head } };
        const line = this.#append(draftEntry({ type: 'admin.changed', body }, adoptTrailAt), head);
        database.exec('COMMIT');
        writeAnchor(auditDir, { entries: head.entries + 1, head: line.hash });
        return;
      }
    }
    database.exec('ROLLBACK');
  }
}

/** What, if anything, contradicts the anchored head. `hashOf` gives the stored hash of an entry, if it is there. */
export function anchorFault(anchor: Anchor, hashOf: (index: number) => string | undefined): string | undefined {
  if (anchor.state === 'unreadable') return anchor.text;
  if (anchor.state === 'missing') return 'audit/head is missing, so nobody can tell whether the end of the trail is';
  const { entries, head } = anchor.head;
  if (entries === 0) return undefined;
  const hash = hashOf(entries - 1);
  if (hash === undefined) return `${entries} entries were anchored and entry ${entries - 1} is not there`;
  return hash === head ? undefined : `entry ${entries - 1} is not the one that was anchored`;
}

/**
 * The copy of a name to search by. The line holds the name exactly; who is denied access may call itself anything, and
 * must not thereby escape the record.
 */
export function searchable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\ufffd');
}

function failed(error: StoreError): Reply {
  return { outcome: 'failed', code: error.code, message: error.message };
}

/** The switch to WAL needs the file to itself for a moment and does not always wait for the busy timeout. */
function enterWalMode(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
      if (mode === 'wal') return;
      throw new StoreError(
        'store-unavailable',
        `the store's file system cannot hold a write-ahead log (${String(mode)})`,
      );
    } catch (error) {
      if (error instanceof StoreError || attempt === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
