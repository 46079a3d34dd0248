// Source files in ten languages and the shells, as people write credentials into them.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is between quotes is text of other languages.
import type { Random } from '../support/random.ts';
import { camel, dotted, type Entry, type Frame, kebab, pascal, snake } from './labelled.ts';

type Way = (entry: Entry) => string;

/** One of these ways to write an entry. */
export const ways =
  (...all: readonly Way[]) =>
  (entry: Entry, random: Random): string =>
    random.pick(all)(entry);

const typescript: Frame = {
  path: 'src/clients/setup.ts',
  head: "import { createHash, randomUUID } from 'node:crypto';\n\nexport interface Session { token: string; userId: string; passwordHash?: Buffer }\n\n",
  tail: "\nexport function isKey(key: string): boolean {\n  return key.length > 0 && !key.startsWith('_');\n}\n",
  filler: [
    'const keys = Object.keys(options).filter((key) => key !== undefined);\n',
    'for (const token of tokenizer.tokens()) if (token.kind === SyntaxKind.Identifier) visit(token);\n',
    "if (password !== confirmPassword) errors.push({ field: 'password', message: t('errors.passwords.mismatch') });\n",
    'const secret = await vault.read(path);\n',
    "const apiKey = process.env.API_KEY ?? config.get('apiKey');\n",
    'function hash(password: string, salt = randomBytes(16)): string { return scryptSync(password, salt, 64).toString("hex"); }\n',
    "const sessionToken = request.cookies['session_token'] as string | undefined;\n",
    'type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };\n',
    "router.post('/auth/token/refresh', requireAuth, async (req, res) => res.json(await refresh(req.body.refreshToken)));\n",
    'const AUTH_HEADER_PREFIX = "Bearer ";\n',
  ],
  entry: ways(
    ({ name, value }) => `const ${camel(name)} = '${value}';\n`,
    ({ name, value }) => `export const ${name} = "${value}";\n`,
    ({ name, value }) => `  ${camel(name)}: '${value}',\n`,
    ({ name, value }) => `process.env.${name} = "${value}";\n`,
    ({ name, value }) => `const client = new Client({ region: 'eu-west-1', ${camel(name)}: "${value}" });\n`,
    ({ name, value }) => `const ${camel(name)}: string = process.env.${name} || '${value}';\n`,
  ),
};

const python: Frame = {
  path: 'app/settings.py',
  head: '"""Settings."""\nimport hashlib\nimport os\nfrom typing import Optional\n\n',
  tail: '\n\ndef main() -> None:\n    run()\n',
  filler: [
    'def get_token(self, key: str, default: Optional[str] = None) -> str:\n    return self._tokens.get(key, default)\n',
    'password = getpass.getpass("Password: ")\n',
    'SECRET_KEY = os.environ["SECRET_KEY"]\n',
    'api_key = config.get("service", "api_key", fallback=None)\n',
    'tokens = tokenizer.encode(text, add_special_tokens=True)\n',
    'digest = hashlib.sha256(password.encode("utf-8")).hexdigest()\n',
    'headers = {"Authorization": f"Bearer {access_token}"}\n',
    'parser.add_argument("--token", help="API token", required=True)\n',
    'assert key in mapping, f"missing key {key!r}"\n',
  ],
  entry: ways(
    ({ name, value }) => `${name} = "${value}"\n`,
    ({ name, value }) => `os.environ["${name}"] = '${value}'\n`,
    ({ name, value }) => `client = Client(timeout=30, ${snake(name)}="${value}")\n`,
    ({ name, value }) => `    "${snake(name)}": "${value}",\n`,
    ({ name, value }) => `${snake(name)} = os.getenv("${name}", "${value}")\n`,
    ({ name, value }) => `self.${snake(name)} = '${value}'  # rotate\n`,
  ),
};

const go: Frame = {
  path: 'internal/config/config.go',
  head: 'package config\n\nimport (\n\t"os"\n\t"crypto/sha256"\n)\n\n',
  tail: '\nfunc init() { register(defaultConfig) }\n',
  filler: [
    'type Token struct {\n\tAccessToken string `json:"access_token"`\n\tKeyID string `json:"key_id"`\n}\n',
    'func (c *Client) SetAuthToken(token string) { c.token = token }\n',
    'password := os.Getenv("DB_PASSWORD")\n',
    'if secret == "" {\n\treturn errors.New("config: secret must be set")\n}\n',
    'key, err := rsa.GenerateKey(rand.Reader, 2048)\n',
    'for key, value := range headers {\n\treq.Header.Set(key, value)\n}\n',
  ],
  entry: ways(
    ({ name, value }) => `const ${camel(name)} = "${value}"\n`,
    ({ name, value }) => `\t${pascal(name)}: "${value}",\n`,
    ({ name, value }) => `os.Setenv("${name}", "${value}")\n`,
    ({ name, value }) => `var ${pascal(name)} string = "${value}"\n`,
    ({ name, value }) => `${camel(name)} := \`${value}\`\n`,
  ),
};

