// Mallory can write the database file, with the sqlite3 shell say. What she does must show.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { hashEntry } from '../../../src/domain/audit/chain.ts';
import { type Place, temporaryPlace } from './temporary-store.ts';

/** A closed store with ten entries. */
async function tenEntries(t: TestContext): Promise<Place> {
  const place = temporaryPlace(t);
  const store = await place.open();
  for (let n = 0; n < 10; n++) {
    await store.trail.append({ type: 'push.refused', actor: `user-${n}`, repo: 'acme/app', pushId: n, body: { n } });
  }
  await store.close();
  return place;
}

/** Waits for the lock as the sqlite3 shell can: an open store takes it on its own account, to anchor the head. */
function sql(place: Place, ...statements: string[]): void {
  const database = new DatabaseSync(place.file, { timeout: 10_000 });
  for (const statement of statements) database.exec(statement);
  database.close();
}

const NO_TRIGGERS = 'DROP TRIGGER trail_no_update; DROP TRIGGER trail_no_delete; DROP TRIGGER trail_contiguous;';

async function verifyReadOnly(place: Place) {
  const store = await place.open({ readOnly: true });
  const result = await store.trail.verify();
  await store.close();
  return result;
}

describe('the trail table', () => {
  for (const statement of [
    "UPDATE trail SET line = replace(line, 'user-3', 'user-4') WHERE idx = 3",
    'UPDATE trail SET actor = NULL',
    'DELETE FROM trail WHERE idx = 9',
    'DELETE FROM trail',
    "INSERT OR REPLACE INTO trail (idx, line, hash, at, type) VALUES (3, '{}', 'x', 0, 'push.held')",
    "INSERT INTO trail (idx, line, hash, at, type) VALUES (11, '{}', 'x', 0, 'push.held')",
    "INSERT INTO trail (idx, line, hash, at, type) VALUES (-1, '{}', 'x', 0, 'push.held')",
  ]) {
    it(`aborts ${statement.slice(0, 45)}…`, async (t) => {
      const place = await tenEntries(t);
      assert.throws(() => sql(place, statement), /append-only/);
      assert.equal((await verifyReadOnly(place)).fault, undefined);
    });
  }
});

describe('verify', () => {
  const changes: readonly [string, string, number, RegExp][] = [
    ['a changed line', "UPDATE trail SET line = replace(line, 'user-3', 'user-4') WHERE idx = 3", 3, /changed/],
    ['a changed hash', `UPDATE trail SET hash = '${'0'.repeat(64)}' WHERE idx = 3`, 3, /does not match its hash/],
    ['a removed entry', 'DELETE FROM trail WHERE idx = 4', 4, /entry 4 is missing/],
    ['a removed first entry', 'DELETE FROM trail WHERE idx = 0', 0, /entry 0 is missing/],
    [
      'a removed entry whose gap was closed',
      'DELETE FROM trail WHERE idx = 4; UPDATE trail SET idx = idx - 1 WHERE idx > 4',
      4,
      /another index/,
    ],
    [
      'two swapped entries',
      'UPDATE trail SET idx = -2 WHERE idx = 2; UPDATE trail SET idx = 2 WHERE idx = 5; UPDATE trail SET idx = 5 WHERE idx = -2',
      2,
      /another index/,
    ],
    ['an entry put before the first', 'UPDATE trail SET idx = -1 WHERE idx = 9', 0, /entry 0 is missing/],
    ['an entry hidden from a search by actor', "UPDATE trail SET actor = 'nobody' WHERE idx = 6", 6, /other columns/],
    ['an entry hidden from a search by repository', 'UPDATE trail SET repo = NULL WHERE idx = 6', 6, /other columns/],
    ['an entry hidden from a search by push', 'UPDATE trail SET push_id = 77 WHERE idx = 6', 6, /other columns/],
    ['an entry hidden from a search by type', "UPDATE trail SET type = 'push.held' WHERE idx = 6", 6, /other columns/],
    ['an entry hidden from a search by time', 'UPDATE trail SET at = 0 WHERE idx = 6', 6, /other columns/],
    ['a dropped last entry', 'DELETE FROM trail WHERE idx = 9', 9, /10 entries were anchored/],
    ['four dropped last entries', 'DELETE FROM trail WHERE idx > 5', 6, /ends after 6/],
    ['all entries dropped', 'DELETE FROM trail', 0, /ends after 0/],
  ];
  for (const [name, statements, index, text] of changes) {
    it(`finds ${name}`, async (t) => {
      const place = await tenEntries(t);
      sql(place, NO_TRIGGERS, statements);
      const { fault } = await verifyReadOnly(place);
      assert.equal(fault?.index, index);
      assert.match(fault?.text ?? '', text);
    });
  }

  it('finds an entry changed together with its hash, at the next one', async (t) => {
    const place = await tenEntries(t);
    forge(place, 3, false);
    const { fault } = await verifyReadOnly(place);
    assert.equal(fault?.index, 4);
    assert.match(fault?.text ?? '', /chain is broken/);
  });

  it('finds a last entry changed together with its hash, by the anchored head', async (t) => {
    const place = await tenEntries(t);
    forge(place, 9, false);
    const { fault } = await verifyReadOnly(place);
    assert.equal(fault?.index, 9);
    assert.match(fault?.text ?? '', /not the one that was anchored/);
  });

  it('finds a chain rewritten from one entry to the end, by the anchored head', async (t) => {
    const place = await tenEntries(t);
    forge(place, 3, true);
    const { fault } = await verifyReadOnly(place);
    assert.equal(fault?.index, 9);
  });

  for (const [name, spoil] of [
    ['missing', (head: string) => rmSync(head)],
    ['cut', (head: string) => writeFileSync(head, readFileSync(head).subarray(0, 40))],
    ['empty', (head: string) => writeFileSync(head, '')],
    ['endless', (head: string) => writeFileSync(head, ' '.repeat(1e6))],
  ] as const) {
    it(`says so when the anchored head is ${name}`, async (t) => {
      const place = await tenEntries(t);
      spoil(join(place.auditDir, 'head'));
      const { entries, fault } = await verifyReadOnly(place);
      assert.equal(entries, 10);
      assert.match(fault?.text ?? '', /audit\/head/);
    });
  }
});

