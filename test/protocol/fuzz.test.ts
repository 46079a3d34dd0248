// Every decoder on mutated bytes of real conversations: whatever comes, it throws ProtocolError or nothing, ends soon,
// and what it keeps stays in proportion to what it was given. FUZZ_SECONDS=60 looks longer, FUZZ_SEED=n repeats a run,
// UPDATE_CORPUS=1 records fixtures/corpus anew from the git at hand.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  AdvertisementDecoder,
  filterV2Advertisement,
  formatAdvertisement,
  isV2,
  parseAdvertisement,
} from '../../src/protocol/advertisement.ts';
import { decodeBytes, encodeBytes } from '../../src/protocol/bytes.ts';
import { Capabilities, parseCapabilities } from '../../src/protocol/capabilities.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { PktDecoder } from '../../src/protocol/pkt-line.ts';
import {
  formatReceivePackRequest,
  parseReceivePackRequest,
  ReceivePackDecoder,
  type ReceivePackTerms,
} from '../../src/protocol/receive-pack.ts';
import { checkRefName } from '../../src/protocol/ref-name.ts';
import { parseRepoPath } from '../../src/protocol/repo-path.ts';
import { formatReport, parseReport, ReportDecoder } from '../../src/protocol/report-status.ts';
import { encodeSideband, SidebandDecoder } from '../../src/protocol/sideband.ts';
import { parseGitProtocolHeader, routeGitRequest, ServiceAnnouncementSkipper } from '../../src/protocol/smart-http.ts';
import { parseSshCommand } from '../../src/protocol/ssh-command.ts';
import {
  FetchResponseDecoder,
  formatV2Fetch,
  formatV2LsRefs,
  LsRefsDecoder,
  UploadPackDecoder,
  V2RequestDecoder,
  whyV2CommandRefused,
} from '../../src/protocol/upload-pack.ts';
import { wire } from './feeding.ts';
import { RealGit } from './real-git.ts';

const CORPUS = join(import.meta.dirname, '../../fixtures/corpus');
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? '3');
const SEED = Number(process.env['FUZZ_SEED'] ?? String(Date.now() % 1_000_000));
const MAX_CASE_MS = 5000; // far above any honest case, so that a busy machine does not fail it

/** Feeds the chunks, reads everything, and answers how many bytes came out. */
type Decode = (chunks: readonly Buffer[]) => number;

const TERMS: ReceivePackTerms = { objectFormat: 'sha1', advertised: { pushOptions: true, atomic: true } };

/** For decoders that are asked for one thing after another. */
function drain<T>(decoder: { write(chunk: Buffer): void; next(): T | undefined }, chunks: readonly Buffer[]): number {
  let size = 0;
  for (const chunk of chunks) {
    decoder.write(chunk);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) size += sizeOf(event);
  }
  return size;
}