const java: Frame = {
  path: 'src/main/java/com/acme/app/Config.java',
  head: 'package com.acme.app;\n\nimport java.util.Properties;\n\npublic final class Config {\n',
  tail: '}\n',
  filler: [
    '    private final PasswordEncoder passwordEncoder;\n',
    '    public static final String TOKEN_HEADER = "X-Auth-Token";\n',
    '    char[] password = System.console().readPassword("Password: ");\n',
    '    String apiKey = System.getenv("API_KEY");\n',
    '    Map<String, SecretKeySpec> keys = new HashMap<>();\n',
    '    @JsonProperty("access_token") private String accessToken;\n',
    '    if (!token.equals(expectedToken)) throw new InvalidTokenException("token.mismatch");\n',
  ],
  entry: ways(
    ({ name, value }) => `    private static final String ${name} = "${value}";\n`,
    ({ name, value }) => `    properties.setProperty("${dotted(name)}", "${value}");\n`,
    ({ name, value }) => `    @Value("\${${dotted(name)}:}") String a; String ${camel(name)} = "${value}";\n`,
    ({ name, value }) => `    builder.${camel(name)}("${value}").build();\n`,
  ),
};

const csharp: Frame = {
  path: 'src/Acme.Api/Options.cs',
  head: 'using System;\n\nnamespace Acme.Api\n{\n    public class Options\n    {\n',
  tail: '    }\n}\n',
  filler: [
    '        public CancellationToken CancellationToken { get; init; } = default;\n',
    '        [Required] public string Password { get; set; } = string.Empty;\n',
    '        var key = configuration["Storage:AccountKey"];\n',
    '        private readonly ITokenService _tokenService;\n',
    '        [assembly: InternalsVisibleTo("Tests, PublicKeyToken=31bf3856ad364e35")]\n',
  ],
  entry: ways(
    ({ name, value }) => `        public const string ${pascal(name)} = "${value}";\n`,
    ({ name, value }) => `        var ${camel(name)} = @"${value}";\n`,
    ({ name, value }) => `        Environment.SetEnvironmentVariable("${name}", "${value}");\n`,
    ({ name, value }) => `        public string ${pascal(name)} { get; set; } = "${value}";\n`,
  ),
};

const ruby: Frame = {
  path: 'config/initializers/services.rb',
  head: '# frozen_string_literal: true\n\nServices.configure do |config|\n',
  tail: 'end\n',
  filler: [
    '  config.secret_key_base = Rails.application.credentials.secret_key_base\n',
    '  validates :password, presence: true, length: { minimum: 8 }\n',
    "  token = ENV.fetch('SERVICE_TOKEN')\n",
    '  params.require(:user).permit(:email, :password, :password_confirmation, :api_token)\n',
    '  key = SecureRandom.hex(32)\n',
  ],
  entry: ways(
    ({ name, value }) => `  config.${snake(name)} = '${value}'\n`,
    ({ name, value }) => `  ENV['${name}'] ||= '${value}'\n`,
    ({ name, value }) => `  ${name} = "${value}"\n`,
    ({ name, value }) => `  :${snake(name)} => "${value}",\n`,
    ({ name, value }) => `  client = Client.new(${snake(name)}: '${value}')\n`,
  ),
};

const php: Frame = {
  path: 'app/config.php',
  head: '<?php\n\nreturn [\n',
  tail: '];\n',
  filler: [
    "    'password' => env('DB_PASSWORD', ''),\n",
    "    'key' => env('APP_KEY'),\n",
    "    'auth' => ['guard' => 'web', 'passwords' => 'users'],\n",
    "    'csrf_token' => csrf_token(),\n",
    "    'token_lifetime' => 3600,\n",
  ],
  entry: ways(
    ({ name, value }) => `    '${snake(name)}' => '${value}',\n`,
    ({ name, value }) => `define('${name}', '${value}');\n`,
    ({ name, value }) => `$${camel(name)} = "${value}";\n`,
    ({ name, value }) => `putenv('${name}=${value}');\n`,
  ),
};

