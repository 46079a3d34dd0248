// A SAML login that goes well, and what it makes of what the provider says.
import assert from 'node:assert/strict';
import { createVerify } from 'node:crypto';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import {
  assertionXml,
  attributes,
  CALLBACK,
  encrypted,
  NOW,
  newKeyPair,
  responseXml,
  STATE,
  samlLab,
  signed,
  US,
} from './saml-lab.ts';

describe('a SAML login', () => {
  it('ends with the identity that the signed assertion names, its groups mapped to ours', async (t) => {
    const lab = await samlLab(t);
    const id = await lab.request();
    assert.deepEqual(await lab.show(lab.response(id), id), {
      outcome: 'identity',
      identity: { provider: 'corp', subject: 'subject-1', name: 'alice', groups: ['dev'], at: NOW },
    });
  });

  it('is the same when the response is signed as well', async (t) => {
    const lab = await samlLab(t);
    const id = await lab.request();
    const both = signed(lab.response(id), { pair: lab.idp, element: 'Response' });
    assert.equal((await lab.show(both, id)).outcome, 'identity');
  });

  it('reads an assertion that is encrypted for us', async (t) => {
    const ours = newKeyPair();
    const lab = await samlLab(t, { decryption: ours });
    const id = await lab.request();
    const assertion = signed(assertionXml({ requestId: id }), { pair: lab.idp });
    const xml = responseXml(await encrypted(assertion, ours), { requestId: id });
    assert.deepEqual(await lab.show(xml, id), {
      outcome: 'identity',
      identity: { provider: 'corp', subject: 'subject-1', name: 'alice', groups: ['dev'], at: NOW },
    });
    const next = signed(assertionXml({ requestId: id, id: '_next' }), { pair: lab.idp });
    const both = responseXml(await encrypted(next, ours), { requestId: id });
    assert.equal((await lab.show(signed(both, { pair: lab.idp, element: 'Response' }), id)).outcome, 'identity');
  });

  it('reads names with what XML escapes', async (t) => {
    const lab = await samlLab(t, { nameAttribute: 'login', emailAttribute: 'mail' });
    const id = await lab.request();
    const said = attributes({ login: ['o&apos;neil &amp; co'], mail: ['o&#x27;neil@example.com'] });
    const login = await lab.show(lab.response(id, { attributes: said }), id);
    assert.ok(login.outcome === 'identity');
    assert.equal(login.identity.name, "o'neil & co");
    assert.equal(login.identity.email, "o'neil@example.com");
    assert.deepEqual(login.identity.groups, []);
  });

  it('takes the name from the NameID without nameAttribute, and who it is from subjectAttribute with one', async (t) => {
    const plain = await samlLab(t);
    const { nameAttribute: _, ...settings } = plain.settings;
    const lab = await samlLab(t, { ...settings, subjectAttribute: 'objectid' });
    const id = await lab.request();
    const parts = { nameId: 'alice@example.com', format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' };
    const response = lab.response(id, { ...parts, attributes: attributes({ objectid: ['7f3a'], login: ['alice'] }) });
    const login = await lab.show(response, id);
    assert.ok(login.outcome === 'identity');
    assert.equal(login.identity.subject, '7f3a');
    assert.equal(login.identity.name, 'alice');
  });

  const people: readonly (readonly [string, Parameters<typeof attributes>[0], RegExp])[] = [
    ['no name', { groups: ['Engineering'] }, /not exactly one name/],
    ['two names', { login: ['alice', 'bob'] }, /not exactly one name/],
    ['an empty name', { login: [''] }, /not exactly one name/],
  ];
  for (const [title, values, reason] of people) {
    it(`refuses ${title}`, async (t) => {
      const lab = await samlLab(t);
      const id = await lab.request();
      const login = await lab.show(lab.response(id, { attributes: attributes(values) }), id);
      assert.ok(login.outcome === 'refused');
      assert.match(login.reason, reason);
    });
  }

  for (const format of ['transient', 'unspecified', 'emailAddress']) {
    it(`refuses a NameID that is ${format}: it may be somebody else's tomorrow`, async (t) => {
      const lab = await samlLab(t);
      const id = await lab.request();
      const login = await lab.show(
        lab.response(id, { format: `urn:oasis:names:tc:SAML:2.0:nameid-format:${format}` }),
        id,
      );
      assert.ok(login.outcome === 'refused');
      assert.match(login.reason, /NameID is not persistent/);
    });
  }
});

describe('a request', () => {
  it('is sent to the provider by redirect, each with an id of its own', async (t) => {
    const lab = await samlLab(t);
    const begun = await lab.provider.begin({ state: STATE, callback: CALLBACK });
    assert.ok(begun.outcome === 'redirect');
    const url = new URL(begun.url);
    assert.equal(url.origin + url.pathname, 'https://idp.example.com/sso');
    assert.equal(url.searchParams.get('tenant'), '1');
    assert.equal(url.searchParams.get('RelayState'), STATE);
    assert.equal(url.searchParams.get('Signature'), null);
    const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
    assert.match(xml, new RegExp(`ID="${begun.kept}"`));
    assert.match(xml, new RegExp(`AssertionConsumerServiceURL="${CALLBACK}"`));
    assert.match(xml, new RegExp(`>${US}</saml:Issuer>`));
    assert.match(xml, /nameid-format:persistent/);
    assert.notEqual(await lab.request(), begun.kept);
  });

  it('is signed with SHA-256 when a key is configured', async (t) => {
    const signing = newKeyPair();
    const lab = await samlLab(t, { signing });
    const begun = await lab.provider.begin({ state: STATE, callback: CALLBACK });
    assert.ok(begun.outcome === 'redirect');
    const url = new URL(begun.url);
    const field = (name: string) => `${name}=${encodeURIComponent(url.searchParams.get(name) ?? '')}`;
    assert.equal(url.searchParams.get('SigAlg'), 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
    const covered = ['SAMLRequest', 'RelayState', 'SigAlg'].map(field).join('&');
    const signature = Buffer.from(url.searchParams.get('Signature') ?? '', 'base64');
    assert.ok(createVerify('sha256').update(covered).verify(signing.certificate.toString(), signature));
  });
});

describe('metadata', () => {
  it('says who we are, where answers go, and that assertions must be signed', async (t) => {
    const lab = await samlLab(t);
    const { contentType, body } = (await lab.provider.metadata?.()) ?? { contentType: '', body: '' };
    assert.equal(contentType, 'application/samlmetadata+xml');
    assert.match(body, new RegExp(`entityID="${US}"`));
    assert.match(body, new RegExp(`Location="${CALLBACK}"`));
    assert.match(body, /WantAssertionsSigned="true"/);
    assert.doesNotMatch(body, /KeyDescriptor/);
  });

  it('has the certificates of our keys and never a key', async (t) => {
    const [signing, decryption] = [newKeyPair(), newKeyPair()];
    const lab = await samlLab(t, { signing, decryption });
    const body = (await lab.provider.metadata?.())?.body ?? '';
    assert.match(body, /AuthnRequestsSigned="true"/);
    const inner = (pem: string) => pem.split('-----')[2]?.replaceAll(/\s/g, '') ?? '';
    const flat = body.replaceAll(/\s/g, '');
    assert.match(body, /aes256-gcm/);
    assert.doesNotMatch(body, /cbc/);
    for (const { key, certificate } of [signing, decryption]) {
      assert.ok(flat.includes(inner(certificate)));
      assert.ok(!flat.includes(inner(key).slice(40, 200)));
    }
  });
});

describe('certificates of the provider', () => {
  it('several may be configured, and a file that changed counts at the next login', async (t) => {
    const lab = await samlLab(t);
    const next = newKeyPair();
    const by = async (pair: typeof next, id: string) => {
      const request = await lab.request();
      return lab.show(
        signed(responseXml(assertionXml({ requestId: request, id }), { requestId: request }), { pair }),
        request,
      );
    };
    assert.equal((await by(next, '_a')).outcome, 'refused');
    lab.trust(lab.idp, next);
    assert.equal((await by(next, '_b')).outcome, 'identity');
    assert.equal((await by(lab.idp, '_c')).outcome, 'identity');
    lab.trust(next);
    assert.equal((await by(lab.idp, '_d')).outcome, 'refused');
  });

  it('one that is over signs nothing any more', async (t) => {
    const lab = await samlLab(t);
    const [old, next] = [newKeyPair(NOW - 1e10, NOW - 1), newKeyPair(NOW + 1e6, NOW + 1e10)];
    const id = await lab.request();
    const xml = (pair: typeof old) => signed(responseXml(assertionXml({ requestId: id }), { requestId: id }), { pair });
    lab.trust(old, lab.idp);
    assert.equal((await lab.show(xml(old), id)).outcome, 'refused');
    lab.trust(old, next);
    assert.deepEqual(await lab.show(xml(old), id), {
      outcome: 'unavailable',
      reason: 'no certificate of idpCertificate is valid now (hint: add the new one)',
    });
  });
});