/** Bytes and characters held by a value. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length;
  if (value instanceof Map) return sizeOf([...value]);
  if (value instanceof Capabilities) return sizeOf(value.entries);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, member) => sum + sizeOf(member), 1);
}

const DECODERS: Readonly<Record<string, Decode>> = {
  'pkt-line': (chunks) => drain(new PktDecoder(), chunks),
  sideband: (chunks) => drain(new SidebandDecoder(), chunks),
  advertisement: (chunks) => {
    const decoder = new AdvertisementDecoder();
    for (const chunk of chunks) decoder.write(chunk);
    const advertisement = decoder.finish();
    // What was accepted means the same when we say it: nothing hides between the lines.
    assert.deepEqual(parseAdvertisement(formatAdvertisement(advertisement)), advertisement);
    return sizeOf(advertisement);
  },
  'v2-advertisement': (chunks) => {
    const bytes = Buffer.concat(chunks);
    isV2(bytes);
    const filtered = filterV2Advertisement(bytes);
    assert.deepEqual(filterV2Advertisement(filtered), filtered);
    assert.doesNotMatch(filtered.toString('latin1'), /^....(bundle-uri|promisor-remote)/m);
    return filtered.length;
  },
  'receive-pack': (chunks) => {
    const decoder = new ReceivePackDecoder(TERMS);
    for (const chunk of chunks) if (decoder.result() === undefined) decoder.write(chunk);
    const request = decoder.finish();
    const { headerBytes: _, ...meaning } = request;
    if (request.commands.length > 0) {
      const { headerBytes: __, ...again } = parseReceivePackRequest(formatReceivePackRequest(request), TERMS);
      assert.deepEqual(again, meaning);
    }
    return sizeOf(request);
  },
  'report-status': (chunks) => {
    const decoder = new ReportDecoder();
    for (const chunk of chunks) decoder.write(chunk);
    const report = decoder.finish();
    const shown = formatReport(report, { v2: true });
    // Cleaning is idempotent, and loses no ref and no refusal.
    const again = parseReport(shown);
    assert.deepEqual(
      again.refs.map((ref) => [ref.refName, ref.ok]),
      report.refs.map((ref) => [ref.refName, ref.ok]),
    );
    assert.deepEqual(formatReport(again, { v2: true }), shown);
    return sizeOf(report);
  },
  'upload-pack-v0': (chunks) => drain(new UploadPackDecoder({ objectFormat: 'sha1' }), chunks),
  'upload-pack-v2': (chunks) => {
    const decoder = new V2RequestDecoder();
    let size = 0;
    for (const chunk of chunks) {
      decoder.write(chunk);
      for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
        size += sizeOf(request);
        whyV2CommandRefused(request);
      }
    }
    decoder.finish();
    return size;
  },
  'fetch-answer-v0': (chunks) => drain(new FetchResponseDecoder({ version: 0 }), chunks),
  'fetch-answer-v0-shallow': (chunks) => drain(new FetchResponseDecoder({ version: 0, depth: 1 }), chunks),
  'fetch-answer-v2': (chunks) => drain(new FetchResponseDecoder({ version: 2 }), chunks),
  'ls-refs': (chunks) => {
    const decoder = new LsRefsDecoder({ objectFormat: 'sha1' });
    for (const chunk of chunks) decoder.write(chunk);
    return sizeOf(decoder.finish());
  },
  'service-announcement': (chunks) => {
    const skipper = new ServiceAnnouncementSkipper('git-receive-pack');
    const size = chunks.reduce((sum, chunk) => sum + skipper.write(chunk).length, 0);
    skipper.finish();
    return size;
  },
  text: (chunks) => {
    const bytes = Buffer.concat(chunks);
    const text = decodeBytes(bytes);
    assert.deepEqual(encodeBytes(text), bytes);
    const name = checkRefName(text);
    if (name === undefined) assert.doesNotMatch(text, /[\0- ~^:?*[\\]|\.\.|\/\//);
    const repo = parseRepoPath(text);
    if ('repo' in repo) assert.match(repo.repo, /^[A-Za-z0-9._+@/-]+$/);
    const command = parseSshCommand(text);
    if ('repo' in command) assert.match(command.repo.repo, /^[A-Za-z0-9._+@/-]+$/);
    for (const method of ['GET', 'POST']) {
      const route = routeGitRequest(method, text);
      if (route !== undefined && 'repo' in route) assert.match(route.repo.repo, /^[A-Za-z0-9._+@/-]+$/);
    }
    parseGitProtocolHeader(text);
    return sizeOf(parseCapabilities(text));
  },
};

if (process.env['UPDATE_CORPUS'] === '1') record();

const corpora = new Map(
  Object.keys(DECODERS).map((name) => {
    const folder = join(CORPUS, name);
    return [name, readdirSync(folder).map((file) => readFileSync(join(folder, file)))];
  }),
);

for (const [name, decode] of Object.entries(DECODERS)) {
  test(`${name}: its corpus decodes`, () => {
    for (const bytes of corpora.get(name) ?? []) attempt(decode, [bytes]);
    // At least one of them all the way: a decoder that refuses everything would pass the rest of this file.
    assert.ok((corpora.get(name) ?? []).some((bytes) => attempt(decode, [bytes])));
  });
}

test(`mutated conversations never break a decoder (seed ${SEED})`, () => {
  const random = generator(SEED);
  const all = [...corpora.values()].flat();
  const decoders = Object.entries(DECODERS);
  const end = performance.now() + SECONDS * 1000;
  let runs = 0;
  let accepted = 0;
  while (performance.now() < end) {
    const [name, decode] = decoders[random(decoders.length)] as (typeof decoders)[number];
    // Mostly its own corpus; now and then another one's.
    const corpus = random(10) === 0 ? all : (corpora.get(name) ?? all);
    const bytes = mutate(corpus[random(corpus.length)] as Buffer, corpus, random);
    const chunks = cut(bytes, random);
    const start = performance.now();
    try {
      if (attempt(decode, chunks)) accepted += 1;
    } catch (error) {
      assert.fail(
        `${name} on ${bytes.toString('base64').slice(0, 2000)}: ${error instanceof Error ? error.stack : error}`,
      );
    }
    assert.ok(performance.now() - start < MAX_CASE_MS, `${name} took too long on ${bytes.toString('base64')}`);
    runs += 1;
  }
  assert.ok(runs > 100, `only ${runs} runs`);
  assert.ok(accepted > 10, `only ${accepted} of ${runs} accepted: the mutations are too wild to mean anything`);
});

test('length digits alone make no decoder allocate or wait in a loop', () => {
  for (const decode of Object.values(DECODERS)) {
    for (const input of ['fff0', 'FFF0', '0005', 'ffff', '0000', '0001', '0002', ''])
      attempt(decode, [Buffer.from(input)]);
  }
});

/** True when accepted. Anything but ProtocolError gets out. */
function attempt(decode: Decode, chunks: readonly Buffer[]): boolean {
  const given = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  try {
    const size = decode(chunks);
    assert.ok(size <= 4096 + 8 * given, `${size} bytes out of ${given}`);
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    assert.ok(error.message.length < 1000 + given);
    assert.doesNotMatch(error.message, /[\x00-\x1f\x7f]/);
    return false;
  }
}

