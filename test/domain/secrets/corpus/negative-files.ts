// Whole files without a secret in them that are full of what looks like one.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is between quotes is text of other languages.
import { generateKeyPairSync } from 'node:crypto';
import type { Random } from '../support/random.ts';
import type { LabelledFile } from './labelled.ts';
import { written } from './notation.ts';

interface Negative {
  readonly path: string;
  readonly head: string;
  /** Lines in notation, again and again with other values. */
  readonly lines: readonly string[];
  readonly tail: string;
}

const N = (path: string, head: string, lines: readonly string[], tail = ''): Negative => ({ path, head, lines, tail });

const NEGATIVES: readonly Negative[] = [
  N(
    'package-lock.json',
    '{ "lockfileVersion": 3, "packages": {\n',
    [
      '    "node_modules/token-<ln:5>": { "version": "1.2.3", "resolved": "https://npm.acme.dev/token-types/-/token-types-6.0.0.tgz", "integrity": "sha512-<b64:86>==" },\n',
      '    "node_modules/secret-<ln:5>": { "version": "0.4.1", "integrity": "sha1-<b64:27>=" },\n',
    ],
    '  "": {} } }\n',
  ),
  N('yarn.lock', '# yarn lockfile v1\n\n', [
    '"@auth/token-<ln:4>@^1.0.0":\n  version "1.0.3"\n  resolved "https://registry.yarnpkg.com/x/-/x-1.0.3.tgz#<h:40>"\n  integrity sha512-<b64:86>==\n\n',
  ]),
  N('go.sum', '', [
    'github.com/acme/keys-<ln:4> v1.2.3 h1:<b64:43>=\n',
    'github.com/acme/token v0.1.0/go.mod h1:<b64:43>=\n',
  ]),
  N('Cargo.lock', 'version = 3\n\n', [
    '[[package]]\nname = "secrecy-<ln:4>"\nversion = "0.8.0"\nchecksum = "<h:64>"\n\n',
  ]),
  N('poetry.lock', '', [
    '[[package]]\nname = "keyring"\nfiles = [\n    {file = "keyring-23.0.whl", hash = "sha256:<h:64>"},\n]\n\n',
  ]),
  N('requirements.txt', '', ['token-<ln:4>==1.2.3 \\\n    --hash=sha256:<h:64> \\\n    --hash=sha256:<h:64>\n']),
  N('.github/workflows/release.yml', 'jobs:\n  a:\n    steps:\n', [
    '      - uses: acme/auth-action@<h:40> # v2.1.0\n        with:\n          token: ${{ secrets.GITHUB_TOKEN }}\n          api-key: ${{ secrets.API_KEY }}\n',
    '      - uses: docker://alpine@sha256:<h:64>\n',
  ]),
  N(
    'locales/en.json',
    '{\n',
    [
      '  "password.<ln:6>": "Your password has expired, please choose another one",\n',
      '  "token.invalid.<ln:4>": "The token is invalid: request another one at {{url}}",\n',
      '  "apiKey.title.<ln:4>": "API-Schlüssel (geheim)",\n',
      '  "secret.help": "PasswordMustContainUppercaseLowercaseAndDigits",\n',
    ],
    '  "z": ""\n}\n',
  ),
  N('styles/app.css', '', [
    '.token-<h:6> { color: #<h:6>; background: url(data:image/png;base64,iVBORw0KGgo<b64:120>); }\n',
    '.password-input__icon--visible-<ln:4> { content: "\\f06e"; }\n',
  ]),
  N('src/form.tsx', '', [
    '<Input type="password" data-testid="password-input-<ln:6>" name="password" label={t("auth.password")} autoComplete="new-password" />\n',
    '<SecretField id="secret-<ln:8>" token={theme.tokens.colorPrimaryHover} key={`row-${row.id}`} />\n',
    'const password = passwordRef.current?.value ?? "";\n',
    'expect(screen.getByTestId("api-key-field-<ln:6>")).toBeVisible();\n',
  ]),
  N('types/api.d.ts', '', [
    'export interface Credentials<ln:3> { accessKeyId: string; secretAccessKey: string; password?: SensitiveStringType; apiKey: Promise<ApiKeyCredentialProvider>; }\n',
    'declare function getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;\n',
    'export declare const tokenProvider_<ln:4>: FrozenTokenIdentityProvider | undefined;\n',
  ]),
  N('src/auth.py', '', [
    'token = create_access_token(identity=user.id, expires_delta=timedelta(hours=1))\n',
    'api_key = request.headers.get("X-Api-Key", default=None)\n',
    'password = hashlib.pbkdf2_hmac("sha256", raw_password.encode(), salt, 100000)\n',
    'def authenticate(self, password: SecretStr, api_key: Optional[ApiKeyCredential] = None) -> AuthResult<ln:3>: ...\n',
    'secret_key = settings.SECRET_KEY_FALLBACKS[0]\n',
  ]),
  N('src/Main.java', '', [
    'String password = passwordField.getText().trim();\nSecretKey key = KeyGenerator.getInstance("AES/GCM/NoPadding").generateKey();\n',
    'private static final long serialVersionUID = -<d:19>L;\n',
    'String token = tokenService.issueToken(user, Duration.ofMinutes(30));\n',
    'static final String PASSWORD_KEY = "com.acme.preferences.PASSWORD_KEY_<un:4>";\n',
  ]),
  N('config/example.env', '# copy to .env\n', [
    'API_KEY=\nDB_PASSWORD=\nSECRET_KEY=generate-a-long-random-string\nJWT_SECRET=replace_me_with_a_secret\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n',
    'STRIPE_SECRET_KEY=sk_test_xxxxxxxxxxxxxxxxxxxxxxxx\nGITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxx\nDATABASE_URL=postgres://user:password@localhost:5432/app\n',
    'REDIS_URL=redis://:${REDIS_PASSWORD}@redis:6379\nSMTP_URL=smtp://USERNAME:PASSWORD@smtp.example.com:587\n',
  ]),
  N('k8s/deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\nspec:\n', [
    '        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: db-credentials-<ln:5>\n              key: password\n',
    '        - name: TOKEN_FILE\n          value: /var/run/secrets/tokens/vault-token\n',
    '      annotations:\n        checksum/secret: <h:64>\n',
  ]),
  N('README.md', '# Client\n', [
    'curl -H "Authorization: Bearer YOUR_ACCESS_TOKEN" -u user:password https://api.example.com/v1/<ln:5>\n',
    'client = Client(api_key="your_api_key", secret="your_secret")\n',
    'git clone https://<TOKEN>@github.com/acme/repo.git\n',
    'Connect with `mongodb://username:password@host:27017/db` or `https://user:pass@example.com`.\n',
    'See commit <h:40> and issue #42, sha256: <h:64>.\n',
  ]),
  N(
    'openapi.json',
    '{"paths":{\n',
    [
      '"/tokens/{token_id}":{"get":{"operationId":"getTokenByIdUsingGET_<d:3>","parameters":[{"name":"api_key","in":"header","required":true,"schema":{"type":"string","format":"password"}}],"security":[{"ApiKeyAuth":[]}]}},\n',
    ],
    '"":{}}}\n',
  ),
  N('test/ids.test.ts', '', [
    "  { id: '<uuid>', key: '<uuid>', hash: '<h:40>', sessionId: '<h:32>' },\n",
    "  const commit = '<h:40>'; const digest = 'sha256:<h:64>'; const etag = 'W/\"<h:16>\"';\n",
    "  expect(idOf(row)).toBe('<an:20>');\n",
  ]),
  N(
    'dist/app.js.map',
    '{"version":3,"sources":["a.ts"],"mappings":"',
    ['AAAA,SAAS,<an:8>,MAAM,<an:6>;AACvB,OAAO,<an:4>,<an:5>,QAAQ;'],
    '"}\n',
  ),
  N(
    'assets/logo.svg',
    '<svg xmlns="http://www.w3.org/2000/svg">\n',
    ['<path id="key-<ln:6>" d="M<d:2>.<d:2>c-1.5 2.3<d:1>-3.2.7z"/><image href="data:image/png;base64,<b64:200>="/>\n'],
    '</svg>\n',
  ),
  N('certs/ca.pem', '', [
    '-----BEGIN CERTIFICATE-----\nMIID<b64:60>\n<b64:64>\n<b64:64>\n<b64:40>==\n-----END CERTIFICATE-----\n',
  ]),
  N('authorized_keys', '', [
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ<b64:334> deploy@host\n',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<b64:43> me@laptop\n',
  ]),
  N('known_hosts', '', ['|1|<b64:27>=|<b64:27>= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<b64:43>\n']),
  N('.terraform.lock.hcl', '', [
    'provider "registry.terraform.io/hashicorp/vault" {\n  hashes = [\n    "h1:<b64:43>=",\n    "zh:<h:64>",\n  ]\n}\n',
  ]),
  N('app.log', '', [
    '2026-03-01T10:00:00Z INFO request_id=<uuid> trace=<h:32> span=<h:16> user_id=<d:8> token_type=bearer key_count=3\n',
    '2026-03-01T10:00:01Z WARN password authentication failed for user "app" (SQLSTATE 28P01) conn=<h:12>\n',
    '2026-03-01T10:00:02Z INFO verifying signature keyid=SHA256:<b64:43>\n',
  ]),
  N('schema.sql', '', [
    "CREATE TABLE api_keys_<ln:3> (id uuid PRIMARY KEY DEFAULT '<uuid>', token_hash bytea NOT NULL, password varchar(255));\n",
    "COMMENT ON COLUMN users.password IS 'bcrypt hash of the password, never the password itself';\n",
    'SELECT key, secret FROM credentials WHERE token = $1 AND password = crypt($2, password);\n',
  ]),
  N('infra/main.tf', '', [
    'resource "aws_iam_access_key" "k<ln:3>" { user = aws_iam_user.u.name }\npassword = var.db_password\nsecret_id = aws_secretsmanager_secret.db.id\napi_key = data.external.key.result["api_key"]\n',
  ]),
  N('dist/vendor.min.js', '', [
    'function <al:2>(e,t){var n=e.token,r=t.password||"";return n&&r?e.apiKey=btoa(n+":"+r):void 0}',
    'var a={key:"<ln:6>",token:l.accessToken,secret:h(c.secretKey),authKey:i.authKey.bind(this,"<an:8>")};',
    'e.exports=JSON.parse(\'{"name":"elliptic","_integrity":"sha512-<b64:86>=="}\');',
  ]),
  N('translations.properties', '', [
    'login.password.label=Password\nlogin.token.expired=Your session token has expired\nerror.secret.key.missing.<ln:4>=Secret key is missing\n',
  ]),
  N(
    'grammar.json',
    '{\n',
    [
      '"keyword.<ln:5>": { "token": "keyword.control.flow.conditional", "secretRole": "entity.name.function.decorator" },\n',
    ],
    '"": {}\n}\n',
  ),
  N('bip39.txt', '', [
    'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse\n',
  ]),
];

export const NEGATIVE_FILES = NEGATIVES.length;

export function negativeFile(number: number, random: Random): LabelledFile {
  const { path, head, lines, tail } = NEGATIVES[number % NEGATIVES.length] as Negative;
  let text = head;
  for (let count = 8 + random.next(8); count > 0; count--) text += written(random.pick(lines), random);
  return { path, bytes: Buffer.from(text + tail, 'latin1'), labels: [], isWrapped: false };
}

/** Keys that everybody may have. */
export function publicKeyFile(): LabelledFile {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
  const text = `${pem}\nexport const PUBLIC_KEY = \`${pem}\`;\nconst jwk = ${jwk};\n`;
  return { path: 'keys/public.ts', bytes: Buffer.from(text), labels: [], isWrapped: false };
}
