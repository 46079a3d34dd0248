// A store that cannot keep its promise says so, keeps nothing by halves, and works again when it can.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { MIGRATIONS } from '../../../src/adapters/store/migrations.ts';
import { type Store, StoreError } from '../../../src/adapters/store/store.ts';
import { WriteConnection } from '../../../src/adapters/store/write-connection.ts';
import { draftEntry } from '../../../src/domain/audit/chain.ts';
import { type Place, temporaryPlace } from './temporary-store.ts';

const filler = 'x'.repeat(4000);

function append(store: Store, n: number, text = '') {
  return store.trail.append({ type: 'fetch.served', body: { n, text } });
}

async function failure(promise: Promise<unknown>): Promise<StoreError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    return error;
  }
  return assert.fail('should have failed');
}

/** A store near its size limit, with a table of ballast that can be thrown out. */
async function fullPlace(t: TestContext): Promise<{ place: Place; maxBytes: number }> {
  const place = temporaryPlace(t);
  await (await place.open()).close();
  const database = new DatabaseSync(place.file, { timeout: 10_000 });
  database.exec('CREATE TABLE ballast (x TEXT); PRAGMA secure_delete = 0');
  const insert = database.prepare('INSERT INTO ballast VALUES (?)');
  for (let n = 0; n < 100; n++) insert.run(filler);
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  const pageSize = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
  database.close();
  return { place, maxBytes: (pages + 12) * pageSize };
}

describe('a full store', () => {
  it('refuses with store-full, keeps what it acknowledged and nothing else, and works again when space returns', async (t) => {
    const { place, maxBytes } = await fullPlace(t);
    const store = await place.open({ maxBytes });
    let kept = 0;
    let error: StoreError | undefined;
    while (error === undefined) {
      await append(store, kept, filler).then(
        () => kept++,
        (cause: StoreError) => {
          error = cause;
        },
      );
    }
    assert.equal(error.code, 'store-full');
    assert.match(error.message, /hint: free space/);
    assert.ok(kept > 0);
    assert.equal((await failure(append(store, -1, filler))).code, 'store-full', 'still full');
    const { entries, fault } = await store.trail.verify();
    assert.deepEqual([entries, fault], [kept, undefined]);

    const other = new DatabaseSync(place.file, { timeout: 10_000 });
    other.exec('DROP TABLE ballast');
    other.close();
    const again = await append(store, kept, filler);
    assert.equal(again.index, kept, 'no index was used up');
    assert.equal((await store.trail.verify()).fault, undefined);
    assert.equal(store.ready(), true);
  });

  it('leaves no push without its entry', async (t) => {
    const { place, maxBytes } = await fullPlace(t);
    const store = await place.open({ maxBytes });
    const receive = (n: number) =>
      store.pushes.receive(
        {
          address: { repo: 'acme/app', upstream: 'main', path: 'p' },
          objectFormat: 'sha1',
          principal: { name: 'alice', kind: 'human' },
          updates: [],
          pushOptions: [],
          createdAt: n,
        },
        'gateway-1',
        { type: 'push.received', body: { filler } },
      );
    const results = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => receive(n)));
    const kept = results.filter((result) => result.status === 'fulfilled').length;
    assert.ok(kept > 0 && kept < 40, `${kept} of 40`);
    assert.equal((await store.pushes.list({})).length, kept);
    assert.equal((await store.trail.search({ types: ['push.received'] })).length, kept);
  });

  it('still takes what has room, although something larger in the same commit had none', async (t) => {
    const { place, maxBytes } = await fullPlace(t);
    const connection = new WriteConnection({ file: place.file, auditDir: place.auditDir, maxBytes });
    t.after(() => connection.close());
    const transaction = (text: string) => ({
      steps: [],
      entries: [draftEntry({ type: 'fetch.served', body: { text } }, 1)],
    });
    const replies = connection.commit([transaction('a'), transaction('x'.repeat(200_000)), transaction('b')]);
    assert.deepEqual(
      replies.map((reply) => (reply.outcome === 'failed' ? reply.code : reply.outcome)),
      ['committed', 'store-full', 'committed'],
    );
    connection.close();
    assert.equal((await (await place.open()).trail.verify()).entries, 2);
  });
});

