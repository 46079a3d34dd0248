// The README's page "People from your identity provider", done step by step with a real provider: its YAML, its command
// lines, its five minutes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, startProgram } from './cli/program.ts';
import { account, startIdentityProvider } from './support/identity-provider.ts';
import { createPageClient, logInAtProvider } from './support/page-client.ts';
import { must, openWorld, run } from './support/world.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const PAGE = /## People from your identity provider\n([\s\S]*?)\n## /.exec(README)?.[1] ?? '';
const [YAML = ''] = /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(PAGE) ?? [];
const EVERYBODY = /\*\*4\.[\s\S]*?```sh\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';

test('a newcomer follows the page, and pushes', async (t) => {
  const provider = await startIdentityProvider({ zoe: account('zoe', ['engineers']) });
  t.after(() => provider.close());
  const world = await openWorld();
  t.after(() => world.close());
  await world.stop();

  // Steps 1 and 2: the client is registered; its secret and the page's own YAML go where the page says.
  await writeFile(join(world.directory, 'oidc-secret'), provider.clientSecret, { mode: 0o600 });
  const before = await readFile(world.configFile, 'utf8');
  const identity = YAML.replace('https://idp.example.com', provider.issuer);
  assert.notEqual(identity, YAML);
  await writeFile(world.configFile, before.replace(/^identity: .*\n/m, identity));

  // Step 3.
  const doctor = await runProgram(['doctor', '--config', world.configFile]);
  assert.match(doctor.stdout, /^ok {7}oidc corp: http:\S+, 1 key$/m);
  await world.start();

  // Step 4: the page's own lines, with this gateway's address.
  const home = join(world.directory, 'zoe');
  await mkdir(home);
  const env = {
    ...world.environment('zoe'),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    SALLYPORT_KEYRING: 'off',
    BROWSER: 'true',
  };
  const [login = '', clone = ''] = EVERYBODY.replaceAll('https://gate.example.com', world.http).trim().split('\n');
  const child = startProgram(login.replace('npx sallyport ', '').split(' '), { cwd: home, env });
  const said: Promise<string> = new Promise((resolve) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const url = /^ {2}(http\S+)\n/m.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const client = createPageClient();
  const choice = await client.open(await said);
  const atProvider = await client.follow(choice, 'Continue with corp');
  const consent = await logInAtProvider(client, atProvider, 'zoe');
  assert.match((await client.submit(consent, { decision: 'yes' })).text, /Logged in/);
  assert.equal(await ended, 0);
  const git = (args: readonly string[], cwd: string) =>
    run('git', args, { ...env, GIT_CONFIG_GLOBAL: join(home, '.gitconfig') }, cwd);
  await must(git(clone.split(' ').slice(1), home));
  const shop = join(home, 'shop');
  await writeFile(join(shop, 'mine.txt'), 'mine\n');
  await must(git(['add', '.'], shop));
  await must(git(['commit', '-qm', 'mine'], shop));
  const pushed = await git(['push', 'origin', 'HEAD:refs/heads/mine'], shop);
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.ok('refs/heads/mine' in (await world.upstreamRefs()));
});

test('doctor says what is wrong with a provider', async (t) => {
  const provider = await startIdentityProvider({ zoe: account('zoe', []) });
  t.after(() => provider.close());
  const world = await openWorld();
  t.after(() => world.close());
  const before = await readFile(world.configFile, 'utf8');
  await writeFile(join(world.directory, 'oidc-secret'), 'not-the-one', { mode: 0o600 });
  const doctor = async (change: (yaml: string) => string) => {
    const yaml = change(YAML.replace('https://idp.example.com', provider.issuer));
    await writeFile(
      world.configFile,
      before.replace(/^identity: .*\n/m, () => yaml),
    );
    const { code, stdout } = await runProgram(['doctor', '--config', world.configFile]);
    assert.equal(code, 1, stdout);
    return stdout;
  };
  assert.match(await doctor((yaml) => yaml), /fault {4}oidc corp: does not accept us as its client \(invalid_client\)/);
  const slash = `${provider.issuer}/`;
  assert.match(await doctor((yaml) => yaml.replace(provider.issuer, slash)), /oidc corp: calls itself \S+, not/);
  assert.match(
    await doctor((yaml) => yaml.replace('oidc-secret', 'gone')),
    /its client secret: file \S+ cannot be read/,
  );
  provider.intercept((request, response) => {
    if (!request.url?.startsWith('/.well-known')) return false;
    response.setHeader('date', new Date(Date.now() + 600_000).toUTCString());
    return false;
  });
  assert.match(await doctor((yaml) => yaml), /oidc corp: its clock is \d+ seconds ahead of ours/);
  provider.setDown(true);
  assert.match(await doctor((yaml) => yaml), /oidc corp: \S+: the provider cannot be reached \(ECONNRESET\)/);
  const untrusted = (yaml: string) => yaml.replace(provider.issuer, 'https://127.0.0.1:1');
  assert.match(await doctor(untrusted), /cannot be reached \(ECONNREFUSED\)/);
});
