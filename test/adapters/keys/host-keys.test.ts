import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureHostKeys, type HostKey } from '../../../src/adapters/keys/host-keys.ts';
import { ending } from '../../gateway/ssh-door/open-door.ts';

test('missing host keys are made with mode 0600, and read again the next time', async (t) => {
  const dir = join(await directory(t), 'keys');
  const made = await ensureHostKeys(dir);
  assert.deepEqual(
    made.map(({ algorithm }) => algorithm),
    ['ssh-ed25519', 'ecdsa-sha2-nistp256'],
  );
  for (const { path } of made) assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  assert.deepEqual((await ensureHostKeys(dir)).map(shown), made.map(shown));
  assert.deepEqual((await readdir(dir)).sort(), [
    'ssh_host_ecdsa_key',
    'ssh_host_ecdsa_key.pub',
    'ssh_host_ed25519_key',
    'ssh_host_ed25519_key.pub',
  ]);
});

test('ssh-keygen reads them and finds the same public key and fingerprint', async (t) => {
  for (const { path, publicLine, fingerprint } of await ensureHostKeys(await directory(t))) {
    const derived = await ending('ssh-keygen', ['-y', '-f', path]);
    assert.equal(derived.stdout, `${publicLine} sallyport host key\n`, derived.stderr);
    assert.equal(await readFile(`${path}.pub`, 'utf8'), derived.stdout);
    assert.equal((await ending('ssh-keygen', ['-l', '-f', path])).stdout.split(' ')[1], fingerprint);
  }
});

test('hundreds of made keys can all be read', async (t) => {
  const dir = await directory(t);
  for (let at = 0; at < 300; at++) {
    await ensureHostKeys(join(dir, String(at)));
    await rm(join(dir, String(at)), { recursive: true });
  }
});

test('two gateways that start at once use the same keys', async (t) => {
  const dir = await directory(t);
  const all = await Promise.all(Array.from({ length: 8 }, () => ensureHostKeys(dir)));
  for (const keys of all) assert.deepEqual(keys.map(shown), all[0]?.map(shown));
  assert.equal((await readdir(dir)).length, 4);
});

test('an rsa host key is taken along when there is one', async (t) => {
  const dir = await directory(t);
  await ending('ssh-keygen', ['-q', '-t', 'rsa', '-b', '3072', '-N', '', '-f', join(dir, 'ssh_host_rsa_key')]);
  assert.equal((await ensureHostKeys(dir)).at(-1)?.algorithm, 'ssh-rsa');
});

test('a key that others can read, one with a passphrase and a broken one are refused with what to do', async (t) => {
  const dir = await directory(t);
  const [key] = await ensureHostKeys(dir);
  assert.ok(key !== undefined);
  await chmod(key.path, 0o640);
  await assert.rejects(ensureHostKeys(dir), /can be read by others\nhint: chmod 600/);
  await chmod(key.path, 0o600);
  await writeFile(key.path, 'nonsense');
  await assert.rejects(ensureHostKeys(dir), /no private key without a passphrase\nhint: /);
  await rm(key.path);
  await ending('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', key.path]);
  await assert.rejects(ensureHostKeys(dir), /no private key without a passphrase\nhint: /);
});

const shown = ({ path, privateKey, publicLine }: HostKey) => ({ path, privateKey, publicLine });

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ssh-host-keys-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
