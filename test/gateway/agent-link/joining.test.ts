// Who may come in as an agent, and who may not any more; and whom an agent takes for its gateway. Both sides say why.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import {
  IDENTITY_FILE,
  type LinkIdentity,
  loadIdentity,
  newKey,
  saveIdentity,
} from '../../../src/agent/link/identity.ts';
import { DialError, IdentityError } from '../../../src/agent/link/run.ts';
import type { EntryType } from '../../../src/domain/audit/entry.ts';
import { newJoinToken } from '../../../src/domain/join-token.ts';
import { LINK_PROTOCOL } from '../../../src/protocol/agent-link.ts';
import { authorityNamed, DAY, LIFE, type LinkLab, openLinkLab, until } from './link-lab.ts';

const typesOf = async (lab: LinkLab, types: readonly EntryType[]) =>
  (await lab.store.trail.search({ types })).map(
    ({ type, body }) => ({ type, ...body }) as Readonly<Record<string, unknown>>,
  );

async function joined(lab: LinkLab, name = 'dc1'): Promise<{ readonly id: string; readonly state: string }> {
  const agent = await lab.agent(name, { token: await lab.token(name) });
  await agent.ready;
  await until('it to be connected', () => lab.server.links.isConnected([name], 'main'));
  const { id } = (await lab.store.agents.findByName(name)) ?? assert.fail();
  return { id, state: join(lab.directory, name) };
}

/** The same certificate and key, somewhere else: what a thief has. */
function stolen(lab: LinkLab, state: string, name = 'thief'): string {
  cpSync(state, join(lab.directory, name), { recursive: true });
  return name;
}

describe('joining', () => {
  test('a join token makes an agent of whoever has it, once: the trail and the state directory have it', async (t) => {
    const lab = await openLinkLab(t);
    const { id, state } = await joined(lab);
    const identity = loadIdentity(state);
    assert.equal(identity?.agent, id);
    assert.equal(statSync(join(state, IDENTITY_FILE)).mode & 0o777, 0o600);
    const [entry] = await typesOf(lab, ['agent.joined']);
    assert.deepEqual([entry?.['name'], entry?.['version'], entry?.['address']], ['dc1', '1.2.3', '127.0.0.1']);
    await until(
      'the trail to say that it is connected',
      async () => (await typesOf(lab, ['agent.connected'])).length === 1,
    );
  });

  test('a join token that was used is refused, and the trail says so', async (t) => {
    const lab = await openLinkLab(t);
    const token = await lab.token('dc1');
    await lab.agent('dc1', { token });
    const replay = lab.agent('dc1', { token, state: 'somewhere-else' });
    await assert.rejects(
      replay,
      (error) =>
        error instanceof IdentityError && /the gateway refused: this join token was used already/.test(error.message),
    );
    assert.match(String((await typesOf(lab, ['agent.refused']))[0]?.['why']), /used already/);
  });

  test('of two that use one token at the same time one joins', async (t) => {
    const lab = await openLinkLab(t);
    const token = await lab.token('dc1');
    const both = await Promise.allSettled(['one', 'two'].map((state) => lab.agent('dc1', { token, state })));
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal((await lab.store.agents.list()).length, 1);
  });

  for (const [what, make, words] of [
    ['that is over', async (lab: LinkLab) => lab.token('dc1', -1), /this join token is over/],
    ['that nobody made', async (lab: LinkLab) => newJoinToken(lab.authority.pin).text, /this join token is not known/],
    ['that was cut off', async (lab: LinkLab) => (await lab.token('dc1')).slice(0, -3), /the join token is not whole/],
    [
      'for an agent of another name',
      async (lab: LinkLab) => lab.token('dc2'),
      /is for an agent called dc2, and agent\.name is dc1/,
    ],
  ] as const) {
    test(`a join token ${what} is refused in clear words`, async (t) => {
      const lab = await openLinkLab(t);
      await assert.rejects(
        lab.agent('dc1', { token: await make(lab) }),
        (error) => error instanceof IdentityError && words.test(error.message),
      );
    });
  }

  test('an agent without state and token says what to do', async (t) => {
    const lab = await openLinkLab(t);
    await assert.rejects(lab.agent('dc1'), /has not joined.*hint: `sallyport agent-token create dc1`/);
  });
});

