// Private keys in their formats and disguises.

import { jwkOf, pemOf, puttyKey } from '../keys.ts';
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

function indented(pem: string, by: string): string {
  return pem.replaceAll('\n', `\n${by}`);
}

export const PRIVATE_KEYS: readonly Sample[] = [
  { path: 'certs/server.key', text: (k) => `${k.pem('rsa-pkcs1')}\n` },
  { path: 'keys/id_ed25519', text: (k) => `${k.pem('openssh')}\n` },
  { path: 'keys/signing.pem', text: (k) => `Bag Attributes\n    friendlyName: signing\n${k.pem('ec-pkcs8')}\n` },
  { path: 'keys/legacy_dsa.pem', text: (k) => `${k.pem('dsa')}\n` },
  { path: 'release/private.asc', text: (k) => `${k.pem('pgp')}\n` },
  { path: 'windows/prod.ppk', text: (k) => `${k.secret('private-key', puttyKey(2), 'putty')}\n` },
  { path: 'windows/stage.ppk', text: (k) => `${k.secret('private-key', puttyKey(3), 'putty')}\n` },
  {
    path: 'lib/license/signer.js',
    text: (k) => `const PRIVATE_KEY = \`${k.pem('ec-sec1')}\`;
module.exports = (data) => require('crypto').createSign('sha256').update(data).sign(PRIVATE_KEY, 'hex');
`,
  },
  {
    path: 'app/jwt_keys.py',
    text: (k) => `JWT_PRIVATE_KEY = """${k.pem('rsa-pkcs8')}
"""
`,
  },
  {
    path: 'src/Signer.java',
    text: (k) => `class Signer {
    private static final String KEY =
        ${k.secret(
          'private-key',
          pemOf('ec-pkcs8')
            .split('\n')
            .map((line) => `"${line}\\n"`)
            .join(' +\n        '),
          'java-lines',
        )};
}
`,
  },
  {
    path: 'deploy/values-tls.yaml',
    text: (k) => `tls:
  enabled: true
  key: |
    ${k.secret('private-key', indented(pemOf('rsa-pkcs1'), '    '), 'yaml-block')}
  servername: web.acme.dev
`,
  },
  {
    path: '.env.keys',
    text: (k) => `APPLE_PRIVATE_KEY="${k.escapedPem('ec-pkcs8')}"
GITHUB_APP_KEY_BASE64=${k.secret('private-key', base64(pemOf('rsa-pkcs1')), 'base64-pem')}
SOPS_AGE_KEY=${k.token('age')}
`,
  },
  {
    path: 'home/.config/sops/age/keys.txt',
    text: (k) => `# created: 2023-08-17T09:31:22+02:00
# public key: ${k.trap(`age1${k.text('lower', 58)}`)}
${k.token('age')}
`,
  },
  {
    path: 'auth/jwks-private.json',
    text: (k) => {
      const { d, ...rest } = jwkOf('rsa');
      const ec = jwkOf('ec');
      return `{ "keys": [
  { "kid": "2023-08", "use": "sig", "kty": "${rest['kty']}", "n": "${rest['n']}", "e": "AQAB", "d": "${k.secret('private-key', d as string, 'jwk')}",
    "p": "${k.neutral(rest['p'] as string)}", "q": "${k.neutral(rest['q'] as string)}" },
  { "kty": "EC", "crv": "P-256", "x": "${ec['x']}", "y": "${ec['y']}", "d": "${k.secret('private-key', ec['d'] as string, 'jwk')}" }
] }
`;
    },
  },
  {
    path: 'scripts/install-key.sh',
    text: (k) => `#!/bin/sh
cat > ~/.ssh/id_rsa <<'KEY'
${k.pem('rsa-pkcs1')}
KEY
chmod 600 ~/.ssh/id_rsa
printf '%s' '${k.escapedPem('ed25519')}' > /etc/app/key.pem
`,
  },
  {
    path: 'test/e2e/saml.xml',
    text: (k) => `<KeyDescriptor use="signing">
  <PrivateKey>
${k.pem('rsa-pkcs8')}
  </PrivateKey>
</KeyDescriptor>
`,
  },
];
