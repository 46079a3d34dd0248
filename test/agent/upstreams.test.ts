// What every kind of upstream must do alike: real git behind http, behind ssh2's server, behind OpenSSH's sshd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { type Agent, createAgent } from '../../src/agent/agent.ts';
import { gitEnvironment } from '../../src/demo-upstream/git-process.ts';
import type { SampleRepository } from '../../src/demo-upstream/sample-repo.ts';
import type { UpstreamAnswer } from '../../src/domain/ports.ts';
import { parseAdvertisement } from '../../src/protocol/advertisement.ts';
import { DELIM, encodePkt, FLUSH, PktDecoder } from '../../src/protocol/pkt-line.ts';
import { type EveryUpstream, startEveryUpstream, upstreamKinds } from '../support/upstream/every-upstream.ts';
import { makeUpstreamRepo } from '../support/upstream/upstream-repo.ts';
import { INJECTIONS } from './injections.ts';

let servers: EveryUpstream;
let agent: Agent;
let shop: SampleRepository;
let tip: string;
let pushed: SampleRepository;
let big: SampleRepository;
let sha256: SampleRepository;

before(async () => {
  servers = await startEveryUpstream();
  const { root } = servers;
  shop = await makeUpstreamRepo({ root, name: 'acme/shop' });
  pushed = await makeUpstreamRepo({ root, name: 'acme/pushed' });
  tip = shop.refs['refs/heads/main'] as string;
  // Random, so that no layer can make it small.
  const files = { 'big.bin': randomBytes(24 * 1024 * 1024) };
  big = await makeUpstreamRepo({ root, name: 'acme/big', commits: [{ message: 'big\n', files }] });
  sha256 = await makeUpstreamRepo({ root, name: 'acme/sha256', objectFormat: 'sha256' });
  await makeUpstreamRepo({ root, name: 'acme/empty', commits: [] });
  agent = createAgent(servers.agentOptions);
});

after(async () => {
  await agent.close();
  await servers.close();
});

const at = (upstream: string, repo: string) => ({ address: { upstream, repo, path: `${repo}.git` } });

async function bodyOf(answer: UpstreamAnswer): Promise<Buffer> {
  assert.equal(answer.outcome, 'ok', JSON.stringify(answer));
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The first error of a body, and how much came before it. */
async function faultOf(answer: UpstreamAnswer): Promise<{ readonly bytes: number; readonly error: Error | undefined }> {
  assert.equal(answer.outcome, 'ok', JSON.stringify(answer));
  let bytes = 0;
  try {
    for await (const chunk of answer.body) bytes += chunk.length;
    return { bytes, error: undefined };
  } catch (error) {
    return { bytes, error: error as Error };
  }
}

/** A stateless upload-pack request of protocol v0 that ends with `done`: a clone of one commit. */
function cloneRequest(oid: string, capabilities = 'side-band-64k ofs-delta'): Buffer {
  return Buffer.concat([encodePkt(`want ${oid} ${capabilities}\n`), FLUSH, encodePkt('done\n')]);
}

const stream = (...chunks: Buffer[]) => Readable.from(chunks, { objectMode: false });

function git(directory: string, args: readonly string[], input?: Buffer): Buffer {
  return execFileSync('git', args, {
    cwd: directory,
    env: gitEnvironment({}),
    maxBuffer: 1 << 28,
    ...(input && { input }),
  });
}

/** Band 1 of an answer in bands; text packets before it (NAK, section headers) are left out. */
function packOf(answer: Buffer): Buffer {
  const decoder = new PktDecoder();
  decoder.write(answer);
  const parts: Buffer[] = [];
  for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
    if (packet.kind === 'data' && packet.payload[0] === 1) parts.push(packet.payload.subarray(1));
  }
  assert.equal(decoder.buffered, 0);
  return Buffer.concat(parts);
}

