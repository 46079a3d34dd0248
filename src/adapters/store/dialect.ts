// kysely over one read-only node:sqlite connection. Reads are synchronous (some ten microseconds each) and see the last
// commit; every write goes through the writer (writer.ts), so transactions are refused here.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { classifyFailure } from './store-error.ts';

/** Distinct statements a store has is a few dozen; the bound only guards against a mistake. */
const MAX_STATEMENTS = 256;

/** Prepared statements of one connection, by their text. */
export class StatementCache {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A kysely dialect that only reads. The caller keeps and closes the connection. */
export function readerDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => readerDriver(database),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

function readerDriver(database: DatabaseSync): Driver {
  const statements = new StatementCache(database);
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      try {
        // kysely's types say what the columns are; the schema is ours alone.
        return { rows: statements.prepare(query.sql).all(...bindable(query.parameters)) as R[] };
      } catch (error) {
        if (error instanceof TypeError && !('errcode' in error)) throw error;
        throw classifyFailure(error).error;
      }
    },
    // biome-ignore lint/correctness/useYield: kysely's interface asks for a generator; nothing here streams
    async *streamQuery() {
      throw new TypeError('the store reads pages, not streams');
    },
  };
  const refuse = async () => {
    throw new TypeError('the store writes through its writer only');
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: async () => {},
  };
}

/** kysely's parameters as SQLite takes them. A value of another type is a mistake of ours, found before it is stored. */
export function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null) return null;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (typeof value === 'string') {
      if (value.isWellFormed() && !value.includes('\0')) return value;
      throw new TypeError('a name is not well-formed text (hint: names from outside belong into a JSON column)');
    }
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`the store keeps text, integers and bytes, not ${typeof value} ${String(value)}`);
  });
}
