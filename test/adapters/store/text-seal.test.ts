// What of sessions is in the files of the store for somebody who has them and not the key.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createTextSeal } from '../../../src/adapters/store/text-seal.ts';
import { lineHash } from '../../../src/domain/attribution/lines/line-hash.ts';
import { outputHashes } from '../../../src/domain/attribution/matching/index-hashes.ts';
import { sessionKey } from '../../../src/domain/attribution/sessions/session-event.ts';
import { temporaryPlace } from './temporary-store.ts';

const KEY = Buffer.alloc(32, 1);
const LINES = ['const aVeryParticularLine = ofSomebodysCode();', 'return anotherOne(aVeryParticularLine);'];
const PROMPT = 'what nobody else may read';
const FACTS = { codingAgent: 'codex', conversation: 'c-1' };

async function recorded(t: TestContext) {
  const place = temporaryPlace(t);
  const store = await place.open({ sessionsKey: KEY });
  await store.sessions.record(
    {
      principal: 'alice',
      key: sessionKey(FACTS),
      facts: FACTS,
      events: [
        { id: 'a', at: 1, kind: 'prompt', prompt: PROMPT, digest: 'd'.repeat(64) },
        { id: 'b', at: 1, kind: 'prompt', prompt: PROMPT, digest: 'd'.repeat(64) },
        { id: 'c', at: 2, kind: 'edit', path: 'a.ts', tool: 'Edit', added: [{ start: 1, lines: LINES }] },
      ],
    },
    { type: 'ai.session-recorded', body: {} },
  );
  await store.close();
  return place;
}

const bytesOf = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

test('the files of the store hold neither the texts nor what they could be recognised by', async (t) => {
  const place = await recorded(t);
  const bytes = bytesOf(dirname(place.file));
  for (const text of [PROMPT, 'aVeryParticularLine', ...LINES]) assert.ok(!bytes.includes(text), text);
  for (const text of [PROMPT, LINES.join('\n')]) {
    const digest = createHash('sha256').update(text).digest();
    assert.ok(!bytes.includes(digest) && !bytes.includes(digest.toString('hex')), 'a digest of it');
  }
  for (const line of LINES) {
    const hash = Buffer.alloc(8);
    hash.writeBigUInt64BE(lineHash(line));
    assert.ok(!bytes.includes(hash), 'the hash of a line');
  }
});

test('without the key nothing of it is read, and nothing recorded', async (t) => {
  const place = await recorded(t);
  const store = await place.open();
  assert.equal((await store.sessions.list({}))[0]?.prompts, 2);
  await assert.rejects(store.sessions.events({ id: 1 }, {}), { code: 'store-read-only' });
  await assert.rejects(store.sessions.outputsWith(['alice'], outputHashes(LINES), 0), { code: 'store-read-only' });
  const batch = {
    principal: 'alice',
    key: 's_0',
    facts: FACTS,
    events: [{ id: 'x', at: 1, kind: 'session-start' }],
  } as const;
  await assert.rejects(store.sessions.record(batch, { type: 'ai.session-recorded', body: {} }));
});

test('with another key it is not read, which is said, and lines are found nowhere', async (t) => {
  const place = await recorded(t);
  const store = await place.open({ sessionsKey: Buffer.alloc(32, 2) });
  await assert.rejects(store.sessions.events({ id: 1 }, {}), {
    code: 'store-corrupt',
    message: /hint: put sessions\.key/,
  });
  assert.deepEqual(await store.sessions.outputsWith(['alice'], outputHashes(LINES), 0), []);
});

test('a text is opened under its own name, unchanged, and under no other', () => {
  const seal = createTextSeal(KEY);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const name = seal.nameOf(text);
      const sealed = seal.seal(name, text);
      assert.equal(seal.open(name, sealed), text);
      assert.throws(() => seal.open(seal.nameOf(`${text}.`), sealed));
      const changed = Buffer.from(sealed);
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
      assert.throws(() => seal.open(name, changed));
    }),
  );
  assert.throws(() => seal.open('x', Buffer.alloc(3)));
});

test('the numbers of the index are equal for equal hashes only, and other ones for another key', () => {
  const hashes = [0n, 1n, 2n ** 64n - 1n, 0n];
  const [a, b, c, again] = createTextSeal(KEY).indexed(hashes);
  assert.equal(a, again);
  assert.equal(new Set([a, b, c]).size, 3);
  assert.notDeepEqual(createTextSeal(Buffer.alloc(32, 2)).indexed(hashes), [a, b, c, again]);
  assert.deepEqual(createTextSeal(KEY).indexed([]), []);
});
