import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSshKey } from '../../../src/adapters/keys/ssh-private-key.ts';
import { DEFAULT_SSH_KEY_POLICY, keyEnd } from '../../../src/domain/identity/ssh-key-policy.ts';
import { type CertificateRules, judgeUserCertificate } from '../../../src/domain/identity/user-certificate.ts';
import {
  type CertificateContent,
  decodeSshCertificate,
  encodeSshCertificate,
  type SshCertificate,
} from '../../../src/protocol/ssh-certificate.ts';

const authority = generateSshKey('ed25519', '');
const stranger = generateSshKey('ecdsa', '');
const person = generateSshKey('ed25519', '');

function certificate(changes: Partial<CertificateContent> = {}, by = authority, signer = by): SshCertificate {
  const content: CertificateContent = {
    key: person.key,
    serial: 7n,
    kind: 'user',
    keyId: 'alice',
    principals: ['alice'],
    validAfter: 100n,
    validBefore: 200n,
    ...changes,
  };
  const decoded = decodeSshCertificate(encodeSshCertificate(content, by.key, (signed) => signer.sign(signed)));
  assert.ok(!('refused' in decoded));
  return decoded;
}

interface Case {
  readonly now?: number;
  readonly address?: string;
  readonly userVerified?: boolean;
  readonly isNew?: boolean;
  readonly principals?: string;
  readonly algorithms?: CertificateRules['keys']['algorithms'];
}

function judge(given: SshCertificate, facts: Case = {}) {
  const { now = 150_000, address = '192.0.2.7', userVerified = false, isNew = true, principals = '{name}' } = facts;
  const proof = { key: given.key, fingerprint: '', certificate: given, userVerified };
  const keys = { ...DEFAULT_SSH_KEY_POLICY, ...(facts.algorithms && { algorithms: facts.algorithms }) };
  const isTrusted = ({ blob }: { readonly blob: Buffer }) => blob.equals(authority.key.blob);
  const verdict = judgeUserCertificate(
    given,
    { proof, user: 'git', remoteAddress: address, isNew },
    { isTrusted, principals, keys, now },
  );
  return verdict.outcome === 'accepted' ? verdict.names.join(' ') : verdict.why;
}

test('what a certificate must be to count', () => {
  const options = (...criticalOptions: (readonly [string, string])[]) => certificate({ criticalOptions });
  for (const [given, facts, expected] of [
    [certificate(), {}, 'alice'],
    [certificate({ kind: 'host' }), {}, 'it is a certificate of a host'],
    [certificate({}, stranger), {}, 'its authority is not trusted'],
    [certificate({}, authority, stranger), {}, 'its authority did not sign it'],
    [certificate(), { algorithms: ['rsa'] }, 'ed25519 keys are not taken here'],
    [certificate(), { now: 99_999 }, 'it is not valid yet'],
    [certificate(), { now: 100_000 }, 'alice'],
    [certificate(), { now: 199_999 }, 'alice'],
    [certificate(), { now: 200_000 }, 'it has expired'],
    [certificate(), { now: 200_000, isNew: false }, 'alice'],
    [certificate({ validBefore: 0n }), {}, 'it has expired'],
    [certificate({ validBefore: 2n ** 64n - 1n }), {}, 'alice'],
    [certificate({ validAfter: 2n ** 64n - 1n }), {}, 'it is not valid yet'],
    [certificate({ principals: [] }), {}, 'it names no user'],
    [certificate({ principals: ['alice', 'bob', 'alice'] }), {}, 'alice bob'],
    [certificate({ principals: ['alice@x', '@x', 'bob'] }), { principals: '{name}@x' }, 'alice'],
    [options(['source-address', '192.0.2.0/24']), {}, 'alice'],
    [options(['source-address', '10.0.0.0/8,192.0.2.7']), {}, 'alice'],
    [options(['source-address', '192.0.2.0/24']), { address: '::ffff:192.0.2.7' }, 'alice'],
    [options(['source-address', '2001:db8::/32']), { address: '2001:db8:1::5' }, 'alice'],
    [options(['source-address', '2001:db8::/32']), { address: '2001:db9::5' }, 'it is for other addresses'],
    [options(['source-address', '192.0.2.8']), {}, 'it is for other addresses'],
    [options(['source-address', '0.0.0.0/0']), { address: '::1' }, 'it is for other addresses'],
    [options(['source-address', '0.0.0.0/0,nonsense']), {}, 'it is for other addresses'],
    [options(['source-address', '192.0.2.7/24']), {}, 'it is for other addresses'],
    [options(['source-address', '192.0.2.7/33']), {}, 'it is for other addresses'],
    [options(['source-address', '']), {}, 'it is for other addresses'],
    [options(['force-command', 'id']), {}, 'it is for one command alone, which is none of git'],
    [options(['verify-required', '']), {}, 'it asks for a PIN or fingerprint that was not given'],
    [options(['verify-required', '']), { userVerified: true }, 'alice'],
    [options(['new@example.com', '']), {}, 'it has a critical option that is not known here'],
  ] as const) {
    assert.equal(judge(given, facts), expected, JSON.stringify([[...given.criticalOptions], facts]));
  }
});

test('a key ends when it was asked to, and never later than the policy lets it', () => {
  const policy = { ...DEFAULT_SSH_KEY_POLICY, maxAge: 100 };
  assert.equal(keyEnd({ createdAt: 1 }, DEFAULT_SSH_KEY_POLICY), undefined);
  assert.equal(keyEnd({ createdAt: 1, expiresAt: 50 }, DEFAULT_SSH_KEY_POLICY), 50);
  assert.equal(keyEnd({ createdAt: 1 }, policy), 101);
  assert.equal(keyEnd({ createdAt: 1, expiresAt: 50 }, policy), 50);
  assert.equal(keyEnd({ createdAt: 1, expiresAt: 500 }, policy), 101);
});