describe('a group commit', () => {
  it('undoes alone what fails alone', async (t) => {
    const place = temporaryPlace(t);
    const connection = new WriteConnection({ file: place.file, auditDir: place.auditDir });
    t.after(() => connection.close());
    const entry = draftEntry({ type: 'fetch.served', body: {} }, 1);
    const user = (name: string) => ({
      sql: 'INSERT INTO users (name, kind, groups, created_at) VALUES (?, ?, ?, 1)',
      parameters: [name, 'human', '[]'],
    });
    const replies = connection.commit([
      { steps: [user('alice')], entries: [entry] },
      { steps: [user('bob'), user('alice')], entries: [entry] }, // a constraint, after a first step that worked
      {
        steps: [user('carol'), { sql: 'UPDATE users SET kind = kind WHERE name = ?', parameters: ['x'], expect: 1 }],
        entries: [entry],
      },
      { steps: [{ sql: 'SELECT nonsense', parameters: [] }], entries: [entry] },
      { steps: [user('dave')], entries: [entry, entry] },
    ]);
    assert.deepEqual(
      replies.map((reply) => (reply.outcome === 'failed' ? reply.code : reply.outcome)),
      ['committed', 'store-conflict', 'unmet', 'store-unavailable', 'committed'],
    );
    assert.deepEqual(replies[2], { outcome: 'unmet', step: 1 });
    connection.close();
    const store = await place.open();
    assert.deepEqual(
      (await store.directory.listUsers()).map((one) => one.name),
      ['alice', 'dave'],
    );
    assert.equal((await store.trail.verify()).entries, 3);
  });

  it('waits for another process that holds the lock', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    const other = new DatabaseSync(place.file, { timeout: 10_000 });
    other.exec('BEGIN IMMEDIATE');
    let isDone = false;
    const appended = append(store, 1).then(() => {
      isDone = true;
    });
    assert.deepEqual(await store.trail.search({}), [], 'reads do not wait');
    assert.equal(isDone, false);
    other.exec('COMMIT');
    other.close();
    await appended;
    assert.equal((await store.trail.search({})).length, 1);
  });
});

describe('a store whose writer dies', () => {
  it('fails what waits and what comes, says so, and is whole when opened again', async (t) => {
    const place = temporaryPlace(t);
    const started = once(process, 'worker') as Promise<[Worker]>;
    const store = await place.open();
    const [worker] = await started;
    await append(store, 0);
    const waiting = Promise.allSettled(Array.from({ length: 50 }, (_, n) => append(store, n + 1, filler)));
    await worker.terminate();
    const results = await waiting;
    for (const result of results) {
      if (result.status === 'rejected') assert.equal((result.reason as StoreError).code, 'store-unavailable');
    }
    assert.equal(store.ready(), false);
    assert.equal((await failure(append(store, 99))).code, 'store-unavailable');
    assert.equal((await failure(store.pushes.renewLease(1, 1, 1))).code, 'store-unavailable');
    await store.close();
    const { entries, fault } = await (await place.open()).trail.verify();
    assert.equal(fault, undefined);
    assert.ok(entries >= 1 + results.filter((result) => result.status === 'fulfilled').length);
  });

  it('refuses more than may wait for the disk', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    const results = await Promise.allSettled(Array.from({ length: 10_050 }, (_, n) => append(store, n)));
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 50);
    assert.match(String(refused[0]?.reason), /waiting for the disk/);
    const large = 'x'.repeat(1024 * 1024 - 100);
    const heavy = await Promise.allSettled(Array.from({ length: 80 }, (_, n) => append(store, n, large)));
    assert.ok(heavy.some((result) => result.status === 'rejected'));
    await append(store, 1);
  });
});

describe('a head that cannot be anchored', () => {
  it('makes the store not ready until it can, and costs no entry', { timeout: 30_000 }, async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    const obstacle = join(place.auditDir, 'head.tmp');
    mkdirSync(obstacle);
    let appended = 0;
    // The head follows within a second; appending is how we wait for it.
    while (store.ready()) await append(store, appended++);
    await append(store, appended++);
    assert.equal((await store.trail.verify()).entries, appended);
    rmSync(obstacle, { recursive: true });
    while (!store.ready()) await append(store, appended++);
    assert.equal((await store.trail.verify()).fault, undefined);
  });
});

