// Values that stand for a secret the reader has to bring.
import type { Sample } from '../sample.ts';

export const PLACEHOLDERS: readonly Sample[] = [
  {
    path: '.env.example',
    text: (k) => `APP_KEY=${k.trap('base64:your-generated-app-key-here')}
DB_PASSWORD=${k.trap('change_me_please')}
AWS_ACCESS_KEY_ID=${k.trap('AKIAIOSFODNN7EXAMPLE')}
AWS_SECRET_ACCESS_KEY=${k.trap('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')}
GITHUB_TOKEN=${k.trap('ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')}
OPENAI_API_KEY=${k.trap('sk-your-openai-api-key-goes-here')}
STRIPE_SECRET_KEY=${k.trap('sk_live_...')}
SENDGRID_API_KEY=${k.trap('SG.your_sendgrid_key')}
SLACK_BOT_TOKEN=${k.trap('xoxb-your-bot-token-here')}
JWT_SECRET=${k.trap('super-secret-change-in-production')}
`,
  },
  {
    path: 'deploy/.env.template',
    text: (k) => `POSTGRES_PASSWORD=${k.trap('<your postgres password>')}
REDIS_URL=redis://:${k.trap('PASSWORD')}@HOST:6379
DATABASE_URL=postgres://${k.trap('USER:PASSWORD')}@HOST:PORT/DATABASE
SECRET_KEY=${k.trap('__SECRET_KEY__')}
MAIL_PASSWORD=${k.trap('@@MAIL_PASSWORD@@')}
TOKEN=${k.trap('TODO-insert-token-before-deploy')}
API_KEY=${k.trap('0123456789abcdef0123456789abcdef')}
SNYK_TOKEN=${k.trap('00000000-0000-0000-0000-000000000000')}
PASSWORD=${k.trap('********************')}
`,
  },
  {
    path: 'docs/configuration.md',
    text: (k) => `# Configuration

| Variable | Default | Meaning |
| --- | --- | --- |
| \`DB_PASSWORD\` | \`${k.trap('postgres')}\` | password of the database |
| \`API_TOKEN\` | \`${k.trap('none')}\` | your token, e.g. \`${k.trap('abc123def456')}\` |
| \`SECRET_KEY\` | \`${k.trap('random string of 50 chars')}\` | signs the cookies |

Set the password with \`--password=${k.trap('mypassword')}\` or \`PASSWORD=${k.trap('s3cr3t')}\`.
The connection string looks like \`mysql://user:${k.trap('pass')}@localhost/db\` or
\`mongodb+srv://<username>:${k.trap('<password>')}@cluster0.example.mongodb.net\`.
`,
  },
  {
    path: 'README.md',
    text: (k) => `## Usage

\`\`\`js
const client = new Client({ apiKey: '${k.trap('YOUR_API_KEY')}', apiSecret: "${k.trap('YOUR-API-SECRET')}" });
await client.login('${k.trap('username')}', '${k.trap('password123')}');
\`\`\`

\`\`\`sh
export HF_TOKEN=${k.trap('hf_...')}
curl -H "Authorization: Bearer ${k.trap('<token>')}" https://api.example.com
curl -u ${k.trap('user:password')} https://api.example.com
curl -H 'X-Api-Key: ${k.trap('my-api-key-here')}' https://api.example.com
docker login -u myuser -p ${k.trap('mypassword')} registry.example.com
\`\`\`
`,
  },
  {
    path: 'docs/api/authentication.md',
    text: (k) => `Send your key in a header:

    Authorization: Bearer ${k.trap('sk_test_XXXXXXXXXXXXXXXXXXXXXXXX')}
    X-Auth-Token: ${k.trap('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx')}

A sample answer:

    {"access_token": "${k.trap('eyJhbGciOi...snip...')}", "refresh_token": "${k.trap('1//0example-refresh-token')}", "token_type": "bearer"}

Basic authentication takes \`base64(user:password)\`: \`Authorization: Basic ${k.trap('dXNlcm5hbWU6cGFzc3dvcmQ=')}\`
and \`Authorization: Basic ${k.trap('QWxhZGRpbjpvcGVuIHNlc2FtZQ==')}\` is the one of RFC 7617.
`,
  },
  {
    path: 'config/settings.sample.yml',
    text: (k) => `database:
  username: app
  password: ${k.trap('"please-change-this-password"')}
smtp:
  password: ${k.trap('your smtp password')}
oauth:
  client_id: ${k.trap('my-client-id.apps.googleusercontent.com')}
  client_secret: ${k.trap('GOCSPX-your-client-secret-here-000')}
slack:
  webhook: ${k.trap('https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX')}
discord:
  webhook: ${k.trap('https://discord.com/api/webhooks/000000000000000000/your-webhook-token')}
jwt_secret: ${k.trap('REPLACE_WITH_A_LONG_RANDOM_STRING')}
`,
  },
  {
    path: 'terraform.tfvars.example',
    text: (k) => `db_password  = "${k.trap('example-password')}"
do_token     = "${k.trap('dop_v1_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')}"
api_token    = "${k.trap('REDACTED')}"
vault_token  = "${k.trap('hvs.EXAMPLE')}"
secret_key   = "${k.trap('fake-secret-key-for-docs')}"
`,
  },
  {
    path: 'charts/app/values.yaml',
    text: (k) => `auth:
  ## Leave empty to have one generated
  password: ""
  existingSecret: ${k.trap('app-postgresql-credentials')}
  secretKeys:
    adminPasswordKey: ${k.trap('postgres-password')}
    userPasswordKey: ${k.trap('password')}
  rootPassword: ${k.trap('CHANGEME')}
apiKeySecretRef:
  name: ${k.trap('external-api-key')}
  key: ${k.trap('apikey')}
tlsSecret: ${k.trap('wildcard-acme-dev-tls')}
`,
  },
  {
    path: 'docs/keys.md',
    text: (k) => `Paste the key as it is:

\`\`\`
-----BEGIN RSA PRIVATE KEY-----
${k.trap('MIIEpAIBAAKCAQEA...your key here...')}
-----END RSA PRIVATE KEY-----
\`\`\`

or on one line: \`PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\n${k.trap('YOUR_PRIVATE_KEY')}\\n-----END PRIVATE KEY-----\\n"\`.
An age key begins with \`${k.trap('AGE-SECRET-KEY-1')}\`, ours with \`${k.trap('-----BEGIN OPENSSH PRIVATE KEY-----')}\`.
`,
  },
  {
    path: 'docs/man/login.1',
    text: (k) => `.SH OPTIONS
.TP
.B \\-\\-token \\fITOKEN\\fR
The token, for instance ${k.trap('glpat-abcdefghijklmnopqrst')}.
.TP
.B \\-\\-password \\fIPASSWORD\\fR
Read it from standard input when it is ${k.trap('-')}.
.SH EXAMPLE
tool login \\-\\-user alice \\-\\-password ${k.trap('hunter2')} https://git.example.org
`,
  },
  {
    path: 'examples/client.go',
    text: (k) => `package main

const (
	apiKey    = "${k.trap('<API_KEY>')}"
	apiSecret = "${k.trap('insert-your-secret-here')}"
	token     = "${k.trap('xxxxx.yyyyy.zzzzz')}"
	password  = "${k.trap('correct horse battery staple')}"
)
`,
  },
];
