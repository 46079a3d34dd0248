// A whole login by SAML: a real gateway, a provider of another make (samlify) behind a page of its own, a browser, and what
// the person may then do with git.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runProgram } from '../../cli/program.ts';
import { loginTokens } from '../../support/login-tokens.ts';
import { createPageClient, type Page, type PageClient } from '../../support/page-client.ts';
import { must } from '../../support/run.ts';
import { type IdpForm, type IdpPerson, samlIdp } from '../../support/saml-idp.ts';
import { IDP, selfSigned, type TestKeyPair } from '../../support/saml-keys.ts';
import { openWorld, type World } from '../../support/world.ts';

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const PEOPLE: Readonly<Record<string, IdpPerson>> = {
  zoe: { nameId: 'G-1', attributes: { uid: ['zoe'], memberOf: ['engineers'] } },
  yan: { nameId: 'G-2', attributes: { uid: ['yan'], memberOf: ['canteen'] } },
};

interface SamlWorld {
  readonly world: World;
  readonly clock: { offset: number };
  /** Whom the provider logs in next, and what it is given to change before it answers. */
  person: string;
  tamper(form: IdpForm): IdpForm;
  /** As far as the provider's page with its form. */
  toProvider(client: PageClient): Promise<Page>;
  logIn(person: string): Promise<{ readonly client: PageClient; readonly page: Page }>;
}

