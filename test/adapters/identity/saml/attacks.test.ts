// Responses that must let nobody in. Each begins as a right one of a real signature; each is shown to differ from it by
// the one thing in its title.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { EncryptionAlgorithm, KeyEncryptionAlgorithm } from 'xml-encryption';
import {
  AES256_GCM,
  type AssertionParts,
  assertionXml,
  at,
  attributes,
  CALLBACK,
  ENVELOPED,
  EXCLUSIVE,
  encrypted,
  type Lab,
  newKeyPair,
  RSA_OAEP,
  responseXml,
  type SigningOptions,
  STATE,
  samlLab,
  signed,
  US,
} from './saml-lab.ts';

const OTHER = newKeyPair();

async function refusal(lab: Lab, xml: string, requestId: string): Promise<string> {
  const login = await lab.show(xml, requestId);
  assert.equal(login.outcome, 'refused', JSON.stringify(login));
  return login.outcome === 'refused' ? login.reason : '';
}

/** A document of a right response, in the pieces that wrapping moves about. */
interface Pieces {
  /** The whole. */
  readonly document: string;
  /** Of the assertion, or of the response. */
  readonly signature: string;
  /** The signed element, with and without its signature. */
  readonly original: string;
  readonly bare: string;
  /** What the attacker wants to be read: like `bare`, for another person. */
  readonly evil: string;
}

const pick = (xml: string, element: string) =>
  new RegExp(`<${element}[ >].*</${element}>`, 's').exec(xml)?.[0] ?? assert.fail(`no ${element}`);

function forged(xml: string, id: string): string {
  return xml.replaceAll('subject-1', 'subject-0').replaceAll('>alice<', '>root<').replaceAll('_assertion', id);
}

function pieces(lab: Lab, requestId: string, element: 'Assertion' | 'Response', evilId: string): Pieces {
  const plain = responseXml(assertionXml({ requestId }), { requestId });
  const document = signed(plain, { pair: lab.idp, element });
  const signature = pick(document, 'ds:Signature');
  const original = element === 'Assertion' ? pick(document, 'saml:Assertion') : document;
  const bare = original.replace(signature, '');
  const renamed = element === 'Response' ? bare.replaceAll('_response', evilId) : bare;
  return { document, signature, original, bare, evil: forged(renamed, element === 'Assertion' ? evilId : '_forged') };
}

/** Puts something before the end tag of an element. */
const into = (xml: string, element: string, more: string) =>
  xml.replace(new RegExp(`</${element}>$`), `${more}</${element}>`);
const inObject = (signature: string, content: string) =>
  into(signature, 'ds:Signature', `<ds:Object>${content}</ds:Object>`);
const afterIssuer = (xml: string, more: string) => xml.replace('</saml:Issuer>', `</saml:Issuer>${more}`);

const WRAPPINGS: readonly (readonly [string, 'Assertion' | 'Response', (parts: Pieces) => string])[] = [
  [
    '1: the signed response in the signature of a forged one',
    'Response',
    ({ evil, signature, bare }) => afterIssuer(evil, inObject(signature, bare)),
  ],
  [
    '2: the signed response before its signature, both in a forged one',
    'Response',
    ({ evil, signature, bare }) => afterIssuer(evil, `${bare}${signature}`),
  ],
  [
    '3: a forged assertion before the signed one',
    'Assertion',
    ({ document, original, evil }) => document.replace(original, `${evil}${original}`),
  ],
  [
    '4: the signed assertion in a forged one',
    'Assertion',
    ({ document, original, evil }) => document.replace(original, into(evil, 'saml:Assertion', original)),
  ],
  [
    '5: a forged assertion with the signature of one that follows it',
    'Assertion',
    ({ document, original, evil, signature, bare }) =>
      document.replace(original, `${afterIssuer(evil, signature)}${bare}`),
  ],
  [
    '6: the signed assertion in its signature, in a forged one',
    'Assertion',
    ({ document, original, evil, signature, bare }) =>
      document.replace(original, afterIssuer(evil, into(signature, 'ds:Signature', bare))),
  ],
  [
    '7: a forged assertion in Extensions before the signed one',
    'Assertion',
    ({ document, evil }) => afterIssuer(document, `<samlp:Extensions>${evil}</samlp:Extensions>`),
  ],
  [
    '8: the signed assertion in an Object of its signature, in a forged one',
    'Assertion',
    ({ document, original, evil, signature, bare }) =>
      document.replace(original, afterIssuer(evil, inObject(signature, bare))),
  ],
  [
    'a forged assertion after the signed one',
    'Assertion',
    ({ document, original, evil }) => document.replace(original, `${original}${evil}`),
  ],
  [
    'the signed assertion in the Advice of a forged one',
    'Assertion',
    ({ document, original, evil }) =>
      document.replace(
        original,
        evil.replace('</saml:Conditions>', `</saml:Conditions><saml:Advice>${original}</saml:Advice>`),
      ),
  ],
  [
    'the signed assertion as a value of an attribute of a forged one',
    'Assertion',
    ({ document, original, evil }) => document.replace(original, evil.replace('>root<', `>${original}<`)),
  ],
  [
    'the signed assertion in a detail of the status',
    'Assertion',
    ({ document, original, evil }) =>
      document
        .replace(original, evil)
        .replace('</samlp:Status>', `<samlp:StatusDetail>${original}</samlp:StatusDetail></samlp:Status>`),
  ],
  [
    'the signed assertion in KeyInfo of its signature, in a forged one',
    'Assertion',
    ({ document, original, evil, signature, bare }) =>
      document.replace(original, afterIssuer(evil, signature.replace('<ds:X509Data>', `<ds:X509Data>${bare}`))),
  ],
];

