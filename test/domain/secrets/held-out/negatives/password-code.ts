// Code and texts about passwords, tokens and keys.
import type { Sample } from '../sample.ts';

export const PASSWORD_CODE: readonly Sample[] = [
  {
    path: 'locales/en.json',
    text: (k) => `{
  "password": "${k.trap('Password')}",
  "password_confirmation": "${k.trap('Repeat your password')}",
  "forgotPassword": "${k.trap('Forgot your password?')}",
  "passwordTooShort": "${k.trap('At least 12 characters, one of them a digit')}",
  "apiKeyLabel": "${k.trap('API key (from your account page)')}",
  "secret": "${k.trap('Client secret')}",
  "tokenExpired": "${k.trap('Your token has expired. Sign in again.')}",
  "token_placeholder": "${k.trap('Paste-your-token')}"
}
`,
  },
  {
    path: 'locales/de.yml',
    text: (k) => `de:
  devise:
    passwords:
      password: ${k.trap('Passwort')}
      new_password: ${k.trap('"Neues Passwort"')}
      secret_question: ${k.trap('Geheimfrage')}
      reset_password_token: ${k.trap('Zurücksetzungsschlüssel')}
    failure:
      invalid_token: ${k.trap('Ungültiger-Anmeldeschlüssel')}
`,
  },
  {
    path: 'locales/fr.po',
    text: (k) => `msgid "password"
msgstr "${k.trap('mot de passe')}"

msgid "Enter the secret key"
msgstr "${k.trap('Saisissez la clé secrète')}"

msgid "api_key"
msgstr "${k.trap('cle_api')}"
`,
  },
  {
    path: 'src/auth/validate.ts',
    text: (
      k,
    ) => `export const PASSWORD_PATTERN = ${k.trap('/^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d@$!%*?&]{12,}$/')};
const TOKEN_KEY = '${k.trap('auth.accessToken')}';
const PASSWORD_FIELD = "${k.trap('input[name=password]')}";
export const API_KEY_HEADER = '${k.trap('X-Acme-Api-Key')}';
const secretName = "${k.trap('prod/crm/database')}";
export type Token = { token: ${k.trap('string')}; secret?: ${k.trap('Uint8Array')} };
if (password === ${k.trap('confirmPassword')}) { user.password = ${k.trap('hashPassword(password)')}; }
const passwordPlaceholder = '${k.trap('••••••••••••')}';
`,
  },
  {
    path: 'src/lexer/tokens.rs',
    text: (k) => `pub enum Token { Ident, Number }
let token = ${k.trap('Token::Identifier(String::from("foo_bar_baz"))')};
let next_token = ${k.trap('self.scanner.peek_token()')};
assert_eq!(token.text, "${k.trap('function_declaration')}");
const KEY_BINDINGS: &str = "${k.trap('ctrl+shift+alt+F12')}";
let key = "${k.trap('editor.action.formatDocument')}";
`,
  },
  {
    path: 'templates/login.html',
    text: (k) => `<form>
  <input type="password" name="password" id="${k.trap('login-password-input')}" autocomplete="${k.trap('current-password')}" placeholder="${k.trap('Password')}">
  <input type="hidden" name="csrf_token" value="${k.trap('{{ csrf_token() }}')}">
  <label data-i18n-key="${k.trap('form.login.password.label')}">Password</label>
  <a href="/reset?token=${k.trap('{{ token }}')}">reset</a>
</form>
`,
  },
  {
    path: 'test/auth.test.js',
    text: (k) => `describe('login', () => {
  it('refuses a wrong password', async () => {
    const res = await login({ username: 'alice', password: '${k.trap('wrong-password')}' });
    expect(res.status).toBe(401);
  });
  it('takes the right one', () => login({ username: 'test', password: '${k.trap('test')}' }));
  it('needs a token', () => get('/', { token: '${k.trap('invalid-token')}' }));
  const mockToken = '${k.trap('mock-access-token')}';
  const secret = '${k.trap('test-secret')}';
  const apiKey = "${k.trap('dummy-api-key')}";
});
`,
  },
  {
    path: 'spec/models/user_spec.rb',
    text: (k) => `RSpec.describe User do
  let(:user) { build(:user, password: '${k.trap('password')}', password_confirmation: '${k.trap('password')}') }
  it { expect(user.reset_token).to eq('${k.trap('sometoken')}') }
  it { is_expected.to validate_length_of(:password).is_at_least(8).with_message('${k.trap('is too short (minimum is 8)')}') }
end
`,
  },
  {
    path: 'src/Form/LoginType.php',
    text: (k) => `<?php
$builder->add('password', ${k.trap('PasswordType::class')}, ['label' => '${k.trap('form.label.password')}']);
$token = ${k.trap('$request->headers->get("X-Auth-Token")')};
const ERROR_INVALID_PASSWORD = '${k.trap('error.invalid_password')}';
define('PASSWORD_RESET_ROUTE', '${k.trap('app_password_reset_request')}');
`,
  },
  {
    path: 'src/main/java/Login.java',
    text: (k) => `class Login {
    private static final String PASSWORD_COLUMN = "${k.trap('user_password_hash')}";
    static final String TOKEN_URL = "${k.trap('https://login.example.com/oauth2/v2.0/token')}";
    static final String SECRET_KEY_ALGORITHM = "${k.trap('PBKDF2WithHmacSHA256')}";
    static final String KEY = "${k.trap('com.acme.crm.preferences.password')}";
    void login(String password) { this.password = ${k.trap('Objects.requireNonNull(password)')}; }
    @PropertyKey(resourceBundle = "${k.trap('messages.LoginBundle')}") String key;
}
`,
  },
  {
    path: 'app/services/rotate.py',
    text: (k) => `def rotate(secret_name: str, token: ${k.trap('Optional[str]')} = None, password=${k.trap('None')}):
    password = ${k.trap("''.join(random.choices(string.ascii_letters, k=20))")}
    api_key = ${k.trap('secrets.token_urlsafe(32)')}
    logger.info("password=%s", "${k.trap('***')}")
    raise ValueError("password: ${k.trap('must-not-be-empty')}")
    SECRET_PATTERN = r"${k.trap('(?i)secret[_-]?key\\s*=\\s*[0-9a-f]{32}')}"
    parser.add_argument("--password", help="${k.trap('password-of-the-service-account')}")
`,
  },
  {
    path: 'openapi.yaml',
    text: (k) => `components:
  securitySchemes:
    ApiKeyAuth: { type: apiKey, in: header, name: ${k.trap('X-API-KEY')} }
    OAuth: { type: oauth2, tokenUrl: ${k.trap('https://auth.example.com/token')} }
  schemas:
    Login:
      properties:
        password: { type: string, format: ${k.trap('password')}, minLength: 12 }
        token: { type: string, example: ${k.trap('eyJhbGciOiJIUzI1NiJ9.example')} }
        secret: { $ref: '${k.trap('#/components/schemas/Secret')}' }
`,
  },
  {
    path: 'eslint.config.js',
    text: (k) => `export default [{
  rules: {
    'no-secrets/no-secrets': ['error', { tolerance: 4.5 }],
    'token-names': '${k.trap('camel-case-with-prefix')}',
  },
  key: '${k.trap('eslint-plugin-secrets')}',
}];
`,
  },
  {
    path: 'nginx/auth.conf',
    text: (k) => `location / {
  auth_basic "Restricted";
  auth_basic_user_file ${k.trap('/etc/nginx/.htpasswd')};
  proxy_set_header Authorization ${k.trap('$http_authorization')};
  proxy_set_header X-Token "${k.trap('$cookie_token')}";
  ssl_certificate_key ${k.trap('/etc/letsencrypt/live/acme.dev/privkey.pem')};
  ssl_password_file ${k.trap('/etc/keys/global.pass')};
}
`,
  },
  {
    path: 'sshd_config',
    text: (k) => `PasswordAuthentication ${k.trap('no')}
PermitRootLogin ${k.trap('prohibit-password')}
HostKey ${k.trap('/etc/ssh/ssh_host_ed25519_key')}
PubkeyAcceptedKeyTypes ${k.trap('ssh-ed25519,rsa-sha2-512')}
`,
  },
  {
    path: 'src/graphql/login.graphql',
    text: (k) => `mutation Login($password: ${k.trap('String!')}) {
  login(input: { password: ${k.trap('$password')}, token: ${k.trap('$token')} }) { accessToken refreshToken }
}
`,
  },
];
