// Secrets in .env files.
import type { Sample } from '../sample.ts';

export const ENVIRONMENT: readonly Sample[] = [
  {
    path: '.env',
    text: (k) => `APP_NAME=Laravel
APP_ENV=production
APP_KEY=base64:${k.secret('laravel', `${k.text('base64', 43)}=`, 'app-key')}
APP_DEBUG=false

DB_CONNECTION=mysql
DB_HOST=127.0.0.1
DB_USERNAME=forge
DB_PASSWORD=${k.plainPassword('env')}

MAIL_USERNAME=postmaster@mg.acme.dev
MAIL_PASSWORD=${k.token('mailgun')}
PUSHER_APP_SECRET=${k.secret('pusher', k.text('hex', 20))}
`,
  },
  {
    path: '.env.production',
    text: (k) => `NODE_ENV=production
NEXTAUTH_SECRET="${k.secret('nextauth', `${k.text('base64', 43)}=`)}"
DATABASE_URL="postgresql://app:${k.plainPassword('postgres')}@ep-cool-1234.eu-central-1.aws.neon.tech/app?sslmode=require"
GITHUB_SECRET=${k.key('oauth')}
GOOGLE_CLIENT_SECRET=${k.token('google-secret')}
RESEND_API_KEY=re_${k.secret('resend', `${k.text('alnum', 8)}_${k.text('alnum', 24)}`)}
REDIS_URL=rediss://default:${k.plainPassword('redis')}@eu1-fit-bee-3400.upstash.io:34000
VERCEL_TOKEN=${k.token('vercel')}
`,
  },
  {
    path: 'apps/agent/.env.local',
    text: (k) => `OPENAI_API_KEY=${k.token('openai-project')}
ANTHROPIC_API_KEY=${k.token('anthropic')}
GROQ_API_KEY=${k.token('groq')}
PINECONE_API_KEY=${k.token('pinecone')}
PERPLEXITY_API_KEY=${k.token('perplexity')}
ELEVENLABS_API_KEY=${k.token('elevenlabs')}
DEEPSEEK_API_KEY=${k.token('deepseek')}
LANGCHAIN_API_KEY=${k.token('langsmith')}
XAI_API_KEY=${k.token('xai')}
`,
  },
  {
    path: 'infra/staging.env',
    text: (k) => `# staging only
export CLOUDFLARE_API_TOKEN=${k.token('cloudflare')}
export CF_API_EMAIL=ops@acme.dev
export CF_API_KEY=${k.token('cloudflare-global')}
export DIGITALOCEAN_TOKEN='${k.token('digitalocean')}'
export SCW_SECRET_KEY=${k.token('scaleway')}
export HEROKU_API_KEY=${k.token('heroku')}
export FASTLY_API_KEY=${k.token('fastly')}
`,
  },
  {
    path: 'shop/.env.live',
    text: (k) => `SHOPIFY_ADMIN_TOKEN=${k.token('shopify')}
SHIPPO_TOKEN=${k.token('shippo')}
EASYPOST_API_KEY=${k.token('easypost')}
SQUARE_ACCESS_TOKEN=${k.token('square')}
RAZORPAY_KEY_SECRET=${k.token('razorpay')}
FLUTTERWAVE_SECRET=${k.token('flutterwave')}
PLAID_TOKEN=${k.token('plaid')}
KLAVIYO_PRIVATE_KEY=pk_${k.secret('klaviyo', k.text('hex', 34))}
`,
  },
  {
    path: 'observability.env',
    text: (k) => `NEW_RELIC_API_KEY=${k.token('newrelic')}
NEW_RELIC_LICENSE_KEY=${k.token('newrelic-licence')}
DD_API_KEY=${k.token('datadog')}
DD_APP_KEY=${k.token('datadog-app')}
GRAFANA_TOKEN=${k.token('grafana')}
POSTHOG_PERSONAL_KEY=${k.token('posthog')}
SENTRY_AUTH_TOKEN=${k.token('sentry')}
DYNATRACE_TOKEN=${k.token('dynatrace')}
`,
  },
  {
    path: 'compose/backend.env',
    text: (k) => `POSTGRES_USER=tickets
POSTGRES_PASSWORD=${k.plainPassword('env')}
RABBITMQ_DEFAULT_USER=tickets
RABBITMQ_DEFAULT_PASS=${k.plainPassword('env')}
MINIO_ROOT_PASSWORD=${k.plainPassword('env')}
KEYCLOAK_ADMIN_PASSWORD=${k.plainPassword('env')}
GF_SECURITY_ADMIN_PASSWORD=${k.plainPassword('env')}
MYSQL_ROOT_PASSWORD=${k.plainPassword('env')}
`,
  },
  {
    path: 'legacy/prod.env',
    text: (k) => `DJANGO_SECRET=${k.key('django')}
LDAP_BIND_PW=${k.plainPassword('ldap')}
SMTP_PASS='${k.password('smtp')}'
FTP_PWD="${k.password('ftp')}"
ENCRYPTION_KEY=${k.secret('key', k.text('hex', 64), 'encryption')}
S3_SECRET=${k.token('aws')}
ADMIN_PASS=${k.plainPassword('env')}
`,
  },
  {
    path: 'services/chat/.env',
    text: (k) => `SLACK_BOT_TOKEN=${k.token('slack-bot')}
SLACK_APP_TOKEN=${k.token('slack-app')}
SLACK_SIGNING_SECRET=${k.secret('slack', k.text('hex', 32), 'signing-secret')}
TELEGRAM_TOKEN=${k.token('telegram')}
TWITCH_OAUTH=${k.token('twitch')}
TWITTER_BEARER=${k.token('twitter')}
NOTION_TOKEN=${k.token('notion')}
`,
  },
  {
    path: 'ops/.envrc',
    text: (k) => `use nix
export VAULT_ADDR=https://vault.acme.dev
export VAULT_TOKEN=${k.token('vault')}
export PULUMI_ACCESS_TOKEN=${k.token('pulumi')}
export TF_TOKEN_app_terraform_io=${k.token('terraform')}
export DOPPLER_TOKEN=${k.token('doppler')}
export SNYK_TOKEN=${k.token('snyk')}
PATH_add bin
`,
  },
];
