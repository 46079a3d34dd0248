// What every AgentStore promises (src/domain/ports.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrailEntry } from '../../src/domain/audit/entry.ts';
import type { AgentCertificate } from '../../src/domain/enrolment.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const entry = (type: TrailEntry['type']): TrailEntry => ({ type, actor: 'root', body: {} });
const hash = (digit: string) => digit.repeat(64);
const certificate = (digit: string, issuedAt = 1000): AgentCertificate => ({
  fingerprint: hash(digit),
  issuedAt,
  expiresAt: issuedAt + 5000,
});

async function token(store: StoreUnderTest, digit: string, agent = 'dc1', expiresAt = Number.MAX_SAFE_INTEGER) {
  const made = { id: `join-${digit}`, agent, createdBy: 'root', createdAt: 1, expiresAt };
  await store.agents.addJoinToken(made, hash(digit), entry('admin.changed'));
  return made;
}

export function agentStoreContract(name: string, open: OpenStore): void {
  describe(`agent store, ${name}`, () => {
    it('enrols by a join token once, and still knows it when it is opened again', async (t) => {
      const store = await open(t);
      const made = await token(store, '1');
      assert.deepEqual(await store.agents.findJoinToken(hash('1')), made);
      const agent = await store.agents.join(
        hash('1'),
        { id: 'agent-1', certificate: certificate('a') },
        entry('agent.joined'),
      );
      assert.equal(agent?.name, 'dc1');
      assert.equal(agent?.certificateExpiresAt, 6000);
      const again = await store.agents.join(
        hash('1'),
        { id: 'agent-2', certificate: certificate('b') },
        entry('agent.joined'),
      );
      assert.equal(again, undefined);
      const { agents, trail } = await store.reopen();
      assert.deepEqual(await agents.findByName('dc1'), agent);
      assert.equal(await agents.find('agent-2'), undefined);
      assert.equal((await agents.findJoinToken(hash('1')))?.usedAt, store.clock.now());
      assert.equal((await trail.search({ types: ['agent.joined'] })).length, 1);
    });

    it('enrols nobody by a token that is over, or unknown', async (t) => {
      const store = await open(t);
      await token(store, '1', 'dc1', store.clock.now());
      for (const digit of ['1', '2']) {
        assert.equal(
          await store.agents.join(hash(digit), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined')),
          undefined,
        );
      }
      assert.deepEqual(await store.agents.list(), []);
      assert.equal(await store.agents.findCertificate(hash('a')), undefined);
    });

    it('has one live agent of a name, whatever the case of its letters', async (t) => {
      const store = await open(t);
      await token(store, '1');
      await token(store, '2', 'DC1');
      await store.agents.join(hash('1'), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined'));
      const other = { id: 'agent-2', certificate: certificate('b') };
      assert.equal(await store.agents.join(hash('2'), other, entry('agent.joined')), undefined);
      assert.equal(await store.agents.revoke('agent-1', 7, entry('admin.changed')), true);
      assert.equal(
        (await store.agents.join(hash('2'), other, entry('agent.joined')))?.id,
        'agent-2',
        'the token was not used up',
      );
      assert.equal((await store.agents.findByName('DC1'))?.id, 'agent-2');
      assert.equal((await store.agents.list()).length, 2);
    });

    it('joined once more, an agent keeps its id, and its earlier certificates end', async (t) => {
      const store = await open(t);
      await token(store, '1');
      await token(store, '2');
      await store.agents.join(hash('1'), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined'));
      await store.agents.join(hash('2'), { id: 'agent-1', certificate: certificate('b', 2000) }, entry('agent.joined'));
      assert.equal((await store.agents.findCertificate(hash('a')))?.retiredAt, store.clock.now());
      assert.equal((await store.agents.findCertificate(hash('b')))?.retiredAt, undefined);
      assert.equal((await store.agents.list()).length, 1);
    });

    it('keeps a certificate until the next one is used', async (t) => {
      const store = await open(t);
      await token(store, '1');
      await store.agents.join(hash('1'), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined'));
      assert.equal(await store.agents.addCertificate('agent-1', certificate('b', 2000), entry('agent.renewed')), true);
      assert.equal((await store.agents.find('agent-1'))?.certificateExpiresAt, 7000);
      await store.agents.retireBefore(hash('a'), 2100);
      assert.equal((await store.agents.findCertificate(hash('b')))?.retiredAt, undefined);
      await store.agents.retireBefore(hash('b'), 2200);
      const known = await store.agents.findCertificate(hash('a'));
      assert.equal(known?.retiredAt, 2200);
      assert.equal(known?.agent.id, 'agent-1');
    });

    it('revokes once, and gives a revoked agent nothing any more', async (t) => {
      const store = await open(t);
      await token(store, '1');
      await store.agents.join(hash('1'), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined'));
      assert.equal(await store.agents.revoke('agent-1', 7, entry('admin.changed')), true);
      assert.equal(await store.agents.revoke('agent-1', 8, entry('admin.changed')), false);
      assert.equal(await store.agents.revoke('agent-9', 8, entry('admin.changed')), false);
      assert.equal((await store.agents.findCertificate(hash('a')))?.agent.revokedAt, 7);
      assert.equal(await store.agents.addCertificate('agent-1', certificate('b'), entry('agent.renewed')), false);
      assert.equal(await store.agents.findByName('dc1'), undefined);
      assert.equal(await store.agents.rename('agent-1', 'dc2', entry('admin.changed')), 'unknown');
    });

    it('renames to a name that nobody has', async (t) => {
      const store = await open(t);
      for (const [digit, name] of [
        ['1', 'dc1'],
        ['2', 'dc2'],
      ] as const) {
        await token(store, digit, name);
        await store.agents.join(
          hash(digit),
          { id: `agent-${digit}`, certificate: certificate(digit) },
          entry('agent.joined'),
        );
      }
      assert.equal(await store.agents.rename('agent-1', 'Dc2', entry('admin.changed')), 'taken');
      assert.equal(await store.agents.rename('agent-1', 'DC1', entry('admin.changed')), 'renamed');
      assert.equal((await store.agents.findByName('DC1'))?.id, 'agent-1');
      assert.equal(await store.agents.rename('agent-9', 'dc9', entry('admin.changed')), 'unknown');
    });

    it('keeps what an agent last said of itself', async (t) => {
      const store = await open(t);
      await token(store, '1');
      await store.agents.join(hash('1'), { id: 'agent-1', certificate: certificate('a') }, entry('agent.joined'));
      await store.agents.seen('agent-1', { at: 55, version: '1.2.3', upstreams: ['main'] }, entry('agent.connected'));
      await store.agents.seen('agent-1', { at: 66, version: '1.2.3', upstreams: ['main'] });
      const agent = await store.agents.find('agent-1');
      assert.deepEqual([agent?.lastSeenAt, agent?.version, agent?.upstreams], [66, '1.2.3', ['main']]);
      assert.equal((await store.trail.search({ types: ['agent.connected'] })).length, 1);
    });

    it('takes nothing but digests for tokens and certificates', async (t) => {
      const store = await open(t);
      const made = { id: 'join-1', agent: 'dc1', createdBy: 'root', createdAt: 1, expiresAt: 2 };
      await assert.rejects(store.agents.addJoinToken(made, 'sp_clear', entry('admin.changed')), TypeError);
      assert.equal(await store.agents.findCertificate('nothing'), undefined);
    });
  });
}