describe('signature wrapping (XSW)', () => {
  for (const [title, element, build] of WRAPPINGS) {
    for (const evilId of ['_evil', element === 'Response' ? '_response' : '_assertion']) {
      it(`${title}${evilId === '_evil' ? '' : ', under one id'}`, async (t) => {
        const lab = await samlLab(t);
        const requestId = await lab.request();
        const parts = pieces(lab, requestId, element, evilId);
        const xml = build(parts);
        assert.notEqual(xml, parts.document);
        assert.match(xml, /subject-0/);
        // The attack is a real one: what it carries is signed by the provider.
        if (evilId === '_evil') assert.equal(isRightSomewhere(xml, lab.idp.certificate), true);
        assert.match(await refusal(lab, xml, requestId), /^the response is refused: /);
        if (element === 'Assertion') assert.equal((await lab.show(parts.document, requestId)).outcome, 'identity');
      });
    }
  }
});

/** Whether a verifier that takes whatever a signature refers to would say yes. */
function isRightSomewhere(xml: string, certificate: string): boolean {
  const verifier = new SignedXml({ publicCert: certificate });
  verifier.loadSignature(pick(xml, 'ds:Signature'));
  return verifier.checkSignature(xml);
}

describe('what is signed', () => {
  const cases: readonly (readonly [string, RegExp, (lab: Lab, requestId: string) => string])[] = [
    ['nothing', /not signed itself/, (_, requestId) => responseXml(assertionXml({ requestId }), { requestId })],
    [
      'the response alone',
      /not signed itself/,
      (lab, requestId) =>
        signed(responseXml(assertionXml({ requestId }), { requestId }), { pair: lab.idp, element: 'Response' }),
    ],
    [
      'nothing of two assertions',
      /two Assertion/,
      (_, requestId) =>
        responseXml(assertionXml({ requestId }) + assertionXml({ requestId, id: '_two' }), { requestId }),
    ],
    [
      'a response with two assertions, whole',
      /two Assertion/,
      (lab, requestId) =>
        signed(responseXml(assertionXml({ requestId }) + assertionXml({ requestId, id: '_two' }), { requestId }), {
          pair: lab.idp,
          element: 'Response',
        }),
    ],
    [
      'something that was changed after',
      /signature is not/,
      (lab, requestId) => lab.response(requestId).replace('>alice<', '>root<'),
    ],
    [
      'a response that was changed after, around an assertion that was not',
      /signature is not/,
      (lab, requestId) =>
        signed(lab.response(requestId), { pair: lab.idp, element: 'Response' }).replace(
          '</samlp:Status>',
          '<samlp:StatusMessage>x</samlp:StatusMessage></samlp:Status>',
        ),
    ],
    [
      'the assertion, by somebody else',
      /signature is not/,
      (_, requestId) => signed(responseXml(assertionXml({ requestId }), { requestId }), { pair: OTHER }),
    ],
    [
      "the assertion, by somebody else under the provider's name",
      /signature is not/,
      (lab, requestId) =>
        signed(responseXml(assertionXml({ requestId }), { requestId }), {
          pair: { key: OTHER.key, certificate: lab.idp.certificate },
        }),
    ],
    [
      'the assertion, with its signature emptied',
      /signature is not/,
      (lab, requestId) => lab.response(requestId).replace(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>'),
    ],
    [
      'the assertion, with the digest emptied',
      /signature is not/,
      (lab, requestId) => lab.response(requestId).replace(/<ds:DigestValue>[^<]*/, '<ds:DigestValue>'),
    ],
    [
      'the assertion twice',
      /two Signature/,
      (lab, requestId) => lab.response(requestId).replace(/<ds:Signature .*<\/ds:Signature>/s, '$&$&'),
    ],
    [
      'a second thing by the same signature',
      /two Reference/,
      (lab, requestId) => lab.response(requestId).replace(/<ds:Reference .*<\/ds:Reference>/s, '$&$&'),
    ],
    [
      'by a second SignedInfo',
      /two SignedInfo/,
      (lab, requestId) => lab.response(requestId).replace(/<ds:SignedInfo>.*<\/ds:SignedInfo>/s, '$&$&'),
    ],
    [
      'the whole document, by an empty reference',
      /over another element/,
      (lab, requestId) => lab.response(requestId).replace(/URI="#_assertion"/, 'URI=""'),
    ],
  ];
  for (const [title, reason, build] of cases) {
    it(title, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      assert.match(await refusal(lab, build(lab, requestId), requestId), reason);
    });
  }

  const algorithms: readonly (readonly [string, Partial<SigningOptions>, RegExp])[] = [
    ['SHA-1 signatures', { signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }, /algorithm that is not accepted/],
    ['SHA-1 digests', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }, /digest that is not accepted/],
    ['canonical XML with comments', { transforms: [ENVELOPED, `${EXCLUSIVE}WithComments`] }, /transformed element/],
    [
      'inclusive canonical XML',
      { transforms: [ENVELOPED, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'] },
      /transformed element/,
    ],
    ['a SignedInfo with comments', { canonicalization: `${EXCLUSIVE}WithComments` }, /exclusive canonical/],
  ];
  for (const [title, options, reason] of algorithms) {
    it(`by means of ${title}`, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      const xml = signed(responseXml(assertionXml({ requestId }), { requestId }), { pair: lab.idp, ...options });
      assert.match(await refusal(lab, xml, requestId), reason);
    });
  }

  it('by HMAC with the public certificate as its key', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const signer = new SignedXml({
      privateKey: lab.idp.certificate,
      signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
      canonicalizationAlgorithm: EXCLUSIVE,
    });
    signer.enableHMAC();
    signer.addReference({
      xpath: "//*[local-name(.)='Assertion']",
      transforms: [ENVELOPED, EXCLUSIVE],
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signer.computeSignature(responseXml(assertionXml({ requestId }), { requestId }), {
      prefix: 'ds',
      location: { reference: "//*[local-name(.)='Assertion']/*[local-name(.)='Issuer']", action: 'after' },
    });
    assert.match(await refusal(lab, signer.getSignedXml(), requestId), /algorithm that is not accepted/);
  });
});

describe('what parsers have read in two ways', () => {
  const cases: readonly (readonly [string, (right: string) => string])[] = [
    ['a comment in the NameID', (xml) => xml.replace('subject-1', 'subject<!-- -->-1')],
    ['a comment after the name', (xml) => xml.replace('>alice<', '>alice<!-- x -->.example<')],
    ['a digest in a comment (CVE-2025-29775)', (xml) => xml.replace('<ds:DigestValue>', '<ds:DigestValue><!--AAAA-->')],
    ['a comment in SignedInfo', (xml) => xml.replace('<ds:SignedInfo>', '<ds:SignedInfo><!-- -->')],
    ['a second digest (CVE-2025-29774)', (xml) => xml.replace(/<ds:DigestValue>.*<\/ds:DigestValue>/, '$&$&')],
    ['a CDATA section', (xml) => xml.replace('subject-1', '<![CDATA[subject-1]]>')],
    ['a processing instruction', (xml) => xml.replace('subject-1', 'subject<?x y?>-1')],
    ['a document type', (xml) => `<!DOCTYPE samlp:Response>${xml}`],
    [
      'an external entity',
      (xml) => `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${xml.replace('>alice<', '>&f;<')}`,
    ],
    [
      'entities of entities (billion laughs)',
      (xml) =>
        `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY a${n + 1} "&a${n};&a${n};">`).join('')}]>${xml.replace('>alice<', '>&a30;<')}`,
    ],
    ['an entity that nobody declared', (xml) => xml.replace('>alice<', '>&root;<')],
    ['a NUL by reference', (xml) => xml.replace('>alice<', '>alice&#0;<')],
    ['a zero-width mark', (xml) => xml.replace('>alice<', '>alice\ufeff<')],
    ['two attributes of one name', (xml) => xml.replace('ID="_assertion"', 'ID="_assertion" ID="_assertion"')],
    ['an id under another name', (xml) => xml.replace('<samlp:Status>', '<samlp:Status id="_assertion">')],
    ['a namespace nobody declared', (xml) => xml.replace('<samlp:Status>', '<evil:Status>')],
    ['SAML elements of another namespace', (xml) => xml.replaceAll('SAML:2.0:assertion', 'SAML:1.0:assertion')],
    ['text between elements', (xml) => xml.replace('<samlp:Status>', 'x<samlp:Status>')],
    ['a second document', (xml) => `${xml}${xml}`],
    ['half a document', (xml) => xml.slice(0, -20)],
    ['another encoding', (xml) => `<?xml version="1.0" encoding="UTF-7"?>${xml}`],
    ['a mark of byte order', (xml) => `\ufeff${xml}`],
    ['no XML', () => 'SAMLResponse'],
  ];
  for (const [title, change] of cases) {
    it(title, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      const right = lab.response(requestId);
      const wrong = change(right);
      assert.notEqual(wrong, right);
      assert.match(await refusal(lab, wrong, requestId), /^the response is refused: /);
      assert.equal((await lab.show(right, requestId)).outcome, 'identity');
    });
  }

  it('a name with a comment that was signed with it is refused, not cut short', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const xml = lab.response(requestId, { nameId: 'root<!-- -->@evil.example' });
    assert.match(await refusal(lab, xml, requestId), /neither an element nor text/);
  });
});

describe('a right signature over what is not for us', () => {
  const confirmation = (parts: string, method = 'bearer') =>
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:${method}"><saml:SubjectConfirmationData ${parts}/></saml:SubjectConfirmation>`;
  const cases: readonly (readonly [
    string,
    RegExp,
    Partial<AssertionParts> | ((id: string) => Partial<AssertionParts>),
  ])[] = [
    ['another audience', /another audience/, { audience: 'https://other.example.com' }],
    ['an audience that ours begins with', /another audience/, { audience: `${US}.evil.example` }],
    [
      'us and, as well, somebody else only',
      /another audience/,
      {
        conditions: `<saml:Conditions NotOnOrAfter="${at(60_000)}">${[US, 'https://other.example.com'].map((one) => `<saml:AudienceRestriction><saml:Audience>${one}</saml:Audience></saml:AudienceRestriction>`).join('')}</saml:Conditions>`,
      },
    ],
    [
      'nobody in particular',
      /without AudienceRestriction/,
      { conditions: `<saml:Conditions NotOnOrAfter="${at(60_000)}"/>` },
    ],
    ['another recipient', /another recipient/, { recipient: 'https://other.example.com/acs' }],
    ['another issuer', /somebody else than idpIssuer/, { issuer: 'https://idp.example.com/other-tenant' }],
    ['a time that is over', /expired/, { notOnOrAfter: at(-60_000) }],
    ['a time that has not come', /not valid yet/, { notBefore: at(60_001) }],
    ['an issue that has not happened', /not valid yet/, { issueInstant: at(60_001) }],
    ['an issue long ago', /expired/, { issueInstant: at(-11 * 60_000) }],
    ['a time that is none', /no time/, { notOnOrAfter: 'tomorrow' }],
    ['a time without a zone', /no time/, { notOnOrAfter: '2026-03-01T12:05:00' }],
    [
      'no end',
      /without NotOnOrAfter/,
      {
        conditions: `<saml:Conditions><saml:AudienceRestriction><saml:Audience>${US}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
      },
    ],
    [
      'no bearer',
      /bearer/,
      (id) => ({
        confirmation: confirmation(
          `InResponseTo="${id}" Recipient="${CALLBACK}" NotOnOrAfter="${at(60_000)}"`,
          'holder-of-key',
        ),
      }),
    ],
    [
      'a bearer of no request',
      /without InResponseTo/,
      { confirmation: confirmation(`Recipient="${CALLBACK}" NotOnOrAfter="${at(60_000)}"`) },
    ],
    [
      'a bearer of another request',
      /another request/,
      { confirmation: confirmation(`InResponseTo="_x" Recipient="${CALLBACK}" NotOnOrAfter="${at(60_000)}"`) },
    ],
    [
      'a bearer whose time is over',
      /no longer/,
      (id) => ({
        confirmation: confirmation(`InResponseTo="${id}" Recipient="${CALLBACK}" NotOnOrAfter="${at(-60_000)}"`),
      }),
    ],
    [
      'a bearer without an end',
      /without NotOnOrAfter/,
      (id) => ({ confirmation: confirmation(`InResponseTo="${id}" Recipient="${CALLBACK}"`) }),
    ],
    [
      'a condition nobody knows',
      /no place for/,
      {
        conditions: `<saml:Conditions NotOnOrAfter="${at(60_000)}"><saml:AudienceRestriction><saml:Audience>${US}</saml:Audience></saml:AudienceRestriction><saml:Condition/></saml:Conditions>`,
      },
    ],
    [
      'a session that is over',
      /expired/,
      { extra: `<saml:AuthnStatement AuthnInstant="${at(-1000)}" SessionNotOnOrAfter="${at(-60_000)}"/>` },
    ],
    ['a NameID that holds more', /NameID/, { nameId: 'subject-1<saml:NameID>subject-0</saml:NameID>' }],
    ['two NameIDs', /Subject/, { nameId: 'subject-1</saml:NameID><saml:NameID>subject-0' }],
    [
      'attributes nobody can read',
      /without Attribute/,
      { attributes: '<saml:AttributeStatement><saml:EncryptedAttribute/></saml:AttributeStatement>' },
    ],
  ];
  for (const [title, reason, parts] of cases) {
    it(title, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      const xml = lab.response(requestId, typeof parts === 'function' ? parts(requestId) : parts);
      assert.match(await refusal(lab, xml, requestId), reason);
    });
  }

  it('a clock that is off by less than a minute does no harm', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    assert.equal(
      (await lab.show(lab.response(requestId, { id: '_a', notOnOrAfter: at(-59_000) }), requestId)).outcome,
      'identity',
    );
    assert.equal(
      (
        await lab.show(
          lab.response(requestId, { id: '_b', issueInstant: at(59_000), notBefore: at(59_000) }),
          requestId,
        )
      ).outcome,
      'identity',
    );
  });

  const frames: readonly (readonly [string, Parameters<typeof responseXml>[1], RegExp])[] = [
    ['another address', { requestId: '', destination: 'https://other.example.com/acs' }, /another address/],
    ['from another issuer', { requestId: '', issuer: 'https://other.example.com' }, /somebody else/],
    ['without success', { requestId: '', status: 'Responder' }, /let nobody in/],
  ];
  for (const [title, parts, reason] of frames) {
    it(`a response around it, ${title}`, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      const xml = signed(responseXml(assertionXml({ requestId }), { ...parts, requestId }), { pair: lab.idp });
      assert.match(await refusal(lab, xml, requestId), reason);
    });
  }
});

describe('an answer that was given before, or to somebody else', () => {
  it('an assertion lets in once, whatever response it is in', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const xml = lab.response(requestId);
    assert.equal((await lab.show(xml, requestId)).outcome, 'identity');
    assert.equal(await refusal(lab, xml, requestId), 'the assertion was used before');
    assert.equal(
      await refusal(lab, xml.replace('ID="_response"', 'ID="_again"'), requestId),
      'the assertion was used before',
    );
    lab.clock.time += 11 * 60_000;
    assert.match(await refusal(lab, xml, requestId), /expired/);
  });

  it('one that was refused for another reason is not used up', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const xml = lab.response(requestId);
    assert.equal(
      (await lab.show(xml, requestId, { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: 'other' }))
        .outcome,
      'refused',
    );
    assert.match(await refusal(lab, xml, await lab.request()), /another request/);
    assert.equal((await lab.show(xml, requestId)).outcome, 'identity');
  });

  it("the response to somebody else's request, also with ours written on its outside", async (t) => {
    const lab = await samlLab(t);
    const [theirs, ours] = [await lab.request(), await lab.request()];
    assert.match(await refusal(lab, lab.response(theirs), ours), /another request/);
    const relabelled = lab.response(theirs).replace(`InResponseTo="${theirs}">`, `InResponseTo="${ours}">`);
    assert.match(await refusal(lab, relabelled, ours), /the assertion is refused: it answers another request/);
  });

  it('one that nobody asked for, on its outside or at all', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const xml = lab.response(requestId);
    const said = ` InResponseTo="${requestId}"`;
    assert.match(await refusal(lab, xml.replace(said, ''), requestId), /another request/);
    assert.match(await refusal(lab, xml.replaceAll(said, ''), requestId), /without InResponseTo/);
  });

  it('a form without the state of this login, or without a response', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const SAMLResponse = Buffer.from(lab.response(requestId)).toString('base64');
    for (const form of [{}, { SAMLResponse }, { SAMLResponse, RelayState: '' }, { RelayState: STATE }]) {
      assert.equal((await lab.show('', requestId, form)).outcome, 'refused');
    }
  });
});

type Algorithms = [EncryptionAlgorithm?, KeyEncryptionAlgorithm?];

describe('encrypted assertions', () => {
  const OURS = newKeyPair();
  const build = async (lab: Lab, requestId: string, ...algorithms: Algorithms) => {
    const assertion = signed(assertionXml({ requestId }), { pair: lab.idp });
    return responseXml(await encrypted(assertion, OURS, ...algorithms), { requestId });
  };

  it('without a key of ours', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    assert.match(await refusal(lab, await build(lab, requestId), requestId), /encrypted/);
  });

  it('for another key', async (t) => {
    const lab = await samlLab(t, { decryption: OTHER });
    const requestId = await lab.request();
    assert.match(await refusal(lab, await build(lab, requestId), requestId), /signature is not/);
  });

  const weak: readonly (readonly [string, EncryptionAlgorithm, KeyEncryptionAlgorithm])[] = [
    ['CBC', 'http://www.w3.org/2001/04/xmlenc#aes256-cbc', RSA_OAEP],
    ['triple DES', 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc', RSA_OAEP],
    ['RSA of PKCS #1 v1.5', AES256_GCM, 'http://www.w3.org/2001/04/xmlenc#rsa-1_5'],
  ];
  for (const [title, content, key] of weak) {
    it(`by means of ${title}`, async (t) => {
      const lab = await samlLab(t, { decryption: OURS });
      const requestId = await lab.request();
      assert.match(
        await refusal(lab, await build(lab, requestId, content, key), requestId),
        /algorithm that is not accepted/,
      );
    });
  }

  const inside: readonly (readonly [string, RegExp, (right: string, lab: Lab) => string])[] = [
    ['unsigned', /not signed itself/, (right) => right.replace(/<ds:Signature .*<\/ds:Signature>/s, '')],
    ['changed', /signature is not/, (right) => right.replace('>alice<', '>root<')],
    ['with a comment', /neither an element nor text/, (right) => right.replace('>alice<', '>alice<!-- -->root<')],
    ['with a document type', /neither an element nor text/, (right) => `<!DOCTYPE x [<!ENTITY e "root">]>${right}`],
    ['two', /not exactly one root/, (right) => `${right}${right}`],
    ['something else', /no SAML 2.0 assertion/, () => '<a/>'],
    ['no XML', /root element/, () => 'x'],
  ];
  for (const [title, reason, change] of inside) {
    it(`inside: ${title}`, async (t) => {
      const lab = await samlLab(t, { decryption: OURS });
      const requestId = await lab.request();
      const right = signed(assertionXml({ requestId }), { pair: lab.idp });
      const xml = responseXml(await encrypted(change(right, lab), OURS), { requestId });
      assert.match(await refusal(lab, xml, requestId), reason);
    });
  }

  it('inside: signed with SHA-1', async (t) => {
    const lab = await samlLab(t, { decryption: OURS });
    const requestId = await lab.request();
    const sha1 = { signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' };
    const xml = responseXml(await encrypted(signed(assertionXml({ requestId }), { pair: lab.idp, ...sha1 }), OURS), {
      requestId,
    });
    assert.match(await refusal(lab, xml, requestId), /algorithm that is not accepted/);
  });

  it('one beside a plain one', async (t) => {
    const lab = await samlLab(t, { decryption: OURS });
    const requestId = await lab.request();
    const right = signed(assertionXml({ requestId }), { pair: lab.idp });
    const other = await encrypted(signed(assertionXml({ requestId, id: '_b' }), { pair: lab.idp }), OURS);
    assert.match(await refusal(lab, responseXml(right + other, { requestId }), requestId), /more than one assertion/);
  });
});

describe('documents that are too much', () => {
  const huge: readonly (readonly [string, (right: string) => string])[] = [
    ['a megabyte of text', (right) => right.replace('>alice<', `>${'a'.repeat(2 ** 20)}<`)],
    [
      'a hundred thousand elements',
      (right) =>
        right.replace(
          '</samlp:Status>',
          `<samlp:StatusDetail>${'<a/>'.repeat(50_000)}</samlp:StatusDetail></samlp:Status>`,
        ),
    ],
    [
      'elements ten thousand deep',
      (right) =>
        right.replace(
          '</samlp:Status>',
          `<samlp:StatusDetail>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</samlp:StatusDetail></samlp:Status>`,
        ),
    ],
    [
      'thousands of attributes',
      (right) =>
        right.replace(
          '<samlp:Status>',
          `<samlp:Status ${Array.from({ length: 5_000 }, (_, n) => `a${n}="x"`).join(' ')}>`,
        ),
    ],
    [
      'thousands of namespaces',
      (right) =>
        right.replace(
          '<samlp:Status>',
          `<samlp:Status ${Array.from({ length: 5_000 }, (_, n) => `xmlns:a${n}="x"`).join(' ')}>`,
        ),
    ],
  ];
  for (const [title, change] of huge) {
    it(title, async (t) => {
      const lab = await samlLab(t);
      const requestId = await lab.request();
      const xml = change(lab.response(requestId));
      const before = process.cpuUsage();
      assert.match(await refusal(lab, xml, requestId), /too (?:large|many|deep)|not well-formed|too deep/);
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 1e6, `${(user + system) / 1e3} ms of processor`);
    });
  }

  it('a deflated megabyte is not inflated: the POST binding has no such thing', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const bomb = deflateRawSync(Buffer.alloc(50 * 2 ** 20, 'a')).toString('base64');
    const login = await lab.show('', requestId, { SAMLResponse: bomb, RelayState: STATE });
    assert.ok(login.outcome === 'refused');
    assert.match(login.reason, /not UTF-8|character/);
  });

  it('the largest that is read takes no more than a second', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const groups = Array.from({ length: 2_300 }, (_, n) => `group-${n}-of-a-rather-long-name`);
    const xml = lab.response(requestId, {
      attributes: attributes({ login: ['alice'], groups: [...groups, 'Operations'] }),
    });
    const before = process.cpuUsage();
    const login = await lab.show(xml, requestId);
    const { user, system } = process.cpuUsage(before);
    assert.ok(login.outcome === 'identity', JSON.stringify(login));
    assert.deepEqual(login.identity.groups, ['sre']);
    assert.ok(user + system < 1.5e6, `${(user + system) / 1e3} ms of processor`);
  });

  it('what is not base64, or not all of it', async (t) => {
    const lab = await samlLab(t);
    const requestId = await lab.request();
    const right = Buffer.from(lab.response(requestId)).toString('base64');
    for (const SAMLResponse of ['', '=', '%%%', `${right}!`, `${right}====`, right.slice(0, -3)]) {
      assert.equal((await lab.show('', requestId, { SAMLResponse, RelayState: STATE })).outcome, 'refused');
    }
    const folded = right.replaceAll(/.{76}/g, '$&\r\n');
    assert.equal((await lab.show('', requestId, { SAMLResponse: folded, RelayState: STATE })).outcome, 'identity');
  });
});