async function openSamlWorld(t: TestContext, more = ''): Promise<SamlWorld> {
  const fresh = () => selfSigned(Date.now() - DAY, Date.now() + DAY);
  const [pair, ours] = [fresh(), fresh()];
  const server = createServer((request, response) => {
    void answer(String(request.url)).then((body) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const entryPoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sso`;
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const world = await openWorld({
    clock,
    identity: `
  local: true
  saml:
    - { name: corp, entryPoint: "${entryPoint}", idpIssuer: "${IDP}", idpCertificate: idp.pem,
        nameAttribute: uid, groupsAttribute: memberOf, groups: { engineers: dev },
        signRequests: { key: { file: sp.key }, certificate: sp.pem }${more} }
`,
  });
  t.after(() => world.close());
  await writeKeys(world, pair, ours);
  const all: SamlWorld = {
    world,
    clock,
    person: 'zoe',
    tamper: (form) => form,
    async toProvider(client) {
      return client.follow(await client.open(`${world.http}/login`), 'Continue with corp');
    },
    async logIn(person) {
      all.person = person;
      const client = createPageClient();
      return { client, page: await client.submit(await all.toProvider(client)) };
    },
  };

  async function answer(path: string): Promise<string> {
    const metadata = await (await fetch(`${world.http}/login/metadata/corp`)).text();
    const idp = samlIdp({ pair, entryPoint, metadata, wantsSignedRequests: true });
    const person = PEOPLE[all.person] ?? assert.fail(`nobody is called ${all.person}`);
    const { action, fields } = all.tamper(await idp.answer(new URL(path, entryPoint).href, person));
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    return `<form method="post" action="${action}">${inputs.join('')}</form>`;
  }
  return all;
}

async function writeKeys({ directory }: World, idp: TestKeyPair, ours: TestKeyPair): Promise<void> {
  await writeFile(join(directory, 'idp.pem'), idp.certificate);
  await writeFile(join(directory, 'sp.pem'), ours.certificate);
  await writeFile(join(directory, 'sp.key'), ours.key, { mode: 0o600 });
}

async function trail({ world }: SamlWorld, type: string): Promise<string> {
  return JSON.stringify((await world.api('root', 'GET', `/api/v1/audit?type=${type}`)).body);
}

describe('logging in with SAML', () => {
  it('makes the user, with the groups of the provider, and git works with the tokens that follow', async (t) => {
    const all = await openSamlWorld(t);
    const { page } = await all.logIn('zoe');
    assert.match(page.text, /You are zoe\./);
    assert.match(await trail(all, 'login.succeeded'), /"provider":"corp","subject":"G-1"/);
    const { access_token } = await loginTokens(all, 'zoe');
    const url = all.world.url('http', 'alice').replace(all.world.token('alice'), access_token);
    const refs = await must(all.world.git('alice', ['ls-remote', url]));
    assert.match(refs.stdout, /refs\/heads\/main/);
  });

  it('gives somebody without a group of ours nothing', async (t) => {
    const all = await openSamlWorld(t);
    const { access_token } = await loginTokens(all, 'yan');
    const url = all.world.url('http', 'alice').replace(all.world.token('alice'), access_token);
    assert.notEqual((await all.world.git('alice', ['ls-remote', url])).code, 0);
  });

  it('believes nothing that was changed on its way, and says in the trail why', async (t) => {
    const all = await openSamlWorld(t);
    all.tamper = ({ action, fields }) => {
      const xml = Buffer.from(fields.SAMLResponse, 'base64').toString().replace('>zoe<', '>bob<');
      return { action, fields: { ...fields, SAMLResponse: Buffer.from(xml).toString('base64') } };
    };
    const { client, page } = await all.logIn('zoe');
    assert.equal(page.status, 403);
    assert.doesNotMatch((await client.open(`${all.world.http}/login`)).text, /You are/);
    assert.match(await trail(all, 'login.failed'), /its signature is not by a certificate/);
  });

  it('takes a form that comes without cookies from another site, and lets in only the browser that began', async (t) => {
    const all = await openSamlWorld(t);
    const [browser, stranger] = [createPageClient(), createPageClient()];
    const form = await all.toProvider(browser);
    const resumed = await stranger.submit(form, {}, /[?]resume=/);
    assert.equal((await stranger.open(resumed.url)).status, 400);
    const again = await stranger.submit(await all.toProvider(browser), {}, /[?]resume=/);
    assert.match((await browser.open(again.url)).text, /You are zoe\./);
    assert.equal((await browser.open(again.url)).status, 400);
  });

  it('lets nobody in with an answer that somebody else was given', async (t) => {
    const all = await openSamlWorld(t);
    const [attacker, victim] = [createPageClient(), createPageClient()];
    const theirs = await all.toProvider(attacker);
    const ours = await all.toProvider(victim);
    const [, response = ''] = /name="SAMLResponse" value="([^"]*)"/.exec(theirs.text) ?? [];
    const page = await victim.submit(ours, { SAMLResponse: response });
    assert.equal(page.status, 403);
    assert.match(await trail(all, 'login.failed'), /another request/);
  });

  it('counts as long as a login does, since a provider of SAML cannot be asked again', async (t) => {
    const all = await openSamlWorld(t);
    const { refresh_token } = await loginTokens(all, 'zoe');
    all.clock.offset = 11.5 * HOUR;
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'sallyport-cli', refresh_token });
    const refreshed = await fetch(`${all.world.http}/login/token`, { method: 'POST', body });
    const { access_token } = (await refreshed.json()) as { readonly access_token: string };
    const url = all.world.url('http', 'alice').replace(all.world.token('alice'), access_token);
    await must(all.world.git('alice', ['ls-remote', url]));
    // The token itself would be good for a while.
    all.clock.offset = 12.1 * HOUR;
    assert.notEqual((await all.world.git('alice', ['ls-remote', url])).code, 0);
  });

  it('is not possible while a file is missing; doctor says which', async (t) => {
    const all = await openSamlWorld(t);
    await writeFile(join(all.world.directory, 'idp.pem'), 'no certificate');
    assert.equal((await all.logIn('zoe')).page.status, 503);
    await writeFile(join(all.world.directory, 'sp.pem'), selfSigned(Date.now() - DAY, Date.now() + DAY).certificate);
    const { stdout } = await runProgram(['doctor', '--config', all.world.configFile]);
    assert.match(stdout, /^fault {4}saml corp: idpCertificate: not 1 to 20 certificates in PEM form$/m);
    assert.match(stdout, /^fault {4}saml corp: signRequests: the certificate is of another key$/m);
  });

  it('and doctor is content with what works', async (t) => {
    const all = await openSamlWorld(t);
    const { stdout } = await runProgram(['doctor', '--config', all.world.configFile]);
    assert.match(stdout, /^warning {2}saml corp: the last certificate ends in 0 days$/m);
    await writeKeys(all.world, selfSigned(Date.now() - DAY, Date.now() + 90 * DAY), selfSigned(0, Date.now() + DAY));
    const next = await runProgram(['doctor', '--config', all.world.configFile]);
    assert.match(
      next.stdout,
      /^ok {7}saml corp: https:\/\/idp\.example\.com\/saml, 1 certificate, the last for \d\d days$/m,
    );
    assert.doesNotMatch(next.stdout, /^fault.*saml/m);
  });
});
