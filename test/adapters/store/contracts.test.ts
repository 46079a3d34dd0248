import type { TestContext } from 'node:test';
import { agentStoreContract } from '../../contracts/agent-store.ts';
import { assertionLedgerContract } from '../../contracts/assertion-ledger.ts';
import { attributionStoreContract } from '../../contracts/attribution-store.ts';
import { certificateStoreContract } from '../../contracts/certificate-store.ts';
import { directoryContract } from '../../contracts/directory.ts';
import { exceptionStoreContract } from '../../contracts/exception-store.ts';
import { grantStoreContract } from '../../contracts/grant-store.ts';
import { loginStoreContract } from '../../contracts/login-store.ts';
import { pushStoreContract } from '../../contracts/push-store.ts';
import { sessionStoreContract } from '../../contracts/session-store.ts';
import type { OpenStore, StoreUnderTest } from '../../contracts/store-under-test.ts';
import { trailContract } from '../../contracts/trail.ts';
import { temporaryPlace } from './temporary-store.ts';

async function openSqlite(t: TestContext): Promise<StoreUnderTest> {
  const place = temporaryPlace(t);
  const open = async (): Promise<StoreUnderTest> => {
    const store = await place.open({ sessionsKey: Buffer.alloc(32, 7), loginsKey: Buffer.alloc(32, 8) });
    return {
      pushes: store.pushes,
      exceptions: store.exceptions,
      grants: store.grants,
      sessions: store.sessions,
      attributions: store.attributions,
      trail: store.trail,
      directory: store.directory,
      agents: store.agents,
      identities: store.identities,
      logins: store.logins,
      assertions: store.assertions,
      certificates: store.certificates,
      clock: place.clock,
      async reopen() {
        await store.close();
        return open();
      },
    };
  };
  return open();
}

const STORES: readonly (readonly [string, OpenStore])[] = [['sqlite', openSqlite]];

for (const [name, open] of STORES) {
  pushStoreContract(name, open);
  exceptionStoreContract(name, open);
  grantStoreContract(name, open);
  sessionStoreContract(name, open);
  attributionStoreContract(name, open);
  trailContract(name, open);
  directoryContract(name, open);
  agentStoreContract(name, open);
  loginStoreContract(name, open);
  assertionLedgerContract(name, open);
  certificateStoreContract(name, open);
}
