// The schema, as the steps that led to it. Numbered from 1 by position, forward only, never edited once released: a
// store that has seen number n is exactly the store these n steps make. PRAGMA user_version holds n and moves in the
// same transaction as the step.
import type { DatabaseSync } from 'node:sqlite';
import { AGENT_MIGRATION } from './agent-migration.ts';
import { ASSERTION_TABLES } from './assertion-tables.ts';
import { GRANT_TABLES } from './grant-tables.ts';
import { IDENTITY_TABLES } from './identity-tables.ts';
import { StoreError } from './store-error.ts';

/** "Saly": marks the file as ours (PRAGMA application_id), so that a wrong path cannot fill somebody else's database. */
const APPLICATION_ID = 0x53616c79;

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE pushes (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     state TEXT NOT NULL,
     repo TEXT NOT NULL,
     upstream TEXT NOT NULL,
     path TEXT NOT NULL,
     object_format TEXT NOT NULL,
     principal TEXT NOT NULL,
     principal_kind TEXT NOT NULL,
     principal_sponsor TEXT,
     updates TEXT NOT NULL,
     push_options TEXT NOT NULL,
     verdict TEXT,
     findings TEXT NOT NULL,
     requirements TEXT NOT NULL,
     request TEXT,
     reason TEXT,
     outcomes TEXT,
     note TEXT,
     policy_digest TEXT,
     inputs_digest TEXT,
     superseded_by INTEGER REFERENCES pushes (id),
     created_at INTEGER NOT NULL,
     decided_at INTEGER,
     landed_at INTEGER,
     expires_at INTEGER,
     received_by TEXT NOT NULL,
     lease_owner TEXT,
     lease_token INTEGER NOT NULL DEFAULT 0,
     lease_until INTEGER
   ) STRICT;
   CREATE INDEX pushes_by_state ON pushes (state, id);
   CREATE INDEX pushes_by_repo ON pushes (repo, id);
   CREATE INDEX pushes_by_principal ON pushes (principal, id);

   -- What a fencing token is for: it must never come back, whatever a later version of this program does.
   CREATE TRIGGER pushes_lease_token_grows BEFORE UPDATE OF lease_token ON pushes
     WHEN NEW.lease_token < OLD.lease_token
     BEGIN SELECT RAISE(ABORT, 'a fencing token never goes back'); END;

   CREATE TABLE approvals (
     push_id INTEGER NOT NULL REFERENCES pushes (id),
     person TEXT NOT NULL,
     at INTEGER NOT NULL,
     act TEXT NOT NULL,
     PRIMARY KEY (push_id, person)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE trail (
     idx INTEGER PRIMARY KEY,
     line TEXT NOT NULL,
     hash TEXT NOT NULL,
     at INTEGER NOT NULL,
     type TEXT NOT NULL,
     actor TEXT,
     repo TEXT,
     push_id INTEGER
   ) STRICT;
   CREATE INDEX trail_by_type ON trail (type, idx);
   CREATE INDEX trail_by_at ON trail (at);
   CREATE INDEX trail_by_actor ON trail (actor, idx) WHERE actor IS NOT NULL;
   CREATE INDEX trail_by_repo ON trail (repo, idx) WHERE repo IS NOT NULL;
   CREATE INDEX trail_by_push ON trail (push_id, idx) WHERE push_id IS NOT NULL;

   -- Against our own mistakes and a careless hand with the sqlite3 shell. Who can write the file can drop a trigger:
   -- what then shows is the chain. The insert guard also stops INSERT OR REPLACE, which fires no delete trigger.
   CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail
     BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
   CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail
     BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
   CREATE TRIGGER trail_contiguous BEFORE INSERT ON trail
     WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM trail)
     BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

   CREATE TABLE users (
     name TEXT PRIMARY KEY,
     kind TEXT NOT NULL,
     sponsor TEXT,
     groups TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     disabled_at INTEGER
   ) STRICT, WITHOUT ROWID;
   -- No Alice beside alice: reviewers would take one for the other. Lookups stay exact.
   CREATE UNIQUE INDEX users_by_folded_name ON users (lower(name));

   CREATE TABLE tokens (
     id TEXT PRIMARY KEY,
     hash TEXT NOT NULL UNIQUE,
     user TEXT NOT NULL REFERENCES users (name),
     scopes TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER,
     last_used_at INTEGER,
     revoked_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX tokens_by_user ON tokens (user);

   CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     user TEXT NOT NULL REFERENCES users (name),
     fingerprint TEXT NOT NULL,
     algorithm TEXT NOT NULL,
     blob TEXT NOT NULL,
     comment TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     last_used_at INTEGER,
     revoked_at INTEGER
   ) STRICT, WITHOUT ROWID;
   -- One key is one person: a key registered twice would let its second owner push as the first.
   CREATE UNIQUE INDEX keys_by_live_fingerprint ON keys (fingerprint) WHERE revoked_at IS NULL;
   CREATE INDEX keys_by_user ON keys (user);`,

  `CREATE TABLE exceptions (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     state TEXT NOT NULL,
     upstream TEXT NOT NULL,
     repo TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     rule TEXT NOT NULL,
     masked TEXT NOT NULL,
     groups TEXT NOT NULL,
     granted_by TEXT NOT NULL,
     requested_by TEXT NOT NULL,
     reason TEXT NOT NULL,
     push_id INTEGER NOT NULL REFERENCES pushes (id),
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     revoked_at INTEGER,
     revoked_by TEXT
   ) STRICT;
   -- One at a time: whoever revokes what they see has revoked all there is.
   CREATE UNIQUE INDEX exceptions_valid ON exceptions (upstream, repo, fingerprint) WHERE state = 'valid';
   CREATE INDEX exceptions_by_repo ON exceptions (repo, id);
   CREATE INDEX exceptions_by_push ON exceptions (push_id);
   CREATE INDEX exceptions_by_end ON exceptions (expires_at) WHERE state = 'valid';`,

  `CREATE TABLE ai_sessions (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     principal TEXT NOT NULL,
     key TEXT NOT NULL,
     coding_agent TEXT NOT NULL,
     conversation TEXT NOT NULL,
     model TEXT,
     tool_version TEXT,
     human TEXT,
     first_at INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     UNIQUE (principal, key)
   ) STRICT;
   CREATE INDEX ai_sessions_by_last ON ai_sessions (last_at);
   CREATE TABLE ai_session_repos (
     repo TEXT NOT NULL,
     session_id INTEGER NOT NULL REFERENCES ai_sessions (id),
     PRIMARY KEY (session_id, repo)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX ai_session_repos_by_repo ON ai_session_repos (repo);

   CREATE TABLE ai_events (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     session_id INTEGER NOT NULL REFERENCES ai_sessions (id),
     event TEXT NOT NULL,
     kind TEXT NOT NULL,
     at INTEGER NOT NULL,
     received_at INTEGER NOT NULL,
     repo TEXT,
     model TEXT,
     tool_version TEXT,
     human TEXT,
     signed_by TEXT,
     body TEXT NOT NULL,
     text TEXT,
     digest TEXT,
     prompt_id TEXT,
     commit_oid TEXT,
     UNIQUE (session_id, event)
   ) STRICT;
   CREATE INDEX ai_events_by_received ON ai_events (received_at);
   CREATE INDEX ai_events_by_commit ON ai_events (commit_oid) WHERE commit_oid IS NOT NULL;

   -- Sealed; the name is a keyed digest. Whoever uses a text moves last_at on, so none is removed that is still in use.
   CREATE TABLE ai_texts (
     name TEXT PRIMARY KEY,
     sealed BLOB NOT NULL,
     last_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX ai_texts_by_last ON ai_texts (last_at);

   CREATE TABLE ai_outputs (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     principal TEXT NOT NULL,
     event_id INTEGER NOT NULL REFERENCES ai_events (id),
     piece INTEGER NOT NULL,
     start INTEGER NOT NULL,
     text TEXT NOT NULL,
     at INTEGER NOT NULL,
     is_indexed INTEGER NOT NULL,
     UNIQUE (event_id, piece)
   ) STRICT;
   CREATE INDEX ai_outputs_indexed ON ai_outputs (principal, at) WHERE is_indexed = 1;
   CREATE INDEX ai_outputs_to_leave_out ON ai_outputs (at) WHERE is_indexed = 1;

   -- The largest table by far: a principal is a number here, and a row some fifteen bytes.
   CREATE TABLE ai_principals (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE
   ) STRICT;
   CREATE TABLE ai_output_hashes (
     principal_id INTEGER NOT NULL REFERENCES ai_principals (id),
     hash INTEGER NOT NULL,
     output_id INTEGER NOT NULL REFERENCES ai_outputs (id),
     PRIMARY KEY (principal_id, hash, output_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX ai_output_hashes_by_output ON ai_output_hashes (output_id);`,
  `ALTER TABLE pushes ADD COLUMN attribution TEXT;
   CREATE TABLE attributions (
     push_id INTEGER NOT NULL,
     revision INTEGER NOT NULL,
     at INTEGER NOT NULL,
     cause TEXT NOT NULL,
     document BLOB NOT NULL,
     PRIMARY KEY (push_id, revision)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE pushed_commits (
     upstream TEXT NOT NULL,
     repo TEXT NOT NULL,
     oid TEXT NOT NULL,
     push_id INTEGER NOT NULL,
     PRIMARY KEY (oid, upstream, repo, push_id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE notes (
     upstream TEXT NOT NULL,
     repo TEXT NOT NULL,
     about TEXT NOT NULL,
     ref TEXT NOT NULL,
     blob TEXT NOT NULL,
     push_id INTEGER NOT NULL,
     PRIMARY KEY (about, upstream, repo, ref, blob)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE remembered_files (
     id INTEGER PRIMARY KEY,
     upstream TEXT NOT NULL,
     repo TEXT NOT NULL,
     oid TEXT NOT NULL,
     path TEXT NOT NULL,
     name TEXT NOT NULL,
     patch_id TEXT NOT NULL,
     push_id INTEGER NOT NULL,
     at INTEGER NOT NULL,
     row BLOB NOT NULL,
     UNIQUE (upstream, repo, oid, path)
   ) STRICT;
   CREATE INDEX remembered_by_name ON remembered_files (upstream, repo, name, id) WHERE name != '""';
   CREATE INDEX remembered_by_patch ON remembered_files (upstream, repo, patch_id, id);
   CREATE INDEX remembered_by_time ON remembered_files (at);`,
  IDENTITY_TABLES,
  `ALTER TABLE keys ADD COLUMN label TEXT;
   ALTER TABLE keys ADD COLUMN verify_required INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE keys ADD COLUMN expires_at INTEGER;
   CREATE TABLE ssh_certificates (
     serial TEXT PRIMARY KEY,
     user TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     key_id TEXT NOT NULL,
     authority TEXT NOT NULL,
     issued_at INTEGER NOT NULL,
     valid_before INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX ssh_certificates_by_user ON ssh_certificates (user, issued_at);
   CREATE INDEX ssh_certificates_by_end ON ssh_certificates (valid_before);
   CREATE TABLE ssh_revocations (
     authority TEXT NOT NULL,
     serial TEXT NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (authority, serial)
   ) STRICT, WITHOUT ROWID;`,
  GRANT_TABLES,
  AGENT_MIGRATION,
  ASSERTION_TABLES,
];

/** Brings a store up to date. Safe when several processes do it at once: the version is read under the write lock. */
export function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = checkOrigin(database);
    for (let next = version + 1; next <= MIGRATIONS.length; next++) database.exec(MIGRATIONS[next - 1] as string);
    if (version < MIGRATIONS.length) {
      database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = ${APPLICATION_ID}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    // A crash here loses the same: SQLite's schema changes are part of the transaction.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** For a reader, which cannot migrate: the store must already be what this code knows. */
export function requireCurrentSchema(database: DatabaseSync): void {
  const version = checkOrigin(database);
  if (version < MIGRATIONS.length) {
    throw new StoreError(
      'schema-older',
      `the store has schema ${version}, this program reads ${MIGRATIONS.length} (hint: start the gateway once, it brings the store up to date)`,
    );
  }
}

/** The store's schema number; refuses a file that is not ours and one from a later version. */
function checkOrigin(database: DatabaseSync): number {
  const version = pragma(database, 'user_version');
  const isOurs = pragma(database, 'application_id') === APPLICATION_ID;
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
  if (!isOurs && (version !== 0 || tables !== 0)) {
    throw new StoreError('store-corrupt', 'the file is a database of something else (hint: check gateway.dataDir)');
  }
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'schema-newer',
      `the store has schema ${version}, this program knows ${MIGRATIONS.length} (hint: run the newer version that wrote it)`,
    );
  }
  return version;
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name]);
}
