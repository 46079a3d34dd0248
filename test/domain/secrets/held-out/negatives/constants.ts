// Constants of algorithms, test vectors, alphabets and version pins.
import type { Sample } from '../sample.ts';

export const CONSTANTS: readonly Sample[] = [
  {
    path: 'src/crypto/sha256.c',
    text: (k) => `static const uint32_t K[64] = {
    ${k.trap('0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5')},
};
/* SHA-256("abc") */
static const char *digest = "${k.trap('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')}";
static const char *empty_md5 = "${k.trap('d41d8cd98f00b204e9800998ecf8427e')}";
`,
  },
  {
    path: 'test/vectors/aes.go',
    text: (k) => `var aesVectors = []struct{ key, plaintext, ciphertext string }{
	{"${k.trap('2b7e151628aed2a6abf7158809cf4f3c')}", "${k.trap('6bc1bee22e409f96e93d7e117393172a')}", "${k.trap('3ad77bb40d7a3660a89ecaf32466ef97')}"},
	{"${k.trap('000102030405060708090a0b0c0d0e0f')}", "${k.trap('00112233445566778899aabbccddeeff')}", "${k.trap('69c4e0d86a7b0430d8cdb78070b4c55a')}"},
}
`,
  },
  {
    path: 'test/vectors/hmac.py',
    text: (k) => `# RFC 4231
CASES = [
    (b"\\x0b" * 20, b"Hi There", "${k.trap('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7')}"),
    (b"Jefe", b"what do ya want for nothing?", "${k.trap('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')}"),
]
KEY_HEX = "${k.trap('0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b')}"
`,
  },
  {
    path: 'src/ecc/curve.ts',
    text: (k) => `export const secp256k1 = {
  p: 0x${k.trap('fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f')}n,
  n: BigInt('0x${k.trap('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')}'),
  Gx: '${k.trap('79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')}',
  Gy: '${k.trap('483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8')}',
};
`,
  },
  {
    path: 'src/encoding/alphabets.js',
    text: (k) => `const BASE58 = '${k.trap('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')}';
const BASE64URL = "${k.trap('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')}";
const KEY_STR = '${k.trap('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=')}';
const TOKEN_CHARS = '${k.trap('abcdefghijklmnopqrstuvwxyz0123456789')}';
const NANOID = "${k.trap('useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict')}";
const PASSWORD_SYMBOLS = '${k.trap('!@#$%^&*()_+-=[]{}|;:,.<>?')}';
`,
  },
  {
    path: 'src/ws/handshake.py',
    text: (k) => `WEBSOCKET_KEY_GUID = "${k.trap('258EAFA5-E914-47DA-95CA-C5AB0DC85B11')}"
SAMPLE = {"Sec-WebSocket-Key": "${k.trap('dGhlIHNhbXBsZSBub25jZQ==')}", "Sec-WebSocket-Accept": "${k.trap('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')}"}
`,
  },
  {
    path: 'test/blockchain/accounts.js',
    text: (k) => `// the first account of every local Hardhat node, known to everybody
const HARDHAT = { address: '${k.trap('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')}' };
const ZERO = '${k.trap('0x0000000000000000000000000000000000000000000000000000000000000000')}';
const TRANSFER_TOPIC = '${k.trap('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')}';
const EMPTY_CODE_HASH = "${k.trap('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')}";
`,
  },
  {
    path: 'versions.toml',
    text: (k) => `[versions]
token-bucket = "${k.trap('1.7.0-alpha.20230811')}"
secret-manager = "${k.trap('^4.2.1')}"
keycloak = "${k.trap('22.0.1.Final')}"
password4j = "${k.trap('1.7.3')}"
api-key-lib = { version = "${k.trap('0.14.2-beta+sha.5114f85')}", rev = "${k.noise('hex', 40)}" }
`,
  },
  {
    path: 'src/net/oids.h',
    text: (k) => `#define OID_PBES2 "${k.trap('1.2.840.113549.1.5.13')}"
#define KEY_USAGE "${k.trap('digitalSignature,keyEncipherment')}"
#define DEFAULT_CIPHER "${k.trap('TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384')}"
#define SECRET_HANDSHAKE_KEX "${k.trap('curve25519-sha256@libssh.org')}"
#define TOKEN_SEPARATORS "${k.trap('()<>@,;:/[]?={}')}"
`,
  },
  {
    path: 'config/feature-keys.yml',
    text: (k) => `feature_key: ${k.trap('checkout.new-payment-page')}
cache_key: ${k.trap('v2:user:profile:summary')}
partition_key: ${k.trap('tenantId')}
primary_key: ${k.trap('order_id,line_no')}
sort_key: ${k.trap('createdAt#orderId')}
key_prefix: ${k.trap('acme_production_sessions')}
access_key_rotation: ${k.trap('enabled-every-90-days')}
token_endpoint_auth_method: ${k.trap('client_secret_post')}
secret_backend: ${k.trap('kubernetes-external-secrets')}
password_policy: ${k.trap('alphanumeric-with-symbols')}
password_encryption: ${k.trap('scram-sha-256')}
`,
  },
  {
    path: 'ui/shortcuts.json',
    text: (k) => `[ { "key": "${k.trap('ctrl+k ctrl+shift+s')}", "command": "secrets.open" },
  { "key": "${k.trap('workbench.action.quickOpen')}", "when": "editorTextFocus && !tokenVisible" },
  { "storageKey": "${k.trap('persist:root:authentication')}", "tokenKey": "${k.trap('access_token')}" } ]
`,
  },
  {
    path: 'src/urls.ts',
    text: (k) => `export const AUTH_URL = 'https://login.microsoftonline.com/${k.uuid()}/oauth2/v2.0/token';
export const TOKEN_ENDPOINT = "${k.trap('https://oauth2.googleapis.com/token?grant_type=refresh_token')}";
export const SSH = 'ssh://${k.trap('git')}@github.com:22/acme/web.git';
export const NPM = '${k.trap('npm:@acme/secrets@1.2.3')}';
export const MAIL = 'mailto:${k.trap('security@acme.dev?subject=password')}';
export const TEL = "sip:${k.trap('100:5060')}@pbx.acme.dev";
export const EXAMPLE = 'http://${k.trap('user:password')}@example.com:8080';
`,
  },
];
