import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openKeyring } from '../../../src/cli/login/keyring.ts';
import { type Login, openLogins } from '../../../src/cli/login/login-file.ts';

const NO_KEYRING = { save: async () => false, find: async () => undefined, remove: async () => {} };

const login = (gateway: string): Login => ({
  gateway,
  user: 'zoe',
  access: 'the access token',
  refresh: 'the refresh token',
  expiresAt: 5,
});

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-logins-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('the file of logins', () => {
  it('keeps one for each gateway, readable by nobody else', async (t) => {
    const file = join(place(t), 'deep', 'logins.json');
    const logins = openLogins(file, NO_KEYRING);
    assert.equal(await logins.find('https://a.example'), undefined);
    await logins.save(login('https://a.example'));
    await logins.save(login('https://b.example'));
    assert.deepEqual(await logins.find('https://a.example'), login('https://a.example'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await logins.remove('https://a.example'), true);
    assert.equal(await logins.remove('https://a.example'), false);
    assert.deepEqual(await logins.gateways(), ['https://b.example']);
  });

  it('is not believed once others can read it', async (t) => {
    const file = join(place(t), 'logins.json');
    await openLogins(file, NO_KEYRING).save(login('https://a.example'));
    chmodSync(file, 0o644);
    await assert.rejects(openLogins(file, NO_KEYRING).find('https://a.example'), /can be read by others/);
  });

  it('lets one at a time work, and goes on after one that died', async (t) => {
    const file = join(place(t), 'logins.json');
    const logins = openLogins(file, NO_KEYRING);
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    };
    await Promise.all([logins.alone(work('one')), logins.alone(work('two'))]);
    assert.ok(order[0]?.slice(0, 3) === order[1]?.slice(0, 3) && order[2]?.slice(0, 3) === order[3]?.slice(0, 3));
    writeFileSync(`${file}.lock`, '');
    utimesSync(`${file}.lock`, new Date(0), new Date(0));
    assert.equal(await logins.alone(async () => 'done'), 'done');
  });

  it('leaves secrets to a keyring that answers, and only that they are there to the file', async (t) => {
    const directory = place(t);
    const file = join(directory, 'logins.json');
    const kept = join(directory, 'kept');
    // As libsecret's tool: `store` reads standard input, `lookup` prints, neither has a secret among its arguments.
    const script = `#!/bin/sh\necho "$*" >> ${directory}/arguments\ncase $1 in store) cat > ${kept};; lookup) cat ${kept};; clear) rm ${kept};; esac\n`;
    writeFileSync(join(directory, 'secret-tool'), script, { mode: 0o755 });
    const { PATH, DBUS_SESSION_BUS_ADDRESS } = process.env;
    process.env['PATH'] = `${directory}:${PATH}`;
    process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nowhere';
    t.after(() => {
      process.env['PATH'] = PATH;
      if (DBUS_SESSION_BUS_ADDRESS === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
      else process.env['DBUS_SESSION_BUS_ADDRESS'] = DBUS_SESSION_BUS_ADDRESS;
    });
    const logins = openLogins(file, openKeyring());
    await logins.save(login('https://a.example'));
    assert.doesNotMatch(readFileSync(file, 'utf8'), /the (?:access|refresh) token/);
    assert.doesNotMatch(readFileSync(join(directory, 'arguments'), 'utf8'), /the (?:access|refresh) token/);
    assert.deepEqual(await logins.find('https://a.example'), login('https://a.example'));
    await logins.remove('https://a.example');
    writeFileSync(join(directory, 'secret-tool'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await logins.save(login('https://a.example'));
    assert.match(readFileSync(file, 'utf8'), /the refresh token/);
  });
});
