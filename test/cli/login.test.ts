// `sallyport login` and git with it: the real program, real git, a real provider, and a person who follows the pages.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type IdentityWorld, openIdentityWorld } from '../support/identity-world.ts';
import type { PageClient } from '../support/page-client.ts';
import { must } from '../support/run.ts';
import { type Run, runProgram, startProgram } from './program.ts';

interface Person {
  readonly home: string;
  readonly env: Record<string, string>;
  sallyport(args: readonly string[], input?: string): Promise<Run>;
  /** Runs `login` while somebody follows where it points. */
  login(args: readonly string[], follow: (said: string) => Promise<void>): Promise<Run>;
}

async function newPerson({ world }: IdentityWorld, name: string): Promise<Person> {
  const home = join(world.directory, `home-of-${name}`);
  await mkdir(home);
  const env = {
    ...world.environment(name),
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    SALLYPORT_KEYRING: 'off',
    GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
  };
  await writeFile(env.GIT_CONFIG_GLOBAL, '[user]\n\tname = T\n\temail = t@example.com\n');
  const options = { cwd: home, env };
  return {
    home,
    env,
    sallyport: (args, input) => runProgram(args, { ...options, ...(input !== undefined && { input }) }),
    login(args, follow) {
      return new Promise((resolve, reject) => {
        const child = startProgram(['login', ...args], options);
        let [stdout, stderr, isFollowed] = ['', '', false];
        child.stdout?.setEncoding('utf8').on('data', (part: string) => {
          stdout += part;
        });
        child.stderr?.setEncoding('utf8').on('data', (part: string) => {
          stderr += part;
          if (isFollowed || !/^ {2}\S+\n/m.test(stderr)) return;
          isFollowed = true;
          follow(stderr).catch(reject);
        });
        child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
      });
    },
  };
}

/** Says yes on the page that the terminal's link leads to. */
async function sayYes(client: PageClient, said: string): Promise<void> {
  const [, url = ''] = /^ {2}(http\S+)$/m.exec(said) ?? [];
  const page = await client.open(url);
  assert.match(page.text, /asks to act as <strong>zoe/);
  const done = await client.submit(page, { decision: 'yes' });
  assert.match(done.text, /Logged in/);
}

async function loggedIn(t: TestContext, options: Parameters<typeof openIdentityWorld>[1] = {}) {
  const all = await openIdentityWorld(t, options);
  const person = await newPerson(all, 'zoe');
  const { client } = await all.logIn('zoe');
  const run = await person.login(['--no-browser', '--git', '--gateway', all.world.http], (said) =>
    sayYes(client, said),
  );
  assert.equal(run.code, 0, run.stderr);
  return { ...all, person, client, run };
}

function loginFile(person: Person): string {
  return join(person.home, 'config', 'sallyport', 'logins.json');
}

interface Kept {
  readonly logins: Record<string, { expiresAt: number; secrets: { access: string; refresh: string } }>;
}

async function keptBy(person: Person): Promise<Kept> {
  return JSON.parse(await readFile(loginFile(person), 'utf8'));
}

/** As if an hour had passed for the command line alone. */
async function age(person: Person): Promise<void> {
  const kept = await keptBy(person);
  for (const login of Object.values(kept.logins)) login.expiresAt = 0;
  await writeFile(loginFile(person), JSON.stringify(kept));
}