describe('a trail that does not reach its anchored head', () => {
  it('is not gone on with: an old database put back refuses to start', async (t) => {
    const place = await tenEntries(t);
    const backup = join(place.directory, 'yesterday.db');
    copyFileSync(place.file, backup);
    const store = await place.open();
    await store.trail.append({ type: 'push.approved', body: {} });
    await store.close();
    copyFileSync(backup, place.file);
    await assert.rejects(place.open(), { code: 'trail-fault' });
    await assert.rejects(place.open(), { code: 'trail-fault' }, 'and a second try does not heal it');
    assert.equal((await verifyReadOnly(place)).fault?.index, 10);
  });

  it('is not gone on with when the whole database was begun anew, or the head is gone', async (t) => {
    const place = await tenEntries(t);
    const head = readFileSync(join(place.auditDir, 'head'));
    rmSync(join(place.auditDir, 'head'));
    await assert.rejects(place.open(), { code: 'trail-fault' });
    writeFileSync(join(place.auditDir, 'head'), head);
    rmSync(place.file);
    await assert.rejects(place.open(), { code: 'trail-fault' });
  });

  it('is adopted on the operator’s word only, and that is on the record', async (t) => {
    const place = await tenEntries(t);
    sql(place, NO_TRIGGERS, 'DELETE FROM trail WHERE idx > 5');
    const store = await place.open({ adoptTrail: true });
    const [adopted] = await store.trail.search({ from: 6 });
    assert.equal(adopted?.type, 'admin.changed');
    const { change, anchored, found } = adopted.body;
    assert.equal(change, 'trail adopted');
    assert.equal(JSON.stringify([anchored, found]).match(/"entries":10.*"entries":6/)?.length, 1);
    assert.equal((await store.trail.verify()).fault, undefined);
    await store.close();
    await (await place.open()).close();
  });

  it('is adopted without a word when it is sound', async (t) => {
    const place = await tenEntries(t);
    const store = await place.open({ adoptTrail: true });
    assert.deepEqual((await store.trail.verify()).entries, 10);
  });

  it('is noticed while it is open: nothing is appended to what was cut behind our back', async (t) => {
    const place = await tenEntries(t);
    const store = await place.open();
    sql(place, NO_TRIGGERS, 'DELETE FROM trail WHERE idx > 5');
    await store.trail.append({ type: 'push.held', body: {} }).then(
      () => assert.fail('appended to a cut trail'),
      (error: { code: string }) => assert.equal(error.code, 'trail-fault'),
    );
    await assert.rejects(store.trail.append({ type: 'push.held', body: {} }), { code: 'trail-fault' });
    await store.close();
    assert.equal((await verifyReadOnly(place)).fault?.index, 6, 'the head was not moved over the gap');
  });
});

/** Changes entry `index` and makes its hash fit; with `onward`, those of all later entries as well. */
function forge(place: Place, index: number, onward: boolean): void {
  const database = new DatabaseSync(place.file, { timeout: 10_000 });
  database.exec(NO_TRIGGERS);
  let previous: string | undefined;
  for (let at = index; at < (onward ? 10 : index + 1); at++) {
    let line = String(database.prepare('SELECT line FROM trail WHERE idx = ?').get(at)?.['line']);
    if (at === index) line = line.replace(`{"n":${index}}`, '{"n":99}');
    if (previous !== undefined) line = line.replace(/"previous":"[0-9a-f]+"/, `"previous":"${previous}"`);
    previous = hashEntry(line);
    database.prepare('UPDATE trail SET line = ?, hash = ? WHERE idx = ?').run(line, previous, at);
  }
  database.close();
}
