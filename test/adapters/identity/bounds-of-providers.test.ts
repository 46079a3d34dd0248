// Groups that providers give count wherever local ones do: for a person, and for the agents that act for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFederation } from '../../../src/adapters/identity/federation.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import type { TrailEntry } from '../../../src/domain/audit/entry.ts';
import { temporaryPlace } from '../store/temporary-store.ts';

const entry: TrailEntry = { type: 'admin.changed', body: {} };

test('an agent is kept within the groups that its sponsor has from a provider, for as long as they do', async (t) => {
  const { clock, open } = temporaryPlace(t);
  const store = await open();
  const { directory, identities, grants } = store;
  const federation = createFederation({
    directory,
    identities,
    providers: [],
    workloads: [],
    clock,
    log: createLog({ level: 'silent' }),
    recheckMs: 1_000,
    loginLastsMs: 1_000,
  });
  const identity = createIdentity({ directory, clock, grants, federation });
  await directory.addUser({ name: 'alice', kind: 'human', groups: ['local'], createdAt: 1 }, entry);
  const agent = { name: 'copilot', kind: 'coding-agent', sponsor: 'alice', groups: ['sre'], createdAt: 1 } as const;
  await directory.addUser(agent, entry);
  // Linked by an admin, as never seen: what was said cannot be old.
  const hers = { provider: 'corp', subject: 's-1', name: 'alice', groups: ['sre'], at: 0 };
  await identities.add(hers, 'alice', entry);
  assert.deepEqual((await identity.principalOf('copilot'))?.bounds?.sponsorGroups, ['local', 'sre']);
  assert.equal((await identity.principalOf('copilot'))?.disabled, false);

  await identities.disable(hers, clock.now(), entry);
  const after = await identity.principalOf('copilot');
  assert.deepEqual(after?.bounds?.sponsorGroups, []);
  assert.equal(after?.disabled, true);
});
