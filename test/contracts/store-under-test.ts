// What a contract suite needs of a store, whichever it is. Each suite is a function of a name and a way to open one, so
// that a second implementation is one more row in the test that calls it.
import type { TestContext } from 'node:test';
import type {
  AgentStore,
  AssertionLedger,
  AttributionStore,
  CertificateStore,
  Directory,
  ExceptionStore,
  GrantStore,
  IdentityStore,
  LoginStore,
  PushStore,
  SessionStore,
  Trail,
} from '../../src/domain/ports.ts';

export interface StoreUnderTest {
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
  /** The clock the store was given; tests move it. */
  readonly clock: { time: number; now(): number };
  /** Closes the store and opens it again: whatever was only in memory is gone. */
  reopen(): Promise<StoreUnderTest>;
}

/** Opens an empty store that is closed and removed when the test ends. */
export type OpenStore = (t: TestContext) => Promise<StoreUnderTest>;
