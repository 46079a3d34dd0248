// Tokens that somebody shows, against a real provider over HTTP: what is let in, and a table of what is not.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type OidcProvider, openOidcProvider } from '../../../../src/adapters/identity/oidc/oidc-provider.ts';
import { createLog } from '../../../../src/adapters/log/log.ts';
import type { OidcSettings } from '../../../../src/domain/identity/provider-settings.ts';
import { account, type IdentityProvider, startIdentityProvider } from '../../../support/identity-provider.ts';

const now = () => Math.floor(Date.now() / 1000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

let idp: IdentityProvider;
before(async () => {
  idp = await startIdentityProvider({ zoe: account('zoe', ['engineers']) });
});
after(() => idp.close());

function open(changes: Partial<OidcSettings> = {}) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const settings: OidcSettings = {
    name: 'corp',
    issuer: idp.issuer,
    clientId: idp.clientId,
    scopes: ['openid'],
    parameters: {},
    nameClaim: 'preferred_username',
    groupsClaim: 'groups',
    groups: { engineers: ['dev'], '/team/a': ['sre'] },
    audiences: ['api://gate'],
    algorithms: ['RS256', 'ES256'],
    ...changes,
  };
  const provider = openOidcProvider(settings, {
    clock,
    log: createLog({ level: 'silent' }),
    readClientSecret: async () => idp.clientSecret,
  });
  return { provider, clock };
}

const claims = (): JWTPayload => ({ sub: 'sub-zoe', preferred_username: 'zoe', groups: ['engineers', 'others'] });

async function outcome(provider: OidcProvider, text: string): Promise<string> {
  const shown = await provider.verify(text);
  return shown.outcome === 'identity' ? 'identity' : `${shown.outcome}: ${shown.reason}`;
}

describe('a token of a provider, shown directly', () => {
  it('stands for its subject, with our groups for theirs', async () => {
    const shown = await open().provider.verify(await idp.sign(claims()));
    assert.equal(shown.outcome, 'identity');
    if (shown.outcome !== 'identity') return;
    assert.deepEqual([shown.shown.subject, shown.shown.name, shown.shown.groups], ['sub-zoe', 'zoe', ['dev']]);
  });

  const ACCEPTED: readonly (readonly [string, JWTPayload, Record<string, unknown>?])[] = [
    ['an access token for one of our audiences', { aud: 'api://gate' }, { typ: 'at+jwt' }],
    ['one that was given to us, for several', { aud: ['sallyport', 'another'], azp: 'sallyport' }],
    ['one that expired within the skew', { exp: now() - 30 }],
    ['one from a clock that is a little ahead', { iat: now() + 30, nbf: now() + 30 }],
  ];
  for (const [title, changes, header] of ACCEPTED) {
    it(`is accepted: ${title}`, async () => {
      assert.equal(await outcome(open().provider, await idp.sign({ ...claims(), ...changes }, header)), 'identity');
    });
  }

  const REFUSED: readonly (readonly [string, Record<string, unknown>, RegExp, Record<string, unknown>?])[] = [
    ['for another audience', { aud: 'another' }, /its aud is wrong/],
    ['for no audience', { aud: [] }, /its aud is wrong/],
    ['given to another client', { azp: 'another' }, /another client/],
    ['for several clients, and nobody says whose', { aud: ['sallyport', 'another'] }, /several clients/],
    ['of another issuer', { iss: 'https://evil.example' }, /its iss is wrong/],
    ['of an issuer that begins the same', { iss: 'http://127.0.0.1' }, /its iss is wrong/],
    ['expired', { exp: now() - 120 }, /expired/],
    ['without an end', { exp: undefined }, /its exp is wrong/],
    ['good for more than a day', { exp: now() + 100_000 }, /more than a day/],
    ['not valid yet', { nbf: now() + 600 }, /clocks/],
    ['issued in the future', { iat: now() + 600 }, /future/],
    ['without a subject', { sub: undefined }, /its sub is wrong/],
    ['with an empty subject', { sub: '' }, /no name/],
    ['with a subject without end', { sub: 'x'.repeat(300) }, /no name/],
    ['with a key id that is a path', {}, /no such key/, { kid: '../../../dev/null' }],
    ['with the address of a key set', {}, /header has jku/, { jku: 'https://evil.example/keys' }],
    ['with the address of a certificate', {}, /header has x5u/, { x5u: 'https://evil.example/cert' }],
    ['with a certificate', {}, /header has x5c/, { x5c: ['MIIB'] }],
    ['with what must be understood', {}, /header has crit|malformed/, { crit: ['exp'], exp: 1 }],
    ['of another type', {}, /another type/, { typ: 'logout+jwt' }],
  ];
  for (const [title, changes, reason, header] of REFUSED) {
    it(`is refused: ${title}`, async () => {
      const text = await idp.sign({ ...claims(), ...changes }, header).catch(() => forged(changes, header ?? {}));
      assert.match(await outcome(open().provider, text), reason);
    });
  }

  it('is refused: alg none, with and without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const unsigned = `${encode({ alg, typ: 'JWT' })}.${encode(whole())}.`;
      assert.match(await outcome(open().provider, unsigned), /not allowed/);
      assert.match(await outcome(open().provider, `${unsigned}c2ln`), /not allowed/);
    }
  });

  it('is refused: signed with the public key as shared secret', async () => {
    const { pem, jwk } = await idp.publicKey();
    for (const secret of [pem, pem.trim(), JSON.stringify(jwk)]) {
      for (const alg of ['HS256', 'RS256']) {
        const content = `${encode({ alg, typ: 'JWT', kid: jwk['kid'] })}.${encode(whole())}`;
        const text = `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
        assert.match(await outcome(open().provider, text), alg === 'HS256' ? /not allowed/ : /signature is wrong/);
      }
    }
  });

  it('is refused: signed with a key of its own, embedded or under the name of a real one', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = await exportJWK(publicKey);
    const { jwk: real } = await idp.publicKey();
    const sign = (header: Record<string, unknown>) =>
      new SignJWT(whole()).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
    assert.match(await outcome(open().provider, await sign({ jwk })), /header has jwk/);
    assert.match(await outcome(open().provider, await sign({ kid: String(real['kid']) })), /signature is wrong/);
    assert.match(await outcome(open().provider, await sign({})), /signature is wrong/);
  });

  it('is refused: encrypted, truncated, changed, or no token at all', async () => {
    const good = await idp.sign(claims());
    const [head = '', body = '', signature = ''] = good.split('.');
    const other = encode({ ...whole(), groups: ['admins'] });
    const texts = [
      `${head}.${other}.${signature}`,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature.slice(0, -4)}`,
      `${encode({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`,
      'eyJ',
      `${'eyJ'.padEnd(20_000, 'a')}.a.a`,
      '',
    ];
    for (const text of texts) assert.match(await outcome(open().provider, text), /^refused: /, text.slice(0, 50));
  });

  it('is checked with an algorithm that the configuration allows, whatever the key could do', async () => {
    assert.match(await outcome(open({ algorithms: ['ES256'] }).provider, await idp.sign(claims())), /not allowed/);
  });
});

