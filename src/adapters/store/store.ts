// The store: pushes, trail and directory in one SQLite file. Several processes may have it open at once (the gateway, and
// the command line beside it). One writer thread per process, reads in the main thread on a connection of their own.
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type {
  AgentStore,
  AssertionLedger,
  AttributionStore,
  CertificateStore,
  Clock,
  Directory,
  ExceptionStore,
  GrantStore,
  IdentityStore,
  LoginStore,
  PushStore,
  SessionStore,
  Trail,
} from '../../domain/ports.ts';
import { type Masker, RULES_MASKER } from '../../domain/secrets/mask-text.ts';
import { createAgentStore } from './agent-store.ts';
import { createAssertionLedger } from './assertion-ledger.ts';
import { createAttributionStore } from './attribution-store.ts';
import { createCertificateStore } from './certificate-store.ts';
import { readerDialect } from './dialect.ts';
import { createDirectory } from './directory.ts';
import { createExceptionStore } from './exception-store.ts';
import { createGrantStore } from './grant-store.ts';
import { createIdentityStore } from './identity-store.ts';
import { createLoginSeal, NO_LOGIN_SEAL } from './login-seal.ts';
import { createLoginStore } from './login-store.ts';
import {
  maskedAttributions,
  maskedDirectory,
  maskedExceptions,
  maskedGrants,
  maskedIdentities,
  maskedLogins,
  maskedPushes,
  maskedSessions,
  maskedTrail,
} from './masked.ts';
import { requireCurrentSchema } from './migrations.ts';
import { createPushStore } from './push-store.ts';
import type { Schema } from './schema.ts';
import { createSessionStore } from './session-store.ts';
import { classifyFailure } from './store-error.ts';
import { createTextSeal } from './text-seal.ts';
import { createTrail } from './trail.ts';
import { openWriter, READ_ONLY_WRITER } from './writer.ts';

export { StoreError, type StoreErrorCode } from './store-error.ts';

export interface StoreOptions {
  /** The database; created with mode 0600. */
  readonly file: string;
  /** Where the anchored head of the trail is kept. */
  readonly auditDir: string;
  readonly clock: Clock;
  /** Masks what is written. Default: by the rules alone. */
  readonly mask?: Masker;
  /** 32 bytes that seal the texts of sessions. Without it they can be neither recorded nor read. */
  readonly sessionsKey?: Uint8Array;
  /** 32 bytes that seal what providers gave us. Without it nobody can be asked about again. */
  readonly loginsKey?: Uint8Array;
  /** No writer, no migration: for looking and verifying, also at a trail that the gateway refuses to go on with. */
  readonly readOnly?: boolean;
  /** Bytes the database may grow to; then writes fail with `store-full`. Default: as the disk allows. */
  readonly maxBytes?: number;
  /**
   * Go on with a trail that does not reach its anchored head (a restored backup). Recorded in the trail itself. Only
   * ever on an operator's explicit word.
   */
  readonly adoptTrail?: boolean;
}

export interface Store {
  readonly pushes: PushStore;
  readonly exceptions: ExceptionStore;
  readonly grants: GrantStore;
  readonly sessions: SessionStore;
  readonly attributions: AttributionStore;
  readonly trail: Trail;
  readonly directory: Directory;
  readonly agents: AgentStore;
  readonly identities: IdentityStore;
  readonly logins: LoginStore;
  readonly assertions: AssertionLedger;
  readonly certificates: CertificateStore;
  /** Waits for what was submitted, anchors the trail, closes. Later calls reject. */
  close(): Promise<void>;
  /** False when writes cannot succeed: the writer is gone, or the head of the trail can no longer be anchored. */
  ready(): boolean;
}

/** A reader waits this long for a lock, blocking the event loop; in WAL mode readers practically never wait. */
const READ_TIMEOUT_MS = 1000;

/** Opens, creates or brings up to date. Rejects with StoreError when the store cannot be trusted or used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { file, auditDir, clock, mask = RULES_MASKER } = options;
  const writer = options.readOnly
    ? READ_ONLY_WRITER
    : await openWriter({
        file,
        auditDir,
        ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
        ...(options.adoptTrail ? { adoptTrailAt: clock.now() } : {}),
      });
  let reader: DatabaseSync | undefined;
  try {
    reader = new DatabaseSync(file, { readOnly: true, timeout: READ_TIMEOUT_MS, defensive: true });
    requireCurrentSchema(reader);
  } catch (error) {
    reader?.close();
    await writer.close();
    throw classifyFailure(error).error;
  }
  const connection = reader;
  const database = new Kysely<Schema>({ dialect: readerDialect(connection) });
  const directory = createDirectory(database, writer, clock);
  const seal = options.sessionsKey === undefined ? undefined : createTextSeal(options.sessionsKey);
  const loginSeal = options.loginsKey === undefined ? NO_LOGIN_SEAL : createLoginSeal(options.loginsKey);
  let closing: Promise<void> | undefined;

  return {
    pushes: maskedPushes(createPushStore(database, writer, clock), mask),
    exceptions: maskedExceptions(createExceptionStore(database, writer, clock), mask),
    grants: maskedGrants(createGrantStore(database, writer, clock), mask),
    attributions: maskedAttributions(createAttributionStore(database, writer, clock), mask),
    sessions: maskedSessions(createSessionStore(database, writer, clock, seal), mask),
    trail: maskedTrail(createTrail(database, writer, clock, auditDir), mask),
    directory: maskedDirectory(directory, mask),
    agents: createAgentStore(database, writer, clock),
    identities: maskedIdentities(createIdentityStore(database, writer, clock, loginSeal), mask),
    logins: maskedLogins(createLoginStore(database, writer, clock, loginSeal), mask),
    assertions: createAssertionLedger(database, writer, clock),
    certificates: createCertificateStore(database, writer, clock),
    ready: () => closing === undefined && writer.ready(),
    close() {
      closing ??= (async () => {
        await directory.flushTouches();
        // The reader first: whoever closes last folds the write-ahead log into the file, and only a writer can.
        connection.close();
        await writer.close();
      })();
      return closing;
    },
  };
}
