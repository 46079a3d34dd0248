// Migration 8: agents that run apart from the gateway.
export const AGENT_MIGRATION = `CREATE TABLE agents (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     joined_at INTEGER NOT NULL,
     revoked_at INTEGER,
     last_seen_at INTEGER,
     version TEXT,
     upstreams TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   -- An upstream names its agent: two of one name would be a choice that nobody made.
   CREATE UNIQUE INDEX agents_by_live_name ON agents (lower(name)) WHERE revoked_at IS NULL;

   CREATE TABLE agent_certificates (
     fingerprint TEXT PRIMARY KEY,
     agent_id TEXT NOT NULL REFERENCES agents (id),
     issued_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     retired_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX agent_certificates_by_agent ON agent_certificates (agent_id, issued_at);

   CREATE TABLE join_tokens (
     hash TEXT PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     agent TEXT NOT NULL,
     created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     used_at INTEGER
   ) STRICT, WITHOUT ROWID;`;