const rust: Frame = {
  path: 'src/config.rs',
  head: "use std::env;\n\npub struct Token<'a> { pub kind: TokenKind, pub text: &'a str }\n\n",
  tail: '\n#[cfg(test)]\nmod tests {}\n',
  filler: [
    'let password = env::var("DB_PASSWORD").expect("DB_PASSWORD must be set");\n',
    'let key = Key::<Aes256Gcm>::from_slice(&bytes);\n',
    'while let Some(token) = lexer.next_token() { tokens.push(token); }\n',
    'pub fn secret(&self) -> &SecretString { &self.secret }\n',
  ],
  entry: ways(
    ({ name, value }) => `const ${name}: &str = "${value}";\n`,
    ({ name, value }) => `let ${snake(name)} = "${value}".to_string();\n`,
    ({ name, value }) => `        ${snake(name)}: String::from("${value}"),\n`,
    ({ name, value }) => `static ${name}: &'static str = "${value}";\n`,
  ),
};

const kotlin: Frame = {
  path: 'app/src/main/java/com/acme/Keys.kt',
  head: 'package com.acme\n\nobject Keys {\n',
  tail: '}\n',
  filler: [
    '    val token = intent.getStringExtra(EXTRA_TOKEN) ?: return\n',
    '    private val passwordInput by lazy { findViewById<EditText>(R.id.password) }\n',
    '    fun key(id: Int): String = resources.getString(id)\n',
  ],
  entry: ways(
    ({ name, value }) => `    const val ${name} = "${value}"\n`,
    ({ name, value }) => `    private val ${camel(name)}: String = "${value}"\n`,
    ({ name, value }) => `    buildConfigField("String", "${name}", "\\"${value}\\"")\n`,
  ),
};

const swift: Frame = {
  path: 'Sources/App/Secrets.swift',
  head: 'import Foundation\n\nenum Secrets {\n',
  tail: '}\n',
  filler: [
    '    @State private var password = ""\n',
    '    let token = UserDefaults.standard.string(forKey: "token")\n',
    '    SecureField("Password", text: $password)\n',
  ],
  entry: ways(
    ({ name, value }) => `    static let ${camel(name)} = "${value}"\n`,
    ({ name, value }) => `    let ${camel(name)}: String = "${value}"\n`,
  ),
};

const shell: Frame = {
  path: 'scripts/deploy.sh',
  head: '#!/usr/bin/env bash\nset -euo pipefail\n\n',
  tail: '\nexec "$@"\n',
  filler: [
    'TOKEN=$(curl -s "$URL/token" | jq -r .access_token)\n',
    'read -rsp "Password: " PASSWORD\n',
    ': "${API_KEY:?API_KEY is not set}"\n',
    'export SECRET_KEY="${SECRET_KEY:-}"\n',
    'docker login -u "$USER" --password-stdin <<<"$TOKEN"\n',
    'ssh -i ~/.ssh/deploy_key -o StrictHostKeyChecking=no "$HOST"\n',
  ],
  entry: ways(
    ({ name, value }) => `export ${name}="${value}"\n`,
    ({ name, value }) => `${name}='${value}'\n`,
    ({ name, value }) => `${name}="${value}" ./run.sh --verbose\n`,
    ({ name, value }) => `./configure --${kebab(name)}="${value}"\n`,
    ({ name, value }) => `curl -fsS -H "X-${kebab(name)}: ${value}" https://api.internal/v1/things\n`,
  ),
};

const powershell: Frame = {
  path: 'build/publish.ps1',
  head: 'param([string]$Configuration = "Release")\n\n',
  tail: '\nExit $LASTEXITCODE\n',
  filler: [
    '$token = Get-Content $TokenPath\n',
    '$credential = Get-Credential -Message "Password"\n',
    '$key = [Environment]::GetEnvironmentVariable("SIGNING_KEY")\n',
  ],
  entry: ways(
    ({ name, value }) => `$env:${name} = "${value}"\n`,
    ({ name, value }) => `$${pascal(name)} = '${value}'\n`,
  ),
};

/** `{a:1,b:"…"}` without a line break. */
const minified: Frame = {
  path: 'dist/app.min.js',
  head: '!function(e,t){"object"==typeof exports?module.exports=t():e.App=t()}(this,function(){"use strict";',
  tail: '});\n',
  filler: [
    'var n=function(e){return e.key||e.keyCode},r=Object.keys(t).map(function(e){return t[e]});',
    'if("password"===e.type&&e.value.length<8)return!1;',
    'function o(e,t){return void 0===t&&(t={}),fetch(e,{headers:{Authorization:"Bearer "+t.token}})}',
    'i.token=a.accessToken,i.key=a.key,i.secret=u(a.secret);',
    'var k="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/=";',
  ],
  entry: ways(
    ({ name, value }) => `var c={${camel(name)}:"${value}",debug:!1};`,
    ({ name, value }) => `window.${name}="${value}";`,
    ({ name, value }) => `s("${kebab(name)}","${value}");`,
  ),
};

export const CODE_FRAMES: readonly Frame[] = [
  typescript,
  python,
  go,
  java,
  csharp,
  ruby,
  php,
  rust,
  kotlin,
  swift,
  shell,
  powershell,
  minified,
];