describe('sallyport login', () => {
  it('takes a person from nothing to a push, with no password anywhere', async (t) => {
    const { world, person, run } = await loggedIn(t);
    assert.match(run.stdout, /logged in to http:\S+ as zoe/);
    assert.match((await person.sallyport(['whoami'])).stdout, /^zoe\n.*\n {2}groups {2}dev/s);
    const clone = join(person.home, 'shop');
    const git = (args: readonly string[], cwd = person.home) => world.git('zoe', args, { cwd, env: person.env });
    await must(git(['clone', '-q', `${world.http}/acme/shop.git`, clone]));
    await writeFile(join(clone, 'new.txt'), 'new\n');
    await must(git(['add', '.'], clone));
    await must(git(['commit', '-qm', 'new'], clone));
    const pushed = await git(['push', 'origin', 'HEAD:refs/heads/zoe'], clone);
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.ok('refs/heads/zoe' in (await world.upstreamRefs()));
    const config =
      readFileSync(person.env['GIT_CONFIG_GLOBAL'] ?? '', 'utf8') + readFileSync(join(clone, '.git/config'), 'utf8');
    const { access, refresh } = Object.values((await keptBy(person)).logins)[0]?.secrets ?? { access: '', refresh: '' };
    for (const secret of [access, refresh]) {
      assert.ok(secret.length > 40);
      for (const file of filesBelow(world.dataDir)) assert.ok(!readFileSync(file).includes(secret), file);
      assert.ok(!config.includes(secret));
    }
    assert.equal(statSync(loginFile(person)).mode & 0o777, 0o600);
  });

  it('logs in a terminal without a browser, by a code that somebody types', async (t) => {
    const all = await openIdentityWorld(t);
    const person = await newPerson(all, 'zoe');
    const { client } = await all.logIn('zoe');
    const run = await person.login(['--device', '--gateway', all.world.http], async (said) => {
      const [, code = ''] = /^ {2}([A-Z]{4}-[A-Z]{4})$/m.exec(said) ?? [];
      const form = await client.open(`${all.world.http}/login/device`);
      const confirm = await client.submit(form, { code: code.toLowerCase().replace('-', ' ') });
      assert.match(confirm.text, /127\.0\.0\.1/);
      assert.match((await client.submit(confirm, { decision: 'yes' })).text, /terminal is logged in/);
    });
    assert.equal(run.code, 0, run.stderr);
    assert.match((await person.sallyport(['whoami'])).stdout, /^zoe\n/);
  });

  it('works without any provider, with a token of the gateway', async (t) => {
    const all = await openIdentityWorld(t);
    const person = await newPerson(all, 'alice');
    const run = await person.login(['--no-browser', '--gateway', all.world.http], async (said) => {
      const { createPageClient } = await import('../support/page-client.ts');
      const client = createPageClient();
      const [, url = ''] = /^ {2}(http\S+)$/m.exec(said) ?? [];
      const choice = await client.open(url);
      const consent = await client.submit(choice, { token: all.world.token('alice') });
      assert.match(consent.text, /act as <strong>alice/);
      await client.submit(consent, { decision: 'yes' });
    });
    assert.equal(run.code, 0, run.stderr);
    assert.match((await person.sallyport(['whoami'])).stdout, /^alice\n/);
  });

  it('refreshes silently, once for two gits that ask at the same time', async (t) => {
    const { world, person } = await loggedIn(t);
    await age(person);
    const ask = () => person.sallyport(['credential', 'get'], credentialText(world.http));
    const answers = await Promise.all([ask(), ask(), ask()]);
    const passwords = new Set(answers.map(({ stdout }) => /^password=(.*)$/m.exec(stdout)?.[1]));
    assert.deepEqual([passwords.size, passwords.has(undefined)], [1, false], answers[0]?.stderr);
    const { body } = await world.api('root', 'GET', '/api/v1/audit?type=login.refreshed');
    assert.equal(JSON.stringify(body).match(/"login\.refreshed"/g)?.length, 1, JSON.stringify(body));
  });

  it('tells git nothing about any other host', async (t) => {
    const { world, person } = await loggedIn(t);
    const { host } = new URL(world.http);
    const others = [
      'protocol=https\nhost=github.com\n',
      `protocol=https\nhost=${host}\n`,
      'protocol=http\nhost=127.0.0.1\n',
      `protocol=http\nhost=${host}.evil.example\n`,
      `protocol=http\nhost=evil.example\npath=${host}\n`,
      `host=${host}\n`,
      '',
    ];
    for (const other of others) {
      const { stdout, stderr, code } = await person.sallyport(['credential', 'get'], other);
      assert.deepEqual([stdout, stderr, code], ['', '', 0], other);
    }
  });

  it('gets a new token after git says that the gateway refused the old one', async (t) => {
    const { world, person } = await loggedIn(t);
    const first = await person.sallyport(['credential', 'get'], credentialText(world.http));
    await person.sallyport(['credential', 'erase'], `${credentialText(world.http)}password=another\n`);
    const same = await person.sallyport(['credential', 'get'], credentialText(world.http));
    assert.equal(same.stdout, first.stdout);
    const [password = ''] = /^password=.*$/m.exec(first.stdout) ?? [];
    await person.sallyport(['credential', 'erase'], `${credentialText(world.http)}${password}\n`);
    const next = await person.sallyport(['credential', 'get'], credentialText(world.http));
    assert.match(next.stdout, /^password=sp_/m);
    assert.ok(!next.stdout.includes(password));
  });

  it('ends the login at the gateway with logout', async (t) => {
    const { world, person } = await loggedIn(t);
    const { access, refresh } = Object.values((await keptBy(person)).logins)[0]?.secrets ?? { access: '', refresh: '' };
    assert.equal((await person.sallyport(['logout'])).code, 0);
    const headers = { authorization: `Bearer ${access}` };
    assert.equal((await fetch(`${world.http}/api/v1/whoami`, { headers })).status, 401);
    const body = new URLSearchParams({
      client_id: 'sallyport-cli',
      grant_type: 'refresh_token',
      refresh_token: refresh,
    });
    assert.equal((await fetch(`${world.http}/login/token`, { method: 'POST', body })).status, 400);
    assert.equal((await person.sallyport(['credential', 'get'], credentialText(world.http))).stdout, '');
    assert.equal((await person.sallyport(['logout', '--gateway', world.http])).code, 1);
  });
});

function credentialText(url: string): string {
  const { protocol, host } = new URL(url);
  return `capability[]=authtype\nprotocol=${protocol.slice(0, -1)}\nhost=${host}\nwwwauth[]=Basic realm="sallyport"\n`;
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
