// The tables of grants and of break-glass pushes: one step of migrations.ts.

export const GRANT_TABLES = `ALTER TABLE users ADD COLUMN grants_only INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE grants (
     id TEXT PRIMARY KEY,
     principal TEXT NOT NULL REFERENCES users (name),
     state TEXT NOT NULL,
     repos TEXT NOT NULL,
     refs TEXT,
     paths TEXT,
     lifetime INTEGER NOT NULL,
     reason TEXT NOT NULL,
     asked_by TEXT NOT NULL,
     asked_at INTEGER NOT NULL,
     given_by TEXT,
     given_at INTEGER,
     expires_at INTEGER NOT NULL,
     ended_by TEXT,
     ended_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX grants_by_principal ON grants (principal, state);
   CREATE INDEX grants_by_end ON grants (expires_at) WHERE state IN ('asked', 'valid');

   CREATE TABLE break_glass (
     push_id INTEGER PRIMARY KEY REFERENCES pushes (id),
     principal TEXT NOT NULL,
     reason TEXT NOT NULL,
     at INTEGER NOT NULL,
     reviewed_by TEXT,
     reviewed_at INTEGER,
     comment TEXT
   ) STRICT;
   -- One at a time: the next waits for the review of the one before.
   CREATE UNIQUE INDEX break_glass_unreviewed ON break_glass (principal) WHERE reviewed_at IS NULL;`;
