// What remembers assertions that were used.

export const ASSERTION_TABLES = `
   CREATE TABLE used_assertions (
     provider TEXT NOT NULL,
     digest TEXT NOT NULL,
     until INTEGER NOT NULL,
     PRIMARY KEY (provider, digest)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX used_assertions_by_end ON used_assertions (until);`;

export interface UsedAssertionTable {
  /** The provider's name in the configuration. */
  provider: string;
  /** Hex SHA-256 of the assertion's id. */
  digest: string;
  until: number;
}