type Random = (below: number) => number;

/** mulberry32: a run can be repeated from its seed. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const TOKENS = [
  '0000',
  '0001',
  '0002',
  '0003',
  '0004',
  '0005\x01',
  'ffff',
  '\0',
  '\n',
  ' ',
  'PACK',
  'ERR x',
  'push-cert\0',
  '/',
  '..',
  '%2e',
  "'",
  '=',
  '\xff',
  '\x1b[0m',
];

function mutate(bytes: Buffer, corpus: readonly Buffer[], random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let round = random(4); round >= 0; round--) {
    const at = random(out.length + 1);
    const length = random(Math.min(64, out.length - at + 1));
    const insert = (piece: Buffer): Buffer<ArrayBuffer> =>
      Buffer.concat([out.subarray(0, at), piece, out.subarray(at)]);
    switch (random(7)) {
      case 0:
        if (at < out.length) out[at] = (out[at] as number) ^ (1 << random(8));
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
        break;
      case 2:
        out = insert(out.subarray(at, at + length));
        break;
      case 3:
        out = insert(Buffer.from(TOKENS[random(TOKENS.length)] as string, 'latin1'));
        break;
      case 4:
        out = out.subarray(0, at);
        break;
      case 5: {
        const other = corpus[random(corpus.length)] as Buffer;
        out = insert(other.subarray(random(other.length + 1), random(other.length + 1)));
        break;
      }
      default:
        // A byte of a payload, its packet whole: gets past the lengths.
        if (at < out.length && out.length > 4) out[at] = out[random(out.length)] as number;
    }
  }
  return out;
}

function cut(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random(3) === 0) return [bytes];
  const most = 1 + random(64);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random(most);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function record(): void {
  using git = new RealGit();
  const save = (decoder: string, name: string, bytes: Buffer): void => {
    mkdirSync(join(CORPUS, decoder), { recursive: true });
    writeFileSync(join(CORPUS, decoder, name), bytes);
  };
  git.init('up', { bare: true });
  git.init('work');
  git.commit('work', 'a', 'one');
  git.run('work', 'branch', 'topic');
  const push = (name: string, ...args: string[]): void => {
    const exchange = git.push('work', 'up', ...args);
    save('receive-pack', name, exchange.request);
    const bands = new SidebandDecoder();
    const packets = new PktDecoder();
    packets.write(exchange.answer);
    for (let pkt = packets.next(); pkt !== undefined && pkt.kind !== 'flush'; pkt = packets.next());
    const answer = packets.takeRest();
    if (answer.length === 0) return;
    save('sideband', name, answer);
    bands.write(answer);
    const inner: Buffer[] = [];
    for (let event = bands.next(); event !== undefined; event = bands.next())
      if (event.band === 1) inner.push(event.data);
    save('report-status', name, Buffer.concat(inner));
    save('pkt-line', name, Buffer.concat(inner));
  };
  push('create', 'main', '--push-option=ci.skip', '--push-option=a=b');
  git.run('work', 'tag', '-a', '-m', 'tag', 'v1');
  push('atomic', '--atomic', 'topic', 'v1');
  push('delete', ':topic');
  git.run('up', 'config', 'receive.denyNonFastForwards', 'true');
  git.run('work', 'commit', '-q', '--amend', '-m', 'rewritten');
  push('refused', '--force', 'main');
  save('receive-pack', 'flush', Buffer.from('0000'));
  const zero = '0'.repeat(40);
  const one = git.run('work', 'rev-parse', 'HEAD');
  save('receive-pack', 'shallow', wire(`shallow ${one}`, `${zero} ${one} refs/heads/x\0report-status`, '0000'));
  const options = wire(
    'unpack ok\n',
    'ok refs/for/main\n',
    'option refname refs/x/1\n',
    `option old-oid ${one}\n`,
    'option forced-update\n',
    '0000',
  );
  save('report-status', 'options', options);
  save(
    'sideband',
    'progress',
    Buffer.concat([encodeSideband(2, 'wait\n'), wire('\x01'), encodeSideband(1, options), wire('0000')]),
  );
  save('pkt-line', 'all', wire('a\n', '0001', 'b', '0002', '0000', '000Axxxxxx'.slice(4)));

  for (const version of [0, 1] as const) {
    const environment = { GIT_PROTOCOL: `version=${version}` };
    for (const service of ['receive-pack', 'upload-pack']) {
      const bytes = git.bytes([service, '--http-backend-info-refs', git.path('up')], undefined, environment);
      save('advertisement', `${service}-v${version}`, bytes);
      save(
        'service-announcement',
        `${service}-v${version}`,
        Buffer.concat([wire(`# service=git-${service}\n`, '0000'), bytes]),
      );
    }
  }
  git.init('empty', { bare: true });
  save('advertisement', 'empty', git.bytes(['receive-pack', '--http-backend-info-refs', git.path('empty')]));
  save('advertisement', 'have', wire(`${one} refs/heads/a\0atomic\n`, `${one} .have\n`, `shallow ${one}\n`, '0000'));
  const environment = { GIT_PROTOCOL: 'version=2' };
  save(
    'v2-advertisement',
    'git',
    git.bytes(['upload-pack', '--http-backend-info-refs', git.path('up')], undefined, environment),
  );
  save(
    'v2-advertisement',
    'more',
    wire('version 2\n', 'fetch=shallow packfile-uris\n', 'bundle-uri\n', 'ls-refs', '0000'),
  );
  const serve = (input: Buffer): Buffer =>
    git.bytes(['upload-pack', '--stateless-rpc', git.path('work')], input, environment);
  const list = formatV2LsRefs({ prefixes: ['HEAD', 'refs/'], symrefs: true, peel: true, objectFormat: 'sha1' });
  const fetch = formatV2Fetch({ wants: [one], done: true, depth: 1, progress: true, objectFormat: 'sha1' });
  save('ls-refs', 'git', serve(list));
  save('upload-pack-v2', 'ours', Buffer.concat([list, fetch]));
  save('fetch-answer-v2', 'shallow', serve(fetch));
  save(
    'fetch-answer-v2',
    'round',
    serve(formatV2Fetch({ wants: [one], haves: [one], done: false, objectFormat: 'sha1' })),
  );
  git.init('fresh');
  for (const [version, depth] of [
    [0, '--depth=1'],
    [0, '--tags'],
    [2, '--depth=1'],
  ] as const) {
    const exchange = git.fetch('fresh', 'work', version, depth, 'main');
    save(`upload-pack-v${version}`, `git${depth}`, exchange.request);
    if (version !== 0) continue;
    const packets = new PktDecoder();
    packets.write(exchange.answer);
    for (let pkt = packets.next(); pkt !== undefined && pkt.kind !== 'flush'; pkt = packets.next());
    save(depth === '--depth=1' ? 'fetch-answer-v0-shallow' : 'fetch-answer-v0', `git${depth}`, packets.takeRest());
  }
  for (const [name, text] of [
    ['ref', 'refs/heads/main'],
    ['path', '/acme/app.git'],
    ['ssh', "git-receive-pack '/acme/app.git'"],
    ['ssh-quote', "git-upload-pack '/it'\\''s'\\!'x.git'"],
    ['lfs', 'git-lfs-authenticate acme/app.git upload'],
    ['advertise', '/acme/app.git/info/refs?service=git-receive-pack'],
    ['post', '/acme/app.git/git-receive-pack'],
    ['escaped', '/acme/%2e%2e/app.git/info/lfs/objects/batch'],
    ['header', 'version=2:x=y'],
    ['capabilities', 'report-status side-band-64k symref=HEAD:refs/heads/main agent=git/2'],
  ] as const) {
    save('text', name, Buffer.from(text));
  }
}
