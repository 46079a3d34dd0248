// Logins with an identity provider of another make (samlify), which knows of us what our metadata says.
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { type IdpOptions, samlIdp } from '../../../support/saml-idp.ts';
import { CALLBACK, type LabChanges, newKeyPair, STATE, samlLab } from './saml-lab.ts';

const DAY = 24 * 3600e3;
const fresh = () => newKeyPair(Date.now() - DAY, Date.now() + DAY);

const PERSON = {
  nameId: 'G-7f3a9',
  attributes: { login: ['alice'], mail: ['a&b@example.com'], groups: ['Engineering', 'Canteen', 'Operations'] },
};

async function login(t: TestContext, settings: LabChanges, idpOptions: Partial<IdpOptions>) {
  const pair = fresh();
  const lab = await samlLab(t, { emailAttribute: 'mail', ...settings });
  lab.trust(pair);
  lab.clock.time = Date.now();
  const metadata = (await lab.provider.metadata?.())?.body ?? '';
  const idp = samlIdp({ pair, entryPoint: lab.settings.entryPoint, metadata, ...idpOptions });
  const begun = await lab.provider.begin({ state: STATE, callback: CALLBACK });
  assert.ok(begun.outcome === 'redirect');
  const { action, fields } = await idp.answer(begun.url, PERSON);
  assert.equal(action, CALLBACK);
  const finish = (form: Readonly<Record<string, string>>) =>
    lab.provider.finish({ state: STATE, callback: CALLBACK, url: CALLBACK, kept: begun.kept, form });
  return { lab, fields, finish };
}

const KINDS: readonly (readonly [string, () => LabChanges, Partial<IdpOptions>])[] = [
  ['signs assertions', () => ({}), {}],
  ['signs assertions and responses', () => ({}), { signsResponse: true }],
  ['wants our requests signed', () => ({ signing: fresh() }), { wantsSignedRequests: true }],
  ['encrypts assertions', () => ({ decryption: fresh() }), { encrypts: true }],
  ['encrypts assertions and signs responses', () => ({ decryption: fresh() }), { encrypts: true, signsResponse: true }],
];

for (const [title, settings, options] of KINDS) {
  it(`a provider that ${title} lets somebody in, once`, async (t) => {
    const { lab, fields, finish } = await login(t, settings(), options);
    assert.deepEqual(await finish(fields), {
      outcome: 'identity',
      identity: {
        provider: 'corp',
        subject: 'G-7f3a9',
        name: 'alice',
        email: 'a&b@example.com',
        groups: ['dev', 'sre'],
        at: lab.clock.time,
      },
    });
    assert.deepEqual(await finish(fields), { outcome: 'refused', reason: 'the assertion was used before' });
  });
}

it('every single byte of its response that is another lets nobody in, or the same person', async (t) => {
  const { fields, finish } = await login(t, {}, {});
  const bytes = Buffer.from(fields.SAMLResponse, 'base64');
  for (let position = 0; position < bytes.length; position += 7) {
    const changed = Buffer.from(bytes);
    changed[position] = (changed[position] as number) ^ 1;
    const answer = await finish({ ...fields, SAMLResponse: changed.toString('base64') });
    if (answer.outcome === 'refused') continue;
    assert.ok(answer.outcome === 'identity');
    assert.equal(answer.identity.subject, 'G-7f3a9', `byte ${position}`);
    assert.equal(answer.identity.name, 'alice', `byte ${position}`);
  }
});
