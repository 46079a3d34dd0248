// Tables of outside identities and of logins: migration 5, and how kysely sees them. Of every secret a hash or a sealed
// form is kept.

export const IDENTITY_TABLES = `
  CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user TEXT NOT NULL REFERENCES users (name),
    name TEXT NOT NULL,
    email TEXT,
    groups TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    disabled_at INTEGER,
    sealed_grant BLOB,
    PRIMARY KEY (provider, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX identities_by_user ON identities (user);

  CREATE TABLE login_attempts (
    hash TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE login_sessions (
    hash TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE login_families (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE login_refreshes (
    hash TEXT PRIMARY KEY,
    family TEXT NOT NULL REFERENCES login_families (id),
    replaced_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX login_refreshes_by_family ON login_refreshes (family);

  CREATE TABLE login_codes (
    hash TEXT PRIMARY KEY,
    grant_text TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    family TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE login_devices (
    hash TEXT PRIMARY KEY,
    user_code_hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    login TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    polled_at INTEGER
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE tokens ADD COLUMN family TEXT;
  CREATE INDEX tokens_by_family ON tokens (family) WHERE family IS NOT NULL;`;

export interface IdentityTable {
  provider: string;
  subject: string;
  user: string;
  /** JSON, as are `email` and `groups`. */
  name: string;
  email: string | null;
  groups: string;
  created_at: number;
  seen_at: number;
  disabled_at: number | null;
  sealed_grant: Uint8Array | null;
}

export interface LoginAttemptTable {
  hash: string;
  sealed: Uint8Array;
  expires_at: number;
}

export interface LoginSessionTable {
  hash: string;
  /** JSON of LoggedIn, here and below. */
  login: string;
  created_at: number;
  used_at: number;
  ends_at: number;
}

export interface LoginFamilyTable {
  id: string;
  login: string;
  /** JSON, here and below. */
  label: string;
  created_at: number;
  ends_at: number;
  revoked_at: number | null;
}

export interface LoginRefreshTable {
  hash: string;
  family: string;
  replaced_at: number | null;
}

export interface LoginCodeTable {
  hash: string;
  /** JSON of CodeGrant. */
  grant_text: string;
  expires_at: number;
  used_at: number | null;
  family: string | null;
}

export interface LoginDeviceTable {
  hash: string;
  user_code_hash: string;
  label: string;
  source: string;
  state: string;
  login: string | null;
  created_at: number;
  expires_at: number;
  polled_at: number | null;
}

export interface IdentitySchema {
  identities: IdentityTable;
  login_attempts: LoginAttemptTable;
  login_sessions: LoginSessionTable;
  login_families: LoginFamilyTable;
  login_refreshes: LoginRefreshTable;
  login_codes: LoginCodeTable;
  login_devices: LoginDeviceTable;
}