describe('a gateway that is not ours', () => {
  test('is not shown the join token, nor anything else', async (t) => {
    const [lab, impostor] = [await openLinkLab(t), await openLinkLab(t, { authority: 'impostor' })];
    const token = await lab.token('dc1');
    await assert.rejects(
      lab.agent('dc1', { token, place: impostor.place }),
      (error) =>
        error instanceof DialError &&
        error.isImpostor &&
        /is not the gateway that the join token is for/.test(error.message),
    );
    assert.deepEqual(await impostor.store.trail.search({}), []);
    await lab.agent('dc1', { token });
  });

  test('is not served, however good its certificate is elsewhere', async (t) => {
    const [lab, impostor] = [await openLinkLab(t), await openLinkLab(t, { authority: 'impostor' })];
    await joined(lab);
    await lab.agent('dc1', { state: stolen(lab, join(lab.directory, 'dc1')), place: impostor.place });
    await until('it to be told', () =>
      lab.said.some((text) => /showed a certificate that is not the gateway's/.test(text)),
    );
    assert.deepEqual(impostor.server.links.open(), []);
  });

  test('an agent cannot pass itself off as the gateway with its own certificate', async (t) => {
    const lab = await openLinkLab(t);
    const { state } = await joined(lab);
    const { key, certificate } = loadIdentity(state) as LinkIdentity;
    const { createServer: createTls } = await import('node:tls');
    const fake = createTls({ key, cert: `${certificate}${lab.authority.certificate}`, ALPNProtocols: [LINK_PROTOCOL] });
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
    t.after(() => fake.close());
    fake.on('tlsClientError', () => {});
    const { port } = fake.address() as AddressInfo;
    await lab.agent('dc1', { state: stolen(lab, state), place: { host: '127.0.0.1', port } });
    await until('it to be told', () =>
      lab.said.some((text) => /showed a certificate that is not the gateway's/.test(text)),
    );
  });

  test("a pin in the configuration that is not the token's stops the agent before it dials", async (t) => {
    const lab = await openLinkLab(t);
    const { pin } = await authorityNamed('impostor');
    await assert.rejects(
      lab.agent('dc1', { token: await lab.token('dc1'), pin }),
      /for another gateway than agent\.pin says/,
    );
  });

  test('something else that listens there is named as such', async (t) => {
    const lab = await openLinkLab(t);
    const silent = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    await assert.rejects(
      lab.agent('dc1', { token: await lab.token('dc1'), place: { host: '127.0.0.1', port } }),
      DialError,
    );
  });
});

describe('a certificate', () => {
  test('of an agent that is revoked: its link ends at once, and it never comes back', async (t) => {
    const lab = await openLinkLab(t);
    const agent = await lab.agent('dc1', { token: await lab.token('dc1'), links: 3 });
    await agent.ready;
    const { id } = (await lab.store.agents.findByName('dc1')) ?? assert.fail();
    await until('all links', () => lab.server.links.count(id) === 3);
    await lab.store.agents.revoke(id, Date.now(), { type: 'admin.changed', body: {} });
    lab.server.revoked(id);
    assert.equal(lab.server.links.isConnected(['dc1'], 'main'), false, 'at once');
    await assert.rejects(
      agent.ended,
      /the gateway refuses this agent: this agent was revoked; hint: `sallyport agent-token create dc1`/,
    );
    const again = await lab.agent('dc1');
    await assert.rejects(again.ended, /this agent was revoked/);
    await until('the trail to say so', async () => {
      const [refused] = await typesOf(lab, ['agent.refused']);
      return refused?.['why'] === 'agent-revoked' && (await typesOf(lab, ['agent.lost'])).length === 1;
    });
  });

  test('of an agent that another process on this store has revoked: its link ends by itself', async (t) => {
    const lab = await openLinkLab(t, { pingMs: 150 });
    const { id } = await joined(lab);
    await lab.store.agents.revoke(id, Date.now(), { type: 'admin.changed', body: {} });
    await until('it to end', () => lab.server.links.count(id) === 0);
  });

  test('is renewed over the link before it ends; the old one, stolen, is refused from then on', async (t) => {
    const lab = await openLinkLab(t);
    lab.skew = -25 * DAY;
    const { id, state } = await joined(lab);
    const before = loadIdentity(state) as LinkIdentity;
    const thief = stolen(lab, state);
    lab.skew = 0;
    for (const tunnel of lab.server.links.of(id)) tunnel.drain('draining');
    await until('a renewal', () => loadIdentity(state)?.certificate !== before.certificate);
    assert.notEqual(loadIdentity(state)?.key, before.key, 'with a key of its own');
    await until('the new one to be used', async () => {
      const tunnels = lab.server.links.of(id).filter((tunnel) => tunnel.isOpen());
      const known = tunnels[0] && (await lab.store.agents.findCertificate(tunnels[0].fingerprint));
      return (
        known !== undefined &&
        known.expiresAt > Date.now() + LIFE - DAY &&
        lab.server.links.isConnected(['dc1'], 'main')
      );
    });
    const stealing = await lab.agent('dc1', { state: thief });
    await assert.rejects(stealing.ended, /the certificate was replaced by a later one of this agent/);
    assert.equal((await typesOf(lab, ['agent.renewed'])).length, 1);
  });

  test('that was given but never used does not end the one before', async (t) => {
    const lab = await openLinkLab(t);
    const { id, state } = await joined(lab);
    const { publicKey } = await newKey();
    const { pem: _, ...unused } = lab.authority.issue({ id, publicKey, now: Date.now(), life: LIFE });
    await lab.store.agents.addCertificate(id, unused, { type: 'agent.renewed', body: {} });
    for (const tunnel of lab.server.links.of(id)) tunnel.drain('draining');
    await until('it to be back', () => lab.server.links.isConnected(['dc1'], 'main'));
    assert.ok(loadIdentity(state));
  });

  test('that has run out is refused in clear words', async (t) => {
    const lab = await openLinkLab(t);
    lab.skew = -40 * DAY;
    const agent = await lab.agent('dc1', { token: await lab.token('dc1', 60 * DAY) });
    await assert.rejects(agent.ended, /the certificate has expired/);
  });

  test('of another authority, or none at all, opens no link', async (t) => {
    const [lab, other] = [await openLinkLab(t), await openLinkLab(t, { authority: 'impostor' })];
    const { state } = await joined(other);
    const foreign = loadIdentity(state) as LinkIdentity;
    const showing = { key: foreign.key, cert: foreign.certificate, rejectUnauthorized: false };
    assert.match(await heardFrom(lab, showing), /certificate-foreign/);
    assert.match(await heardFrom(lab, { rejectUnauthorized: false }), /no-certificate/);
    assert.deepEqual(lab.server.links.open(), []);
  });

  test('of an agent that joined anew ends, with the links that stand on it', async (t) => {
    const lab = await openLinkLab(t);
    const first = await lab.agent('dc1', { token: await lab.token('dc1') });
    await first.ready;
    const second = await lab.agent('dc1', { token: await lab.token('dc1'), state: 'second' });
    await second.ready;
    await assert.rejects(first.ended, /the certificate was replaced by a later one/);
    assert.equal((await lab.store.agents.list()).length, 1);
  });
});

/** What the gateway says to somebody who connects as an agent would, until it ends the connection. */
async function heardFrom(lab: LinkLab, options: ConnectionOptions): Promise<string> {
  const socket = connect({ ...lab.place, ...options, ALPNProtocols: [LINK_PROTOCOL] });
  const heard: Buffer[] = [];
  socket.on('data', (part) => heard.push(part)).on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(heard).toString('latin1');
}

test('a state that others can read, or that does not fit together, stops the agent with a word on what to do', async (t) => {
  const lab = await openLinkLab(t);
  const { state } = await joined(lab);
  const identity = loadIdentity(state) as LinkIdentity;
  const path = join(lab.directory, stolen(lab, state), IDENTITY_FILE);
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
  await assert.rejects(lab.agent('dc1', { state: 'thief' }), /is damaged; hint: remove it/);
  saveIdentity(join(lab.directory, 'thief'), { ...identity, key: (await newKey()).privateKey });
  await assert.rejects(lab.agent('dc1', { state: 'thief' }), /is damaged; hint: remove it/);
  chmodSync(path, 0o644);
  await assert.rejects(lab.agent('dc1', { state: 'thief' }), /can be read by others/);
});