/** How many objects git finds in a pack, complete in itself. */
function countObjects(pack: Buffer, format = 'sha1', isWhole = true): number {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-pack-'));
  try {
    git(directory, ['init', '--quiet', '--bare', `--object-format=${format}`]);
    git(directory, ['index-pack', '--stdin', ...(isWhole ? ['--strict'] : [])], pack);
    return git(directory, ['cat-file', '--batch-all-objects', '--batch-check']).toString().trim().split('\n').length;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A receive-pack request that puts one new commit on top of `tip` into `ref`. */
function pushRequest(repo: SampleRepository, ref: string, size = 10): { readonly body: Buffer; readonly oid: string } {
  const parent = repo.refs['refs/heads/main'] as string;
  const scratch = mkdtempSync(join(tmpdir(), 'sallyport-push-'));
  try {
    const format = parent.length === 64 ? 'sha256' : 'sha1';
    git(scratch, ['init', '--quiet', '--bare', `--object-format=${format}`]);
    const directory = ['-c', `core.alternateRefsCommand=`];
    const env = { ...gitEnvironment({}), GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repo.directory, 'objects') };
    const run = (args: readonly string[], input?: Buffer) =>
      execFileSync('git', [...directory, ...args], { cwd: scratch, env, maxBuffer: 1 << 28, ...(input && { input }) });
    const blob = run(['hash-object', '-w', '--stdin'], randomBytes(size)).toString().trim();
    const tree = run(['mktree'], Buffer.from(`100644 blob ${blob}\tnew.bin\n`))
      .toString()
      .trim();
    const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com'];
    const oid = run([...who, 'commit-tree', '-p', parent, '-m', 'pushed', tree])
      .toString()
      .trim();
    const pack = run(['pack-objects', '--revs', '--stdout', '--quiet'], Buffer.from(`${oid}\n^${parent}\n`));
    const capabilities = `report-status side-band-64k object-format=${format} agent=test`;
    const command = encodePkt(`${'0'.repeat(parent.length)} ${oid} ${ref}\0 ${capabilities}`);
    return { body: Buffer.concat([command, FLUSH, pack]), oid };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function refOf(repo: SampleRepository, ref: string): string {
  return git(repo.directory, ['for-each-ref', '--format=%(objectname)', ref]).toString().trim();
}

for (const kind of upstreamKinds()) {
  describe(`an upstream over ${kind}`, () => {
    test('advertises for fetches in protocol v0', async () => {
      const bytes = await bodyOf(await agent.advertise('git-upload-pack', at(kind, 'acme/shop')));
      const advertisement = parseAdvertisement(bytes);
      assert.equal(advertisement.version, 0);
      assert.deepEqual(
        advertisement.refs.map((ref) => [ref.name, ref.oid]),
        [
          ['HEAD', tip],
          ['refs/heads/main', tip],
        ],
      );
    });

    test('advertises for fetches in protocol v1', async () => {
      const request = { ...at(kind, 'acme/shop'), gitProtocol: 'version=1' };
      const bytes = await bodyOf(await agent.advertise('git-upload-pack', request));
      assert.equal(parseAdvertisement(bytes).version, 1);
    });

    test('advertises for fetches in protocol v2', async () => {
      const request = { ...at(kind, 'acme/shop'), gitProtocol: 'version=2' };
      const text = (await bodyOf(await agent.advertise('git-upload-pack', request))).toString();
      assert.match(text, /^000eversion 2\n/);
      assert.match(text, /ls-refs/);
      assert.match(text, /0000$/);
    });

    test('advertises for pushes, without HEAD', async () => {
      const bytes = await bodyOf(await agent.advertise('git-receive-pack', at(kind, 'acme/shop')));
      const advertisement = parseAdvertisement(bytes);
      assert.equal(
        advertisement.refs.find((ref) => ref.name === 'HEAD'),
        undefined,
      );
      assert.equal(advertisement.refs.find((ref) => ref.name === 'refs/heads/main')?.oid, tip);
    });

    test('advertises an empty repository', async () => {
      const bytes = await bodyOf(await agent.advertise('git-receive-pack', at(kind, 'acme/empty')));
      assert.deepEqual(parseAdvertisement(bytes).refs, []);
    });

    test('says not-found for a repository that is not there', async () => {
      for (const service of ['git-upload-pack', 'git-receive-pack'] as const) {
        assert.deepEqual(await agent.advertise(service, at(kind, 'acme/nothing')), { outcome: 'not-found' });
      }
      const fetch = await agent.uploadPack({ ...at(kind, 'acme/nothing'), body: stream(cloneRequest(tip)) });
      assert.deepEqual(fetch, { outcome: 'not-found' });
    });

    test('serves a whole clone in one stateless v0 request', async () => {
      const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body: stream(cloneRequest(tip)) });
      assert.equal(countObjects(packOf(await bodyOf(answer))), 15);
    });

    test('serves a clone of a v1 conversation', async () => {
      const request = { ...at(kind, 'acme/shop'), gitProtocol: 'version=1', body: stream(cloneRequest(tip)) };
      assert.equal(countObjects(packOf(await bodyOf(await agent.uploadPack(request)))), 15);
    });

    test('serves v2 commands, one request each', async () => {
      const v2 = { ...at(kind, 'acme/shop'), gitProtocol: 'version=2' };
      const lsRefs = Buffer.concat([encodePkt('command=ls-refs\n'), DELIM, encodePkt('peel\n'), FLUSH]);
      const refs = await bodyOf(await agent.uploadPack({ ...v2, body: stream(lsRefs) }));
      assert.equal(refs.toString(), `0032${tip} HEAD\n003d${tip} refs/heads/main\n0000`);
      const fetch = Buffer.concat([
        encodePkt('command=fetch'),
        DELIM,
        encodePkt('ofs-delta'),
        encodePkt(`want ${tip}\n`),
        encodePkt('done\n'),
        FLUSH,
      ]);
      assert.equal(countObjects(packOf(await bodyOf(await agent.uploadPack({ ...v2, body: stream(fetch) })))), 15);
    });

    test('answers a v0 round without done, whose end is no failure', async () => {
      const round = Buffer.concat([
        encodePkt(`want ${tip} multi_ack_detailed side-band-64k\n`),
        FLUSH,
        encodePkt(`have ${'1'.repeat(40)}\n`),
        FLUSH,
      ]);
      const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body: stream(round) });
      assert.equal((await bodyOf(answer)).toString(), '0008NAK\n');
    });

    test('answers a shallow v0 request', async () => {
      const body = Buffer.concat([
        encodePkt(`want ${tip} shallow side-band-64k\n`),
        encodePkt('deepen 1'),
        FLUSH,
        encodePkt('done\n'),
      ]);
      const answer = await bodyOf(await agent.uploadPack({ ...at(kind, 'acme/shop'), body: stream(body) }));
      assert.ok(answer.toString('latin1').startsWith(`0034shallow ${tip}0000`));
      assert.equal(countObjects(packOf(answer), 'sha1', false), 7);
    });

    test("passes the server's own refusal of a request on, as a whole answer", async () => {
      const body = stream(cloneRequest('1'.repeat(40)));
      const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body });
      assert.match((await bodyOf(answer)).toString(), /^[0-9a-f]{4}ERR upload-pack: not our ref 1{40}$/);
    });

    test('takes a request that comes byte by byte', async () => {
      const bytes = [...cloneRequest(tip)].map((byte) => Buffer.from([byte]));
      const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body: stream(...bytes) });
      assert.equal(countObjects(packOf(await bodyOf(answer))), 15);
    });

    test('takes a request of more than a megabyte', async () => {
      const have = encodePkt(`have ${'1'.repeat(40)}\n`);
      const haves = Array.from({ length: 60_000 }, () => have);
      const head = [encodePkt(`want ${tip} multi_ack_detailed side-band-64k\n`), FLUSH];
      const body = stream(Buffer.concat(head), Buffer.concat(haves), encodePkt('done\n'));
      const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body });
      const bytes = await bodyOf(answer);
      assert.equal(countObjects(packOf(bytes)), 15);
    });

    test('takes a push, and the ref moves', async () => {
      const { body, oid } = pushRequest(pushed, `refs/heads/from-${kind}`);
      const answer = await agent.receivePack({ ...at(kind, 'acme/pushed'), body: stream(body), length: body.length });
      const report = packOf(await bodyOf(answer)).toString();
      assert.match(report, new RegExp(`unpack ok\n.*ok refs/heads/from-${kind}\n`, 's'));
      assert.equal(refOf(pushed, `refs/heads/from-${kind}`), oid);
    });

    test('takes a push of many megabytes byte for byte', async () => {
      const ref = `refs/heads/large-${kind}`;
      const { body, oid } = pushRequest(pushed, ref, 20 * 1024 * 1024);
      const chunks: Buffer[] = [];
      for (let from = 0; from < body.length; from += 65_536) chunks.push(body.subarray(from, from + 65_536));
      const answer = await agent.receivePack({
        ...at(kind, 'acme/pushed'),
        body: stream(...chunks),
        length: body.length,
      });
      assert.match(packOf(await bodyOf(answer)).toString(), /ok refs\/heads\/large/);
      assert.equal(refOf(pushed, ref), oid);
    });

    test('reports a push that git declines as git does', async () => {
      const old = '1'.repeat(40);
      const command = encodePkt(`${old} ${'0'.repeat(40)} refs/heads/main\0 report-status delete-refs`);
      const body = Buffer.concat([command, FLUSH]);
      const answer = await agent.receivePack({ ...at(kind, 'acme/pushed'), body: stream(body), length: body.length });
      assert.match((await bodyOf(answer)).toString(), /ng refs\/heads\/main /);
      assert.equal(refOf(pushed, 'refs/heads/main'), tip);
    });

    test('serves and takes SHA-256 repositories', async () => {
      const head = sha256.refs['refs/heads/main'] as string;
      assert.equal(head.length, 64);
      const capabilities = 'side-band-64k ofs-delta object-format=sha256';
      const fetch = await agent.uploadPack({
        ...at(kind, 'acme/sha256'),
        body: stream(cloneRequest(head, capabilities)),
      });
      assert.equal(countObjects(packOf(await bodyOf(fetch)), 'sha256'), 15);
      const { body, oid } = pushRequest(sha256, `refs/heads/from-${kind}`);
      const push = await agent.receivePack({ ...at(kind, 'acme/sha256'), body: stream(body), length: body.length });
      assert.match(packOf(await bodyOf(push)).toString(), /ok refs/);
      assert.equal(refOf(sha256, `refs/heads/from-${kind}`), oid);
    });

    test('serves many requests at once', async () => {
      const clones = Array.from({ length: 20 }, async () => {
        const answer = await agent.uploadPack({ ...at(kind, 'acme/shop'), body: stream(cloneRequest(tip)) });
        return createHash('sha256')
          .update(packOf(await bodyOf(answer)))
          .digest('hex');
      });
      assert.equal(new Set(await Promise.all(clones)).size, 1);
    });

    test('is paused by a reader that does not read', async () => {
      const head = big.refs['refs/heads/main'] as string;
      const relay = servers.relay(kind);
      const before = relay.bytes.down;
      const answer = await agent.uploadPack({ ...at(kind, 'acme/big'), body: stream(cloneRequest(head)) });
      assert.equal(answer.outcome, 'ok');
      let seen = -1;
      while (relay.bytes.down !== seen) {
        seen = relay.bytes.down;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      // Socket buffers of the system, the ssh window and our own buffers, but not the pack.
      assert.ok(seen - before < 14 * 1024 * 1024, `${seen - before} bytes came to a reader that reads nothing`);
      assert.ok(answer.body.readableLength < 1024 * 1024);
      assert.equal(countObjects(packOf(await bodyOf(answer))), 3);
    });

    test('that dies in the middle of an answer breaks the body', async () => {
      const head = big.refs['refs/heads/main'] as string;
      const relay = servers.relay(kind);
      await bodyOf(await agent.advertise('git-upload-pack', at(kind, 'acme/big')));
      relay.cutAfterDown(5 * 1024 * 1024);
      const answer = await agent.uploadPack({ ...at(kind, 'acme/big'), body: stream(cloneRequest(head)) });
      const fault = await faultOf(answer);
      assert.ok(fault.error instanceof Error, 'the body ended as if it were whole');
      assert.ok(fault.bytes <= 5 * 1024 * 1024);
      assert.ok(fault.bytes > 1024 * 1024, `only ${fault.bytes} bytes arrived`);
    });

    test('that dies in the middle of a push never reads as done, and the ref does not move', async () => {
      const ref = `refs/heads/lost-${kind}`;
      const { body } = pushRequest(pushed, ref, 8 * 1024 * 1024);
      const relay = servers.relay(kind);
      await bodyOf(await agent.advertise('git-receive-pack', at(kind, 'acme/shop')));
      relay.cutAfterUp(2 * 1024 * 1024);
      const answer = await agent.receivePack({ ...at(kind, 'acme/pushed'), body: stream(body), length: body.length });
      if (answer.outcome === 'ok') assert.ok((await faultOf(answer)).error instanceof Error);
      else assert.deepEqual([answer.outcome, 'sent' in answer && answer.sent], ['unavailable', true]);
      assert.equal(refOf(pushed, ref), '');
    });

    test('serves again after it was away, and says unavailable in between', async () => {
      const relay = servers.relay(kind);
      await relay.goDown();
      const answer = await agent.advertise('git-receive-pack', at(kind, 'acme/shop'));
      assert.equal(answer.outcome, 'unavailable');
      assert.equal('sent' in answer && answer.sent, false);
      const { body } = pushRequest(pushed, 'refs/heads/never');
      const push = await agent.receivePack({ ...at(kind, 'acme/pushed'), body: stream(body), length: body.length });
      assert.deepEqual([push.outcome, 'sent' in push && push.sent], ['unavailable', false]);
      assert.equal((await agent.check(kind)).ok, false);
      await relay.comeBack();
      await bodyOf(await agent.advertise('git-receive-pack', at(kind, 'acme/shop')));
      assert.equal((await agent.check(kind)).ok, true);
    });

    test('does not get a push whose body is shorter or longer than announced', async () => {
      for (const difference of [-1, 1]) {
        const ref = `refs/heads/cut-${kind}`;
        const { body } = pushRequest(pushed, ref);
        const length = body.length + difference;
        const answer = await agent.receivePack({ ...at(kind, 'acme/pushed'), body: stream(body), length });
        if (answer.outcome === 'ok') assert.ok((await faultOf(answer)).error instanceof Error);
        else assert.equal(answer.outcome, 'unavailable');
      }
    });

    test('is left alone when the request was cancelled before', async () => {
      const relay = servers.relay(kind);
      const before = relay.bytes.up;
      const request = { ...at(kind, 'acme/shop'), signal: AbortSignal.abort() };
      const answer = await agent.advertise('git-upload-pack', request);
      assert.equal(answer.outcome, 'unavailable');
      assert.equal(relay.bytes.up, before);
    });

    test('is let go when the request is cancelled in the middle of an answer', async () => {
      const head = big.refs['refs/heads/main'] as string;
      const controller = new AbortController();
      const request = { ...at(kind, 'acme/big'), signal: controller.signal, body: stream(cloneRequest(head)) };
      const answer = await agent.uploadPack(request);
      assert.equal(answer.outcome, 'ok');
      answer.body.once('readable', () => controller.abort());
      assert.ok((await faultOf(answer)).error instanceof Error);
      await bodyOf(await agent.advertise('git-upload-pack', at(kind, 'acme/big')));
    });

    test('is let go when the reader goes away', async () => {
      const head = big.refs['refs/heads/main'] as string;
      for (let n = 0; n < 20; n++) {
        const answer = await agent.uploadPack({ ...at(kind, 'acme/big'), body: stream(cloneRequest(head)) });
        assert.equal(answer.outcome, 'ok');
        answer.body.destroy();
      }
      await bodyOf(await agent.advertise('git-upload-pack', at(kind, 'acme/big')));
    });

    test('hears nothing of a path that names no repository', async () => {
      const relay = servers.relay(kind);
      const before = { connections: relay.connections, up: relay.bytes.up };
      for (const path of INJECTIONS) {
        const address = { upstream: kind, path, repo: path.replace(/\.git$/, '') };
        assert.deepEqual(await agent.advertise('git-upload-pack', { address }), { outcome: 'not-found' });
        const body = stream(cloneRequest(tip));
        assert.deepEqual(await agent.uploadPack({ address, body }), { outcome: 'not-found' });
        assert.deepEqual(await agent.receivePack({ address, body, length: 4 }), { outcome: 'not-found' });
      }
      assert.deepEqual({ connections: relay.connections, up: relay.bytes.up }, before);
    });
  });
}

describe('an upstream that is not configured', () => {
  for (const name of ['other', '__proto__', 'toString', '']) {
    test(`${JSON.stringify(name)} is not found`, async () => {
      assert.deepEqual(await agent.advertise('git-upload-pack', at(name, 'acme/shop')), { outcome: 'not-found' });
      assert.equal((await agent.check(name)).ok, false);
    });
  }
});
