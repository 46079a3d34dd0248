// A request is recorded as a whole or not at all, also when the disk ends in the middle of it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sessionKey } from '../../../src/domain/attribution/sessions/session-event.ts';
import { temporaryPlace } from './temporary-store.ts';

test('what does not fit on the disk is refused as a whole, and taken when there is room', async (t) => {
  const place = temporaryPlace(t);
  const facts = { codingAgent: 'codex', conversation: 'c-1' };
  const events = Array.from({ length: 50 }, (_, i) => ({
    ...{ id: String(i), at: 1, kind: 'edit' as const, path: 'a.ts', tool: 'Edit' },
    added: [
      { start: 1, lines: Array.from({ length: 100 }, () => `const a${randomBytes(8).toString('hex')} = thing;`) },
    ],
  }));
  const batch = { principal: 'alice', key: sessionKey(facts), facts, events };
  const started = { type: 'ai.session-recorded', body: {} } as const;
  const sessionsKey = Buffer.alloc(32, 1);
  const small = await place.open({ sessionsKey, maxBytes: 500_000 });
  const before = (await small.trail.verify()).entries;
  await assert.rejects(small.sessions.record(batch, started), { code: 'store-full' });
  assert.deepEqual(await small.sessions.list({}), []);
  assert.equal((await small.trail.verify()).entries, before);
  await small.close();
  const large = await place.open({ sessionsKey });
  assert.deepEqual(await large.sessions.record(batch, started), { accepted: 50, known: 0 });
});
