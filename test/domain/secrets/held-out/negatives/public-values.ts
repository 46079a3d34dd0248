// What is published on purpose: public keys, certificates, publishable keys.

import { certificatePem, publicPem } from '../keys.ts';
import { base64 } from '../kit.ts';
import type { Sample } from '../sample.ts';

export const PUBLIC_VALUES: readonly Sample[] = [
  { path: 'certs/ca.crt', text: (k) => `${k.trap(certificatePem())}\n${k.trap(certificatePem())}\n` },
  { path: 'certs/server.csr', text: (k) => `${k.trap(certificatePem('CERTIFICATE REQUEST'))}\n` },
  { path: 'keys/jwt.pub', text: (k) => `${k.trap(publicPem('rsa'))}\n${k.trap(publicPem('ec'))}\n` },
  { path: 'certs/dhparam.pem', text: (k) => `${k.trap(certificatePem('DH PARAMETERS'))}\n` },
  {
    path: 'ansible/files/authorized_keys',
    text: (k) => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${k.noise('base64', 498)}== ops@acme
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${k.noise('base64', 43)} deploy@ci
restrict,command="/bin/sync" ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB${k.noise('base64', 87)}= token-service
`,
  },
  {
    path: 'etc/ssh/ssh_known_hosts',
    text: (k) => `github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${k.noise('base64', 43)}
|1|${k.noise('base64', 27)}=|${k.noise('base64', 27)}= ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ${k.noise('base64', 338)}==
# SHA256:${k.noise('base64', 43)} (the fingerprint to compare)
`,
  },
  {
    path: 'web/src/stripe.tsx',
    text: (k) => `import { loadStripe } from '@stripe/stripe-js';
export const stripePromise = loadStripe('pk_live_${k.noise('alnum', 24)}');
const test = loadStripe("pk_test_51${k.noise('alnum', 97)}");
mapboxgl.accessToken = 'pk.${k.trap(base64(`{"u":"acme","a":"cl${k.text('lower', 23)}"}`).replace(/=+$/, ''))}.${k.noise('url', 22)}';
posthog.init('phc_${k.noise('alnum', 43)}', { api_host: 'https://eu.posthog.com' });
`,
  },
  {
    path: 'web/src/firebase.ts',
    text: (k) => `import { initializeApp } from 'firebase/app';

// The web API key only names the project; access is up to the security rules.
const firebaseConfig = {
  apiKey: "AIza${k.noise('url', 35)}",
  authDomain: "acme-shop.firebaseapp.com",
  projectId: "acme-shop",
  storageBucket: "acme-shop.appspot.com",
  messagingSenderId: "844020112233",
  appId: "1:844020112233:web:${k.noise('hex', 22)}",
};
initializeApp(firebaseConfig);
export const vapidKey = 'B${k.noise('url', 86)}';
`,
  },
  {
    path: 'android/app/google-services.json',
    text: (k) => `{
  "project_info": { "project_number": "844020112233", "project_id": "acme-shop" },
  "client": [ {
    "client_info": { "mobilesdk_app_id": "1:844020112233:android:${k.noise('hex', 22)}" },
    "oauth_client": [ { "client_id": "844020112233-${k.noise('lower', 32)}.apps.googleusercontent.com", "client_type": 3 } ],
    "api_key": [ { "current_key": "AIza${k.noise('url', 35)}" } ]
  } ]
}
`,
  },
  {
    path: 'auth/jwks.json',
    text: (k) => `{ "keys": [
  { "kty": "RSA", "kid": "${k.noise('hex', 40)}", "use": "sig", "alg": "RS256", "n": "${k.noise('url', 342)}", "e": "AQAB" },
  { "kty": "EC", "crv": "P-256", "x": "${k.noise('url', 43)}", "y": "${k.noise('url', 43)}", "kid": "${k.uuid()}" },
  { "kty": "OKP", "crv": "Ed25519", "x": "${k.noise('url', 43)}" }
] }
`,
  },
  {
    path: 'sealed/secret.yaml',
    text: (k) => `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
spec:
  encryptedData:
    password: Ag${k.noise('base64', 680)}==
    api-token: Ag${k.noise('base64', 680)}==
`,
  },
  {
    path: 'sops/secrets.enc.yaml',
    text: (
      k,
    ) => `db_password: ENC[AES256_GCM,data:${k.noise('base64', 24)},iv:${k.noise('base64', 43)}=,tag:${k.noise('base64', 22)}==,type:str]
api_key: ENC[AES256_GCM,data:${k.noise('base64', 44)},iv:${k.noise('base64', 43)}=,tag:${k.noise('base64', 22)}==,type:str]
sops:
  age:
    - recipient: age1${k.noise('lower', 58)}
  mac: ENC[AES256_GCM,data:${k.noise('base64', 128)},iv:${k.noise('base64', 43)}=,tag:${k.noise('base64', 22)}==,type:str]
`,
  },
  {
    path: 'update/release.json',
    text: (k) => `{
  "version": "2.4.1",
  "signature": "${k.noise('base64', 96)}==",
  "url": "https://dl.acme.dev/acme_2.4.1.tar.gz",
  "publicKey": "RW${k.noise('base64', 54)}",
  "certificate_fingerprint": "${Array.from({ length: 20 }, () => k.text('HEX', 2)).join(':')}"
}
`,
  },
  {
    path: 'dkim/zone.db',
    text: (
      k,
    ) => `k1._domainkey IN TXT ( "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA${k.noise('base64', 216)}"
  "${k.noise('base64', 130)}IDAQAB" )
_acme-challenge IN TXT "${k.noise('url', 43)}"
@ IN TXT "google-site-verification=${k.noise('url', 43)}"
acme.dev. IN DS 2371 13 2 ${k.noise('HEX', 64)}
`,
  },
  {
    path: 'deploy/peers.conf',
    text: (k) => `[Peer]
PublicKey = ${k.noise('base64', 43)}=
AllowedIPs = 10.8.0.3/32

[Peer]
PublicKey = ${k.noise('base64', 43)}=
AllowedIPs = 10.8.0.4/32
`,
  },
  {
    path: 'docs/jwt.md',
    text: (k) => `The well-known example token of jwt.io:

    ${k.trap(['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ', 'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c'].join('.'))}

An unsigned one: \`${k.trap('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.')}\`
`,
  },
];
