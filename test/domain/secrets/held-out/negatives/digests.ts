// Digests of lock files, images, commits and packages.
import type { Sample } from '../sample.ts';

export const DIGESTS: readonly Sample[] = [
  {
    path: 'package-lock.json',
    text: (k) => `{
  "lockfileVersion": 3,
  "packages": {
    "node_modules/jsonwebtoken": {
      "version": "9.0.2",
      "resolved": "https://registry.npmjs.org/jsonwebtoken/-/jsonwebtoken-9.0.2.tgz",
      "integrity": "sha512-${k.noise('base64', 86)}=="
    },
    "node_modules/password-prompt": {
      "version": "1.1.3",
      "integrity": "sha512-${k.noise('base64', 86)}==",
      "dependencies": { "ansi-escapes": "^4.3.2" }
    },
    "node_modules/keygrip": { "version": "1.1.0", "integrity": "sha1-${k.noise('base64', 27)}=" }
  }
}
`,
  },
  {
    path: 'yarn.lock',
    text: (k) => `"@aws-sdk/token-providers@3.370.0":
  version "3.370.0"
  resolved "https://registry.yarnpkg.com/@aws-sdk/token-providers/-/token-providers-3.370.0.tgz#${k.noise('hex', 40)}"
  integrity sha512-${k.noise('base64', 86)}==

js-tokens@^4.0.0:
  version "4.0.0"
  resolved "https://registry.yarnpkg.com/js-tokens/-/js-tokens-4.0.0.tgz#${k.noise('hex', 40)}"
  checksum: ${k.noise('hex', 128)}
`,
  },
  {
    path: 'poetry.lock',
    text: (k) => `[[package]]
name = "secretstorage"
version = "3.3.3"
files = [
    {file = "SecretStorage-3.3.3-py3-none-any.whl", hash = "sha256:${k.noise('hex', 64)}"},
    {file = "SecretStorage-3.3.3.tar.gz", hash = "sha256:${k.noise('hex', 64)}"},
]

[metadata]
content-hash = "${k.noise('hex', 64)}"
`,
  },
  {
    path: 'requirements.txt',
    text: (k) => `cryptography==41.0.3 \\
    --hash=sha256:${k.noise('hex', 64)} \\
    --hash=sha256:${k.noise('hex', 64)}
pyjwt==2.8.0 --hash=sha256:${k.noise('hex', 64)}
tokenizers==0.13.3 --hash=sha256:${k.noise('hex', 64)}
`,
  },
  {
    path: 'go.sum',
    text: (k) => `github.com/golang-jwt/jwt/v5 v5.0.0 h1:${k.noise('base64', 43)}=
github.com/golang-jwt/jwt/v5 v5.0.0/go.mod h1:${k.noise('base64', 43)}=
golang.org/x/crypto v0.12.0 h1:${k.noise('base64', 43)}=
github.com/zalando/go-keyring v0.2.3 h1:${k.noise('base64', 43)}=
github.com/aws/secrets-manager v1.0.0-20230811190921-${k.noise('hex', 12)} h1:${k.noise('base64', 43)}=
`,
  },
  {
    path: 'Cargo.lock',
    text: (k) => `[[package]]
name = "secrecy"
version = "0.8.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "${k.noise('hex', 64)}"

[[package]]
name = "token-parser"
version = "0.2.1"
source = "git+https://github.com/acme/token-parser?rev=a1b2c3#${k.noise('hex', 40)}"
`,
  },
  {
    path: 'Gemfile.lock',
    text: (k) => `GIT
  remote: https://github.com/acme/secret_store.git
  revision: ${k.noise('hex', 40)}
  specs:
    secret_store (1.2.0)

CHECKSUMS
  bcrypt (3.1.19) sha256=${k.noise('hex', 64)}
  jwt (2.7.1) sha256=${k.noise('hex', 64)}
`,
  },
  {
    path: 'flake.lock',
    text: (
      k,
    ) => `{ "nodes": { "nixpkgs": { "locked": { "lastModified": 1692084312, "narHash": "sha256-${k.noise('base64', 43)}=", "owner": "NixOS", "repo": "nixpkgs", "rev": "${k.noise('hex', 40)}", "type": "github" } } }, "root": "root", "version": 7 }
`,
  },
  {
    path: 'SHA256SUMS',
    text: (k) => `${k.noise('hex', 64)}  secret-tool_0.21_amd64.deb
${k.noise('hex', 64)} *password-manager-1.0.tar.gz
${k.noise('hex', 64)}  api-key-rotator.zip
MD5 (token.img) = ${k.noise('hex', 32)}
SHA1(keys.tar)= ${k.noise('hex', 40)}
`,
  },
  {
    path: 'images/Dockerfile.pinned',
    text: (k) => `FROM hashicorp/vault@sha256:${k.noise('hex', 64)}
ARG VAULT_SHA256=${k.noise('hex', 64)}
ENV KEY_FINGERPRINT=${k.noise('HEX', 40)}
ADD --checksum=sha256:${k.noise('hex', 64)} https://acme.dev/token-helper.tgz /
RUN gpg --recv-keys ${k.noise('HEX', 40)} && apt-key adv --keyserver keyserver.ubuntu.com --recv ${k.noise('HEX', 16)}
`,
  },
  {
    path: 'infra/.terraform.lock.hcl',
    text: (k) => `provider "registry.terraform.io/hashicorp/vault" {
  version = "3.19.0"
  hashes = [
    "h1:${k.noise('base64', 43)}=",
    "zh:${k.noise('hex', 64)}",
    "zh:${k.noise('hex', 64)}",
  ]
}
`,
  },
  {
    path: '.pre-commit-config.yaml',
    text: (k) => `repos:
  - repo: https://github.com/Yelp/detect-secrets
    rev: ${k.noise('hex', 40)}
    hooks: [{ id: detect-secrets, args: ['--baseline', '.secrets.baseline'] }]
`,
  },
  {
    path: '.secrets.baseline',
    text: (k) => `{
  "results": {
    "config/app.yml": [
      { "type": "Secret Keyword", "filename": "config/app.yml", "hashed_secret": "${k.noise('hex', 40)}", "is_verified": false, "line_number": 12 },
      { "type": "Base64 High Entropy String", "hashed_secret": "${k.noise('hex', 40)}", "line_number": 31 }
    ]
  }
}
`,
  },
  {
    path: 'public/index.html',
    text: (k) => `<!doctype html>
<script src="https://cdn.example.net/auth.js" integrity="sha384-${k.noise('base64', 64)}" crossorigin="anonymous"></script>
<link rel="stylesheet" href="/css/app.${k.noise('hex', 20)}.css">
<meta http-equiv="Content-Security-Policy" content="script-src 'sha256-${k.noise('base64', 43)}='">
<meta name="google-site-verification" content="${k.noise('url', 43)}">
`,
  },
  {
    path: 'CHANGES.txt',
    text: (k) => `commit ${k.noise('hex', 40)}
    Rotate the api key of the mailer (see ${k.noise('hex', 8)})

commit ${k.noise('hex', 40)}
    Do not log the password; this reverts ${k.noise('hex', 40)}.
`,
  },
  {
    path: 'android/gradle/verification-metadata.xml',
    text: (k) => `<component group="com.auth0" name="java-jwt" version="4.4.0">
  <artifact name="java-jwt-4.4.0.jar">
    <sha256 value="${k.noise('hex', 64)}" origin="Generated by Gradle"/>
  </artifact>
  <trusted-key id="${k.noise('HEX', 40)}" group="com.auth0"/>
</component>
`,
  },
  {
    path: 'ios/Podfile.lock',
    text: (k) => `SPEC CHECKSUMS:
  KeychainAccess: ${k.noise('hex', 40)}
  GoogleTokenStorage: ${k.noise('hex', 40)}

PODFILE CHECKSUM: ${k.noise('hex', 40)}
COCOAPODS: 1.12.1
`,
  },
];
