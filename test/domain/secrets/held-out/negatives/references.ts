// Names of places where a secret is kept, in many languages and template syntaxes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what other languages put in for a name
import type { Sample } from '../sample.ts';

export const REFERENCES: readonly Sample[] = [
  {
    path: 'src/config/env.ts',
    text: (k) => `export const config = {
  apiKey: ${k.trap('process.env.API_KEY!')},
  dbPassword: ${k.trap("process.env['DB_PASSWORD'] ?? ''")},
  token: ${k.trap('import.meta.env.VITE_TOKEN')},
  secret: ${k.trap('await secrets.get("jwt-signing-secret")')},
  password: ${k.trap('options.password || defaults.password')},
  clientSecret: ${k.trap("this.configService.get<string>('auth.google.clientSecret')")},
  url: \`postgres://\${user}:\${${k.trap('encodeURIComponent(password)')}}@\${host}/\${db}\`,
};
`,
  },
  {
    path: 'app/settings_env.py',
    text: (k) => `SECRET_KEY = ${k.trap('os.environ["SECRET_KEY"]')}
DB_PASSWORD = ${k.trap("env.str('DATABASE_PASSWORD', default=None)")}
API_TOKEN = ${k.trap('config("API_TOKEN", cast=str)')}
password = ${k.trap("getpass.getpass('Password: ')")}
token = ${k.trap('keyring.get_password("service", username)')}
auth = (${k.trap('settings.JIRA_USER, settings.JIRA_PASSWORD')})
dsn = f"mysql://{user}:${k.trap('{password}')}@{host}/{name}"
headers = {"Authorization": f"Bearer ${k.trap('{self.access_token}')}"}
`,
  },
  {
    path: '.github/workflows/ci.yml',
    text: (k) => `env:
  NPM_TOKEN: ${k.trap('${{ secrets.NPM_TOKEN }}')}
  AWS_SECRET_ACCESS_KEY: ${k.trap('${{ secrets.AWS_SECRET_ACCESS_KEY }}')}
permissions:
  id-token: ${k.trap('write')}
jobs:
  t:
    steps:
      - uses: actions/cache@${k.noise('hex', 40)}
        with:
          key: ${k.trap("${{ runner.os }}-node-${{ hashFiles('**/package-lock.json') }}")}
          restore-keys: ${k.trap('linux-node-modules-')}
      - run: echo "$\{TOKEN}" | docker login --username ci --password-stdin
`,
  },
  {
    path: 'ci/jenkins/Jenkinsfile.deploy',
    text: (
      k,
    ) => `withCredentials([usernamePassword(credentialsId: '${k.trap('nexus-deploy-credentials')}', usernameVariable: 'U', passwordVariable: '${k.trap('NEXUS_PASSWORD')}')]) {
  sh 'curl -u $U:${k.trap('$NEXUS_PASSWORD')} https://nexus.acme.dev'
}
environment { TOKEN = ${k.trap("credentials('github-bot-token')")} }
`,
  },
  {
    path: 'deploy/compose.yaml',
    text: (k) => `services:
  db:
    environment:
      POSTGRES_PASSWORD: ${k.trap('${POSTGRES_PASSWORD:?must be set}')}
      MYSQL_PASSWORD_FILE: ${k.trap('/run/secrets/mysql_password')}
      URL: postgres://app:${k.trap('${DB_PASSWORD}')}@db/app
      API_KEY: ${k.trap('${API_KEY:-}')}
secrets:
  mysql_password:
    file: ${k.trap('./secrets/mysql_password.txt')}
`,
  },
  {
    path: 'helm/templates/secret.yaml',
    text: (k) => `apiVersion: v1
kind: Secret
data:
  password: ${k.trap('{{ .Values.auth.password | b64enc | quote }}')}
  token: ${k.trap('{{ randAlphaNum 32 | b64enc }}')}
stringData:
  url: postgres://{{ .Values.user }}:${k.trap('{{ .Values.password }}')}@db/app
  apiKey: ${k.trap('<path:secret/data/app#apiKey>')}
`,
  },
  {
    path: 'k8s/env-from.yaml',
    text: (k) => `env:
  - name: DB_PASSWORD
    valueFrom:
      secretKeyRef:
        name: ${k.trap('crm-database-credentials')}
        key: ${k.trap('db-password-v2')}
  - name: TOKEN_PATH
    value: ${k.trap('/var/run/secrets/kubernetes.io/serviceaccount/token')}
`,
  },
  {
    path: 'infra/secrets.tf',
    text: (k) => `resource "aws_db_instance" "db" {
  password = ${k.trap('random_password.db.result')}
}
variable "db_password" {
  type      = string
  sensitive = true
}
locals {
  token  = ${k.trap('data.vault_generic_secret.app.data["token"]')}
  secret = "${k.trap('${var.prefix}-${var.env}-secret')}"
  key_arn = "${k.trap('arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm/db-Ab12Cd')}"
}
`,
  },
  {
    path: 'ansible/roles/db/tasks/main.yml',
    text: (k) => `- mysql_user:
    name: app
    password: "${k.trap('{{ vault_mysql_app_password }}')}"
    login_password: '${k.trap("{{ lookup('env', 'MYSQL_ROOT_PASSWORD') }}")}'
- set_fact:
    api_token: "${k.trap("{{ lookup('hashi_vault', 'secret=secret/app:token') }}")}"
`,
  },
  {
    path: 'src/main/resources/application-env.properties',
    text: (k) => `spring.datasource.password=${k.trap('${DB_PASSWORD}')}
jwt.secret=${k.trap('${JWT_SECRET:}')}
vault.token=${k.trap('@vault.token@')}
mail.password=${k.trap('ENC(8fK2lQp0Zt7Rw3Ns5Vx9Yb1C)')}
api.key=${k.trap('%API_KEY%')}
`,
  },
  {
    path: 'scripts/env.sh',
    text: (
      k,
    ) => `export DB_PASSWORD=${k.trap('$(aws secretsmanager get-secret-value --secret-id crm --query SecretString)')}
TOKEN=${k.trap('$(cat /run/secrets/token)')}
PASS=\`${k.trap('pass show web/admin')}\`
SECRET="${k.trap('${1:-$DEFAULT_SECRET}')}"
read -rsp "Password: " PASSWORD
mysql -u root -p"${k.trap('$MYSQL_ROOT_PASSWORD')}" crm
curl -H "Authorization: Bearer ${k.trap('$TOKEN')}" -u "${k.trap('$USER:$PASS')}" https://api.acme.dev
OP_TOKEN=${k.trap('op://prod/api/credential')}
KEY=${k.trap('keyvault:acme-kv/api-key')}
`,
  },
  {
    path: 'src/Config.php',
    text: (k) => `<?php
return [
    'key' => ${k.trap("env('APP_KEY')")},
    'password' => ${k.trap("getenv('DB_PASSWORD') ?: ''")},
    'secret' => ${k.trap('$_ENV["APP_SECRET"]')},
    'dsn' => 'mysql://' . $user . ':' . ${k.trap('$password')} . '@localhost',
    'token' => ${k.trap('$this->container->getParameter("api_token")')},
];
`,
  },
  {
    path: 'src/Config.cs',
    text: (k) => `var password = ${k.trap('Environment.GetEnvironmentVariable("DB_PASSWORD")')};
var secret = ${k.trap('builder.Configuration["Jwt:SigningSecret"]')};
var cs = $"Server=db;User Id={user};Password=${k.trap('{password}')};";
var key = ${k.trap('await client.GetSecretAsync("payments-api-key")')};
options.ClientSecret = ${k.trap('Configuration.GetSection("Auth:Google").GetValue<string>("ClientSecret")')};
`,
  },
  {
    path: 'lib/config.rb',
    text: (k) => `password = ${k.trap("ENV.fetch('DB_PASSWORD') { raise 'unset' }")}
secret_key_base = ${k.trap('Rails.application.credentials.secret_key_base')}
token: ${k.trap('<%= ENV["API_TOKEN"] %>')}
url = "amqp://#{user}:${k.trap('#{password}')}@mq"
config.secret = ${k.trap('Rails.application.secret_key_base')}
`,
  },
  {
    path: 'cmd/config.go',
    text: (k) => `password := ${k.trap('os.Getenv("DB_PASSWORD")')}
cfg.Token = ${k.trap('viper.GetString("github.token")')}
dsn := fmt.Sprintf("postgres://%s:${k.trap('%s')}@%s/%s", user, password, host, name)
secret, err := ${k.trap('client.AccessSecretVersion(ctx, req)')}
flag.StringVar(&apiKey, "api-key", "", "${k.trap('key for the API, see the docs')}")
`,
  },
  {
    path: 'src/config.rs',
    text: (k) => `let password = ${k.trap('std::env::var("DB_PASSWORD").expect("DB_PASSWORD must be set")')};
let token = ${k.trap('env!("BUILD_TOKEN")')};
let url = format!("redis://:{}@{}", ${k.trap('password')}, host);
let secret: SecretString = ${k.trap('settings.get_string("auth.secret")?.into()')};
`,
  },
  {
    path: 'conf/prod.conf',
    text: (k) => `db.default.password = ${k.trap('${?DB_PASSWORD}')}
play.http.secret.key = ${k.trap('${?APPLICATION_SECRET}')}
aws.secret = ${k.trap('"ssm:/prod/aws/secret"')}
token = ${k.trap('"vault:secret/data/app#token"')}
password = ${k.trap('!ENV ${PASSWORD}')}
`,
  },
];