describe('an I/O error', () => {
  // A file-size limit makes write(2) fail with EFBIG, which SQLite reports as an I/O error, the kind after which nobody
  // knows what was written. Lifting the limit from outside is the disk coming back.
  const script = fileURLToPath(new URL('./limited-process.ts', import.meta.url));
  const hasTools =
    spawnSync('prlimit', ['--version']).status === 0 && spawnSync('bash', ['-c', 'ulimit -S -f 1']).status === 0;

  it('refuses, and works again when the disk does, without a restart', { skip: !hasTools }, async (t) => {
    const place = temporaryPlace(t);
    await (await place.open()).close();
    const child = spawn(
      'bash',
      ['-c', `trap '' XFSZ; ulimit -S -f 300; exec "$0" "$@"`, process.execPath, script, place.file, place.auditDir],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    let kept = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('failed')) {
        assert.equal(line, 'failed store-unavailable');
        spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
        child.stdin.write('go on\n');
      } else if (line.startsWith('kept')) kept = Number(line.split(' ')[1]);
    }
    await exited;
    assert.equal(child.exitCode, 0);
    const store = await place.open();
    const { entries, fault } = await store.trail.verify();
    assert.equal(fault, undefined);
    assert.ok(entries >= kept && kept > 0, `${entries} entries, ${kept} acknowledged`);
    assert.equal((await store.trail.search({ types: ['gateway.stopped'] })).length, 1, 'the append after the error');
  });
});

describe('openStore refuses', () => {
  it('a store from a later version, and leaves it as it is', async (t) => {
    const place = temporaryPlace(t);
    await (await place.open()).close();
    const database = new DatabaseSync(place.file, { timeout: 10_000 });
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    const before = readFileSync(place.file);
    const error = await failure(place.open());
    assert.equal(error.code, 'schema-newer');
    assert.match(error.message, /hint: run the newer version/);
    assert.equal((await failure(place.open({ readOnly: true }))).code, 'schema-newer');
    assert.deepEqual(readFileSync(place.file), before);
  });

  it('somebody else’s database', async (t) => {
    const place = temporaryPlace(t);
    mkdirSync(dirname(place.file), { recursive: true });
    const database = new DatabaseSync(place.file, { timeout: 10_000 });
    database.exec('CREATE TABLE customers (name TEXT)');
    database.close();
    assert.equal((await failure(place.open())).code, 'store-corrupt');
  });

  it('a file that is no database', async (t) => {
    const place = temporaryPlace(t);
    mkdirSync(dirname(place.file), { recursive: true });
    writeFileSync(place.file, 'not a database at all, '.repeat(200));
    assert.equal((await failure(place.open())).code, 'store-corrupt');
  });

  it('a place where nothing can be written', async (t) => {
    const place = temporaryPlace(t);
    writeFileSync(join(place.directory, 'data'), 'a file where a directory should be');
    assert.equal((await failure(place.open())).code, 'store-unavailable');
  });

  it('to create anything for a reader', async (t) => {
    const place = temporaryPlace(t);
    assert.equal((await failure(place.open({ readOnly: true }))).code, 'store-unavailable');
    mkdirSync(dirname(place.file), { recursive: true });
    writeFileSync(place.file, '');
    assert.equal((await failure(place.open({ readOnly: true }))).code, 'schema-older');
    assert.equal(statSync(place.file).size, 0);
  });

  it('to write for a reader', async (t) => {
    const place = temporaryPlace(t);
    const writer = await place.open();
    await append(writer, 1);
    const reader = await place.open({ readOnly: true });
    assert.equal((await failure(append(reader, 2))).code, 'store-read-only');
    await append(writer, 3);
    assert.equal((await reader.trail.verify()).entries, 2, 'a reader sees what the writer does');
  });
});

describe('a damaged store', () => {
  it('is refused, not guessed at', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    await Promise.all(Array.from({ length: 300 }, (_, n) => append(store, n, filler)));
    await store.close();
    const bytes = readFileSync(place.file);
    bytes.fill(0xa5, 4096 * 3, bytes.length);
    writeFileSync(place.file, bytes);
    rmSync(`${place.file}-wal`, { force: true });
    const error = await failure(place.open().then((opened) => append(opened, 1)));
    assert.ok(['store-corrupt', 'trail-fault'].includes(error.code), error.code);
  });
});

describe('files', () => {
  it('are for their owner only', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    await append(store, 1);
    for (const file of [place.file, `${place.file}-wal`, join(place.auditDir, 'head')]) {
      assert.equal(statSync(file).mode & 0o077, 0, file);
    }
    assert.equal(statSync(place.auditDir).mode & 0o077, 0);
  });

  it('are one database file and one head after closing, fit to be copied', async (t) => {
    const place = temporaryPlace(t);
    const store = await place.open();
    await append(store, 1);
    await store.close();
    assert.throws(() => statSync(`${place.file}-wal`), /ENOENT/);
  });
});
