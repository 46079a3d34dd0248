import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureFingerprintKey, FINGERPRINT_KEY_FILE } from '../../../src/adapters/keys/fingerprint-key.ts';
import { ensureSessionsKey, SESSIONS_KEY_FILE } from '../../../src/adapters/keys/sessions-key.ts';

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-key-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'keys');
}

test('a key is made once, for us alone, and is the same at the next start', (t) => {
  const keys = place(t);
  const key = ensureFingerprintKey(keys);
  assert.equal(key.length, 32);
  assert.equal(statSync(join(keys, FINGERPRINT_KEY_FILE)).mode & 0o777, 0o600);
  assert.equal(statSync(keys).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(keys), [FINGERPRINT_KEY_FILE]);
  assert.deepEqual(Buffer.from(ensureFingerprintKey(keys)), Buffer.from(key));
});

test('every gateway has a key of its own', (t) => {
  assert.notDeepEqual(ensureFingerprintKey(place(t)), ensureFingerprintKey(place(t)));
});

for (const [title, bytes] of [
  ['empty', 0],
  ['a byte short', 31],
  ['a byte long', 33],
] as const) {
  test(`a key file that is ${title} is refused, named and left alone`, (t) => {
    const keys = place(t);
    mkdirSync(keys);
    const file = join(keys, FINGERPRINT_KEY_FILE);
    writeFileSync(file, 'k'.repeat(bytes), { mode: 0o600 });
    assert.throws(() => ensureFingerprintKey(keys), /fingerprint\.key is not a key of 32 bytes\nhint: /);
    assert.equal(readFileSync(file, 'utf8'), 'k'.repeat(bytes));
  });
}

test('a key that others can read is refused, without a word of it', (t) => {
  const keys = place(t);
  const key = Buffer.from(ensureFingerprintKey(keys));
  chmodSync(join(keys, FINGERPRINT_KEY_FILE), 0o640);
  assert.throws(
    () => ensureFingerprintKey(keys),
    (error) =>
      error instanceof Error &&
      /can be read by others/.test(error.message) &&
      !error.message.includes(key.toString('hex')),
  );
});

test('a folder in the place of the key is refused', (t) => {
  const keys = place(t);
  mkdirSync(join(keys, FINGERPRINT_KEY_FILE), { recursive: true, mode: 0o700 });
  assert.throws(() => ensureFingerprintKey(keys));
  assert.ok(existsSync(join(keys, FINGERPRINT_KEY_FILE)));
});

test('the key of sessions is another file, with another key', (t) => {
  const keys = place(t);
  const key = ensureSessionsKey(keys);
  assert.notDeepEqual(Buffer.from(key), Buffer.from(ensureFingerprintKey(keys)));
  assert.deepEqual(readdirSync(keys).sort(), [FINGERPRINT_KEY_FILE, SESSIONS_KEY_FILE].sort());
  assert.equal(statSync(join(keys, SESSIONS_KEY_FILE)).mode & 0o777, 0o600);
  writeFileSync(join(keys, SESSIONS_KEY_FILE), 'short');
  assert.throws(() => ensureSessionsKey(keys), /sessions\.key is not a key of 32 bytes\nhint: .*no longer be read/);
});
