// The port UpstreamAgent across a link: the same bytes, the same answers, and never a part taken for the whole.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import type { UpstreamAgent, UpstreamAnswer } from '../../../src/domain/ports.ts';
import { type LinkLab, openLinkLab, until } from './link-lab.ts';

const address = { upstream: 'main', repo: 'acme/shop', path: 'acme/shop.git' };

async function connected(lab: LinkLab, serves: Partial<UpstreamAgent>, name = 'dc1') {
  const agent = await lab.agent(name, { token: await lab.token(name), serves });
  await agent.ready;
  await until('it to be connected', () => lab.server.links.isConnected([name], 'main'));
  return agent;
}

const ok = (...parts: (string | Buffer)[]): UpstreamAnswer => ({
  outcome: 'ok',
  body: Readable.from(
    parts.map((part) => Buffer.from(part)),
    { objectMode: false },
  ),
});

async function textOf(answer: UpstreamAnswer): Promise<string> {
  assert.equal(answer.outcome, 'ok');
  const parts: Buffer[] = [];
  if (answer.outcome === 'ok') for await (const part of answer.body) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

describe('across a link', () => {
  test('every operation arrives as it was asked, and its answer as it was given', async (t) => {
    const lab = await openLinkLab(t);
    const asked: unknown[] = [];
    await connected(lab, {
      async advertise(service, { address: at, gitProtocol }) {
        asked.push([service, at, gitProtocol]);
        return ok('refs of ', 'it');
      },
      async uploadPack({ address: at, body }) {
        asked.push(['upload-pack', at, await textOf({ outcome: 'ok', body })]);
        return ok('');
      },
      async receivePack({ address: at, body, length }) {
        asked.push(['receive-pack', at, length, await textOf({ outcome: 'ok', body })]);
        return ok('report');
      },
    });
    const { links } = lab.server;
    const odd = { upstream: 'main', repo: 'a+b/ü@1', path: 'a+b/ü@1.git' };
    assert.equal(
      await textOf(
        await links.ask(['dc1'], {
          operation: 'advertise',
          service: 'git-upload-pack',
          address: odd,
          gitProtocol: 'version=2',
        }),
      ),
      'refs of it',
    );
    assert.equal(
      await textOf(
        await links.ask(['dc1'], { operation: 'upload-pack', address }, Readable.from([Buffer.from('wants')])),
      ),
      '',
    );
    assert.equal(
      await textOf(
        await links.ask(
          ['dc1'],
          { operation: 'receive-pack', address, length: 4 },
          Readable.from([Buffer.from('pa'), Buffer.from('ck')]),
        ),
      ),
      'report',
    );
    assert.deepEqual(asked, [
      ['git-upload-pack', odd, 'version=2'],
      ['upload-pack', address, 'wants'],
      ['receive-pack', address, 4, 'pack'],
    ]);
  });

  test('refusals keep what they say, and whether the upstream has seen anything', async (t) => {
    const lab = await openLinkLab(t);
    const answers: UpstreamAnswer[] = [
      { outcome: 'not-found' },
      { outcome: 'unavailable', detail: 'upstream main (h:1) said: ü\n', sent: false },
      { outcome: 'unavailable', detail: 'broke', sent: true },
    ];
    await connected(lab, {
      async receivePack({ body }) {
        await textOf({ outcome: 'ok', body });
        return answers.shift() as UpstreamAnswer;
      },
    });
    for (const wanted of [...answers]) {
      const answer = await lab.server.links.ask(
        ['dc1'],
        { operation: 'receive-pack', address, length: 4 },
        Readable.from([Buffer.from('pack')]),
      );
      assert.deepEqual(answer, wanted);
    }
  });

  test('an answer that breaks off at the agent breaks off here: no end without its mark', async (t) => {
    const lab = await openLinkLab(t);
    const broken = new Readable({ read() {} });
    broken.push('half of ');
    await connected(lab, { uploadPack: async () => ({ outcome: 'ok', body: broken }) });
    const answer = await lab.server.links.ask(['dc1'], { operation: 'upload-pack', address }, Readable.from([]));
    const reading = textOf(answer);
    setImmediate(() => broken.destroy(new Error('the upstream went away')));
    await assert.rejects(reading);
  });

  test('a request that breaks off here breaks off at the agent', async (t) => {
    const lab = await openLinkLab(t);
    let seen: unknown;
    await connected(lab, {
      async receivePack({ body }) {
        seen = await textOf({ outcome: 'ok', body }).catch((error: unknown) => error);
        return { outcome: 'not-found' };
      },
    });
    async function* half() {
      yield Buffer.from('pa');
      throw new Error('the recording was altered');
    }
    const answer = await lab.server.links.ask(
      ['dc1'],
      { operation: 'receive-pack', address, length: 4 },
      Readable.from(half()),
    );
    assert.deepEqual(answer, { outcome: 'unavailable', detail: 'the link to the agent broke', sent: true });
    await until('the agent to see it', () => seen !== undefined);
    assert.ok(seen instanceof Error);
  });

  test('an agent that is gone in the middle leaves it open what the upstream has seen', async (t) => {
    const lab = await openLinkLab(t);
    const reached = Promise.withResolvers<void>();
    const agent = await connected(lab, {
      async receivePack({ body }) {
        await textOf({ outcome: 'ok', body });
        reached.resolve();
        return new Promise(() => {});
      },
    });
    const asking = lab.server.links.ask(
      ['dc1'],
      { operation: 'receive-pack', address, length: 4 },
      Readable.from([Buffer.from('pack')]),
    );
    await reached.promise;
    for (const tunnel of lab.server.links.open()) tunnel.socket.destroy();
    assert.deepEqual(await asking, { outcome: 'unavailable', detail: 'the link to the agent broke', sent: true });
    await agent.stop();
  });

  test('a fetch that its client gave up is given up at the agent', async (t) => {
    const lab = await openLinkLab(t);
    const given = Promise.withResolvers<void>();
    await connected(lab, {
      async uploadPack({ signal }) {
        signal?.addEventListener('abort', () => given.resolve());
        return { outcome: 'ok', body: new Readable({ read() {} }) };
      },
    });
    const stopping = new AbortController();
    const answer = await lab.server.links.ask(
      ['dc1'],
      { operation: 'upload-pack', address },
      Readable.from([]),
      stopping.signal,
    );
    stopping.abort();
    await given.promise;
    await assert.rejects(textOf(answer));
  });

  test('large bodies arrive whole both ways, and a reader that pauses pauses the other end', async (t) => {
    const lab = await openLinkLab(t);
    const block = randomBytes(1 << 20);
    const blocks = 48;
    let made = 0;
    async function* many() {
      for (let at = 0; at < blocks; at++) {
        made += block.length;
        yield block;
      }
    }
    await connected(lab, {
      async receivePack({ body }) {
        const hash = createHash('sha256');
        for await (const part of body) hash.update(part as Buffer);
        return ok(hash.digest('hex'));
      },
      uploadPack: async () => ({ outcome: 'ok', body: Readable.from(many(), { objectMode: false }) }),
    });
    const expected = createHash('sha256');
    for (let at = 0; at < blocks; at++) expected.update(block);
    const wanted = expected.digest('hex');
    const length = blocks * block.length;
    const { links } = lab.server;
    assert.equal(
      await textOf(
        await links.ask(
          ['dc1'],
          { operation: 'receive-pack', address, length },
          Readable.from(many(), { objectMode: false }),
        ),
      ),
      wanted,
    );
    made = 0;
    const answer = await links.ask(['dc1'], { operation: 'upload-pack', address }, Readable.from([]));
    assert.equal(answer.outcome, 'ok');
    if (answer.outcome !== 'ok') return;
    let before = -1;
    await until('the other end to stop', async () => {
      const isStill = made > 0 && made === before;
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    assert.ok(made <= 16 << 20, `${made >> 20} MiB were made for a reader that reads nothing`);
    const hash = createHash('sha256');
    for await (const part of answer.body) hash.update(part as Buffer);
    assert.equal(hash.digest('hex'), wanted);
  });
});

describe('who is asked', () => {
  const serving = (word: string): Partial<UpstreamAgent> => ({ advertise: async () => ok(word) });
  const asking = { operation: 'advertise', service: 'git-upload-pack', address } as const;

  test('the first agent that is there, in the order of the configuration', async (t) => {
    const lab = await openLinkLab(t);
    const one = await connected(lab, serving('one'), 'dc1');
    await connected(lab, serving('two'), 'dc2');
    const { links } = lab.server;
    assert.equal(await textOf(await links.ask(['dc1', 'dc2'], asking)), 'one');
    assert.equal(await textOf(await links.ask(['dc2', 'dc1'], asking)), 'two');
    await one.stop();
    await until('it to be gone', () => !links.isConnected(['dc1'], 'main'));
    assert.equal(await textOf(await links.ask(['dc1', 'dc2'], asking)), 'two');
  });

  test('the next one, when the link breaks before anything was sent', async (t) => {
    const lab = await openLinkLab(t);
    await connected(lab, {
      advertise: async () => {
        const [first] = lab.server.links.open();
        first?.socket.destroy();
        return new Promise(() => {});
      },
    });
    await connected(lab, serving('two'), 'dc2');
    assert.equal(await textOf(await lab.server.links.ask(['dc1', 'dc2'], asking)), 'two');
  });

  test('nobody for an upstream that no agent lists, or whose agent is away: and that is said', async (t) => {
    const lab = await openLinkLab(t);
    await connected(lab, serving('one'));
    const { links } = lab.server;
    for (const [agents, upstream] of [
      [['dc1'], 'other'],
      [['dc9'], 'main'],
      [[], 'main'],
    ] as const) {
      assert.equal(links.isConnected(agents, upstream), false);
      const answer = await links.ask(agents, { ...asking, address: { ...address, upstream } });
      assert.deepEqual(answer, {
        outcome: 'unavailable',
        detail: 'the agent for this repository is not connected',
        sent: false,
        noAgent: true,
      });
    }
  });

  test('an agent by its new name, at once', async (t) => {
    const lab = await openLinkLab(t);
    await connected(lab, serving('one'));
    const { id } = (await lab.store.agents.findByName('dc1')) ?? assert.fail();
    lab.server.links.rename(id, 'dc7');
    assert.equal(await textOf(await lab.server.links.ask(['dc7'], asking)), 'one');
    assert.equal(lab.server.links.isConnected(['dc1'], 'main'), false);
  });
});