describe('groups of a token', () => {
  const NAMES: readonly (readonly [string, string, Record<string, unknown>, readonly string[] | undefined])[] = [
    ['a claim inside others', 'realm_access.roles', { realm_access: { roles: ['engineers'] } }, ['dev']],
    ['a claim with dots in its name', 'https://x.example/roles', { 'https://x.example/roles': ['engineers'] }, ['dev']],
    ['nested names', 'groups', { groups: ['/team/a', '/team'] }, ['sre']],
    ['one name alone', 'groups', { groups: 'engineers' }, ['dev']],
    ['names that objects have anyway', 'groups', { groups: ['constructor', '__proto__'] }, []],
    ['none: absent', 'groups', { groups: undefined }, undefined],
    [
      'none: too many, kept elsewhere',
      'groups',
      {
        groups: undefined,
        _claim_names: { groups: 'src1' },
        _claim_sources: { src1: { endpoint: 'http://127.0.0.1:9/steal' } },
      },
      undefined,
    ],
    ['none: a list with something else in it', 'groups', { groups: ['engineers', { id: 1 }] }, undefined],
  ];
  for (const [title, groupsClaim, changes, groups] of NAMES) {
    it(`are read from ${title}`, async () => {
      const shown = await open({ groupsClaim }).provider.verify(await idp.sign({ ...claims(), ...changes }));
      assert.equal(shown.outcome, 'identity');
      assert.deepEqual(shown.outcome === 'identity' ? shown.shown.groups : 'refused', groups);
    });
  }
});

describe('keys of a provider', () => {
  it('are fetched anew when one turns up that is not known, once for many who invent one', async () => {
    const { provider, clock } = open();
    assert.equal(await outcome(provider, await idp.sign(claims())), 'identity');
    const old = await idp.sign(claims());
    await idp.rotate();
    assert.equal(await outcome(provider, await idp.sign(claims())), 'identity');
    assert.match(await outcome(provider, old), /no such key/);
    const asked = () => idp.requests.filter((line) => line === 'GET /jwks').length;
    const before = asked();
    for (let number = 0; number < 20; number++) {
      assert.match(await outcome(provider, await idp.sign(claims(), { kid: `invented-${number}` })), /no such key/);
    }
    assert.ok(asked() - before <= 1);
    clock.offset += 10_001;
    await outcome(provider, await idp.sign(claims(), { kid: 'invented' }));
    assert.equal(asked() - before, 1);
  });

  it('go on while the provider is down, and not for ever', async () => {
    const { provider, clock } = open();
    const lasting = () =>
      idp.sign({ ...claims(), iat: Math.floor(clock.now() / 1000), exp: Math.floor(clock.now() / 1000) + 600 });
    assert.equal(await outcome(provider, await lasting()), 'identity');
    idp.setDown(true);
    try {
      clock.offset = 11 * 3600_000;
      assert.equal(await outcome(provider, await lasting()), 'identity');
      clock.offset = 13 * 3600_000;
      assert.match(await outcome(provider, await lasting()), /^unavailable: /);
      assert.match(await outcome(open().provider, await idp.sign(claims())), /^unavailable: /);
    } finally {
      idp.setDown(false);
    }
    clock.offset += 60_000;
    assert.equal(await outcome(provider, await lasting()), 'identity');
  });

  it('count only from the issuer itself: a provider that calls itself otherwise is none', async () => {
    const { provider } = open({ issuer: `${idp.issuer}/` });
    assert.match(await outcome(provider, await idp.sign({ ...claims(), iss: `${idp.issuer}/` })), /^unavailable: /);
  });
});

function whole(): JWTPayload {
  return { ...claims(), iss: idp.issuer, aud: idp.clientId, iat: now(), exp: now() + 600 };
}

/** What jose refuses to sign. */
function forged(changes: JWTPayload, header: Record<string, unknown>): string {
  return `${encode({ alg: 'RS256', ...header })}.${encode({ ...whole(), ...changes })}.c2lnbmF0dXJl`;
}
