// The port of providers, with one written by hand: an answer that is posted from another site, as SAML's is, and what the
// gateway keeps for it meanwhile.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { createFederation } from '../../../src/adapters/identity/federation.ts';
import { createIdentity } from '../../../src/adapters/identity/local.ts';
import { createLog } from '../../../src/adapters/log/log.ts';
import type { LoginProvider, ProviderAnswer } from '../../../src/domain/identity/login-provider.ts';
import { createAttemptLimit } from '../../../src/gateway/api/attempt-limit.ts';
import { createLogin } from '../../../src/gateway/login/login.ts';
import { temporaryPlace } from '../../adapters/store/temporary-store.ts';
import { createPageClient } from '../../support/page-client.ts';

async function open(t: TestContext) {
  const store = await temporaryPlace(t).open({ loginsKey: Buffer.alloc(32, 1) });
  const clock = { now: () => Date.now() };
  const log = createLog({ level: 'silent' });
  const begun: string[] = [];
  const answers: ProviderAnswer[] = [];
  const provider: LoginProvider = {
    name: 'posting',
    async begin({ state }) {
      begun.push(state);
      return { outcome: 'redirect', url: `http://127.0.0.1:9/idp?RelayState=${state}`, kept: 'request-1' };
    },
    async finish(answer) {
      answers.push(answer);
      const identity = { provider: 'posting', subject: 's', name: 'zoe', groups: ['dev'], at: clock.now() };
      return answer.form?.['SAMLResponse'] === 'signed'
        ? { outcome: 'identity', identity }
        : { outcome: 'refused', reason: 'no signature' };
    },
    metadata: async () => ({ contentType: 'application/samlmetadata+xml', body: '<EntityDescriptor/>' }),
  };
  const federation = createFederation({
    directory: store.directory,
    identities: store.identities,
    providers: [provider],
    workloads: [],
    clock,
    log,
    recheckMs: 1000,
    loginLastsMs: 10_000,
  });
  let publicUrl = '';
  const login = createLogin({
    publicUrl: () => publicUrl,
    providers: [provider],
    federation,
    identity: createIdentity({ directory: store.directory, clock, federation }),
    directory: store.directory,
    findTokenByHash: store.directory.findTokenByHash,
    logins: store.logins,
    trail: store.trail,
    clock,
    log,
    local: false,
    formKey: Buffer.alloc(32, 2),
    attempts: createAttemptLimit(),
    loginLastsMs: 10_000,
  });
  const server = createServer((request, response) => void login.handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const callback = `${publicUrl}/login/callback/posting`;
  /** What a browser does with the provider's form: no cookie goes with it, as it comes from another site. */
  const post = (fields: Record<string, string>) =>
    fetch(callback, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  return { publicUrl, callback, begun, answers, post };
}

it('a posted answer counts in the browser that began, once, with what was kept for it', async (t) => {
  const { publicUrl, callback, begun, answers, post } = await open(t);
  const client = createPageClient();
  // One provider, no local login: nothing to choose.
  await client.open(`${publicUrl}/login`, /^http:\/\/127\.0\.0\.1:9\//);
  const [state = ''] = begun;
  const posted = await post({ RelayState: state, SAMLResponse: 'signed' });
  assert.equal(posted.status, 303);
  const resume = new URL(posted.headers.get('location') ?? '', publicUrl).href;
  assert.ok(!resume.includes(state));
  assert.match((await client.open(resume)).text, /You are zoe/);
  assert.deepEqual(answers, [
    { state, kept: 'request-1', url: callback, callback, form: { RelayState: state, SAMLResponse: 'signed' } },
  ]);
  assert.equal((await client.open(resume)).status, 400);
  assert.equal((await post({ RelayState: state, SAMLResponse: 'signed' })).status, 400);
});

it('a posted answer in another browser, or one that proves nothing, logs nobody in', async (t) => {
  const { publicUrl, begun, answers, post } = await open(t);
  const client = createPageClient();
  await client.open(`${publicUrl}/login/begin/posting`, /^http:\/\/127\.0\.0\.1:9\//);
  const stolen = await post({ RelayState: begun[0] ?? '', SAMLResponse: 'signed' });
  const elsewhere = new URL(stolen.headers.get('location') ?? '', publicUrl).href;
  assert.equal((await createPageClient().open(elsewhere)).status, 400);
  assert.deepEqual(answers, []);
  await client.open(`${publicUrl}/login/begin/posting`, /^http:\/\/127\.0\.0\.1:9\//);
  const forged = await post({ RelayState: begun[1] ?? '', SAMLResponse: 'forged' });
  const refused = await client.open(new URL(forged.headers.get('location') ?? '', publicUrl).href);
  assert.deepEqual([refused.status, /no signature/.test(refused.text)], [403, true]);
  assert.equal((await post({ SAMLResponse: 'signed' })).status, 400);
});

it('what a provider has to know of us is at its metadata path', async (t) => {
  const { publicUrl } = await open(t);
  const answer = await fetch(`${publicUrl}/login/metadata/posting`);
  assert.equal(answer.headers.get('content-type'), 'application/samlmetadata+xml');
  assert.equal((await fetch(`${publicUrl}/login/metadata/other`)).status, 404);
});
