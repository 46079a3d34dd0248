// Formats of credentials as vendors publish them: vendor, kind, a usual name, notation. Nothing here is a value.
export interface VendorFormat {
  readonly vendor: string;
  readonly kind: string;
  readonly name: string;
  readonly notation: string;
  /** The half that says whose secret it is. */
  readonly id?: { readonly name: string; readonly notation: string };
}

const TABLE = `
1Password | service account | OP_SERVICE_ACCOUNT_TOKEN | ops_<json:signInAddress,userAuth,email,srpX,muk,secretKey,throttleSecret,deviceUuid>
Adobe | client secret | ADOBE_CLIENT_SECRET | p8e-<url:32>
Aikido | CI token | AIKIDO_CI_TOKEN | AIK_CI_<an:40>
Airtable | personal token | AIRTABLE_TOKEN | pat<an:14>.<h:64>
Airtable | legacy key | AIRTABLE_API_KEY | key<an:14>
Aiven | token | AIVEN_TOKEN | <b64:372>
Anthropic | api key | ANTHROPIC_API_KEY | sk-ant-api03-<url:93>AA
Anthropic | admin key | ANTHROPIC_ADMIN_KEY | sk-ant-admin01-<url:93>AA
Apify | token | APIFY_TOKEN | apify_api_<an:36>
JFrog | api key | ARTIFACTORY_API_KEY | AKCp<an:69>
Asana | personal token | ASANA_ACCESS_TOKEN | 1/<d:16>:<h:32>
Atlassian | bitbucket app password | BITBUCKET_APP_PASSWORD | ATBB<an:32>
AWS | bedrock key | AWS_BEARER_TOKEN_BEDROCK | ABSK<b64:120>
Azure | client secret | AZURE_CLIENT_SECRET | <an:3>8Q~<tilde:34>
Azure | storage key | AZURE_STORAGE_KEY | <b64:86>==
Azure | devops token | AZURE_DEVOPS_PAT | <an:76>AZDO<an:4>
Azure | cognitive key | AZURE_OPENAI_API_KEY | <h:32>
Brave | search key | BRAVE_API_KEY | BSA<url:28>
Brevo | api key | BREVO_API_KEY | xkeysib-<h:64>-<an:16>
Brevo | smtp key | BREVO_SMTP_KEY | xsmtpsib-<h:64>-<an:16>
Buildkite | user token | BUILDKITE_TOKEN | bkua_<h:40>
Cerebras | api key | CEREBRAS_API_KEY | csk-<ln:48>
CircleCI | personal token | CIRCLECI_TOKEN | CCIPAT_<an:22>_<h:40>
ClickHouse | cloud secret | CLICKHOUSE_KEY_SECRET | 4b1d<an:38>
ClickUp | personal token | CLICKUP_TOKEN | pk_<d:8>_<un:32>
Clojars | deploy token | CLOJARS_PASSWORD | CLOJARS_<h:60>
Cloudflare | api token | CLOUDFLARE_API_TOKEN | <url:40>
Cloudflare | global key | CLOUDFLARE_API_KEY | <h:37>
Cloudflare | origin key | CLOUDFLARE_ORIGIN_KEY | v1.0-<h:24>-<h:146>
CockroachDB | cloud key | CC_API_KEY | CCDB1_<an:22>_<an:40>
Cohere | api key | COHERE_API_KEY | <an:40>
Contentful | personal token | CONTENTFUL_TOKEN | CFPAT-<url:43>
crates.io | token | CARGO_REGISTRY_TOKEN | cio<an:32>
Databricks | personal token | DATABRICKS_TOKEN | dapi<h:32>
Datadog | api key | DATADOG_API_KEY | <h:32>
Datadog | application key | DATADOG_APP_KEY | <h:40>
DataStax | astra token | ASTRA_DB_APPLICATION_TOKEN | AstraCS:<an:24>:<h:64>
DeepSeek | api key | DEEPSEEK_API_KEY | sk-<h:32>
Deno | deploy token | DENO_DEPLOY_TOKEN | ddp_<an:36>
DigitalOcean | personal token | DIGITALOCEAN_TOKEN | dop_v1_<h:64>
DigitalOcean | refresh token | DO_REFRESH_TOKEN | dor_v1_<h:64>
Discord | bot token | DISCORD_BOT_TOKEN | <snow>.<url:6>.<url:38>
Discord | webhook | DISCORD_WEBHOOK | https://discord.com/api/webhooks/<d:18>/<url:68>
Docker | personal token | DOCKERHUB_TOKEN | dckr_pat_<url:27>
Docker | swarm token | SWARM_JOIN_TOKEN | SWMTKN-1-<ln:50>-<ln:25>
Doppler | personal token | DOPPLER_TOKEN | dp.pt.<an:43>
Dropbox | short-lived token | DROPBOX_ACCESS_TOKEN | sl.<url:140>
Duffel | token | DUFFEL_ACCESS_TOKEN | duffel_live_<url:43>
Dynatrace | token | DT_API_TOKEN | dt0c01.<b32:24>.<b32:64>
EasyPost | api key | EASYPOST_API_KEY | EZAK<an:54>
Elastic | cloud key | EC_API_KEY | essu_<an:64>
ElevenLabs | api key | ELEVENLABS_API_KEY | sk_<h:48>
Etsy | keystring | ETSY_API_KEY | <ln:24>
Meta | access token | FACEBOOK_ACCESS_TOKEN | EAA<an:150>
Fastly | token | FASTLY_API_TOKEN | <url:32>
Figma | personal token | FIGMA_TOKEN | figd_<url:40>
Flutterwave | secret key | FLW_SECRET_KEY | FLWSECK-<h:32>-X
Fly.io | macaroon | FLY_API_TOKEN | FlyV1 fm2_<b64:160>
GitHub | personal token | GITHUB_TOKEN | ghp_<an:30><crcbase>
GitHub | oauth token | GH_OAUTH | gho_<an:30><crcbase>
GitHub | app token | GH_APP_TOKEN | ghs_<an:30><crcbase>
GitHub | fine-grained token | GITHUB_PAT | github_pat_<an:22>_<an:59>
GitLab | personal token | GITLAB_TOKEN | glpat-<url:20>
GitLab | deploy token | GITLAB_DEPLOY_TOKEN | gldt-<url:20>
GitLab | runner token | CI_RUNNER_TOKEN | glrt-<url:20>
GitLab | trigger token | GITLAB_TRIGGER | glptt-<h:40>
Google | oauth client secret | GOOGLE_CLIENT_SECRET | GOCSPX-<url:28>
Google | access token | GOOGLE_ACCESS_TOKEN | ya29.<url:120>
Grafana | service account | GRAFANA_TOKEN | glsa_<an:32>_<crclittle>
Grafana | cloud token | GRAFANA_CLOUD_TOKEN | glc_<json:o,n,k>
Groq | api key | GROQ_API_KEY | gsk_<an:52>
Harness | token | HARNESS_API_KEY | pat.<an:22>.<h:24>.<an:20>
HashiCorp | terraform token | TFE_TOKEN | <an:14>.atlasv1.<url:67>
HashiCorp | vault token | VAULT_TOKEN | hvs.<url:95>
Heroku | api key | HEROKU_API_KEY | <uuid>
Heroku | api key v2 | HEROKU_KEY | HRKU-AA<url:58>
HubSpot | private app token | HUBSPOT_TOKEN | pat-na1-<uuid>
Hugging Face | user token | HF_TOKEN | hf_<al:34>
Infracost | api key | INFRACOST_API_KEY | ico-<an:32>
Intercom | access token | INTERCOM_TOKEN | dG9rO<b64:54>=
LangSmith | api key | LANGSMITH_API_KEY | lsv2_pt_<h:32>_<h:10>
LaunchDarkly | sdk key | LAUNCHDARKLY_SDK_KEY | sdk-<uuid>
Linear | api key | LINEAR_API_KEY | lin_api_<an:40>
LinkedIn | client secret | LINKEDIN_CLIENT_SECRET | WPL_AP1.<an:16>.<an:8>
Lob | api key | LOB_API_KEY | live_<h:35>
Mailchimp | api key | MAILCHIMP_API_KEY | <h:32>-us14
MailerSend | token | MAILERSEND_API_TOKEN | mlsn.<h:64>
Mailgun | private key | MAILGUN_API_KEY | key-<h:32>
MaxMind | licence key | MAXMIND_LICENSE_KEY | <an:6>_<an:29>_mmk
Microsoft | teams webhook | TEAMS_WEBHOOK | https://contoso.webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<h:32>/<uuid>
MongoDB | atlas secret | ATLAS_CLIENT_SECRET | mdb_sa_sk_<url:40>
Neon | api key | NEON_API_KEY | napi_<ln:64>
Netlify | personal token | NETLIFY_AUTH_TOKEN | nfp_<an:36>
New Relic | user key | NEW_RELIC_API_KEY | NRAK-<un:27>
New Relic | licence key | NEW_RELIC_LICENSE_KEY | <h:36>NRAL
ngrok | auth token | NGROK_AUTHTOKEN | 2<an:26>_<an:21>
Notion | integration token | NOTION_TOKEN | ntn_<d:11><an:35>
npm | access token | NPM_TOKEN | npm_<an:30><crcbase>
NuGet | api key | NUGET_API_KEY | oy2<ln:43>
NVIDIA | api key | NVIDIA_API_KEY | nvapi-<url:64>
Octopus | api key | OCTOPUS_API_KEY | API-<un:26>
Okta | api token | OKTA_API_TOKEN | 00<url:40>
OpenAI | project key | OPENAI_API_KEY | sk-proj-<url:74>T3BlbkFJ<url:74>
OpenAI | user key | OPENAI_KEY | sk-<an:20>T3BlbkFJ<an:20>
OpenRouter | api key | OPENROUTER_API_KEY | sk-or-v1-<h:64>
Paddle | api key | PADDLE_API_KEY | pdl_live_apikey_<ln:26>_<an:22>_<an:3>
Braintree | access token | BRAINTREE_TOKEN | access_token$production$<ln:16>$<h:32>
Perplexity | api key | PPLX_API_KEY | pplx-<an:48>
Pinecone | api key | PINECONE_API_KEY | pcsk_<an:6>_<an:63>
Plaid | access token | PLAID_ACCESS_TOKEN | access-production-<uuid>
PlanetScale | token | PLANETSCALE_TOKEN | pscale_tkn_<url:43>
Postman | api key | POSTMAN_API_KEY | PMAK-<h:24>-<h:34>
PostHog | personal key | POSTHOG_PERSONAL_KEY | phx_<an:43>
Prefect | api key | PREFECT_API_KEY | pnu_<an:36>
Pulumi | access token | PULUMI_ACCESS_TOKEN | pul-<h:40>
PyPI | upload token | TWINE_PASSWORD | pypi-AgEIcHlwaS5vcmc<url:150>
ReadMe | api key | README_API_KEY | rdme_<ln:70>
Render | api key | RENDER_API_KEY | rnd_<an:28>
Replicate | token | REPLICATE_API_TOKEN | r8_<an:37>
RubyGems | api key | GEM_HOST_API_KEY | rubygems_<h:48>
Salesforce | session | SF_SESSION_ID | 00D<an:12>!<an:90>
SendGrid | api key | SENDGRID_API_KEY | SG.<url:22>.<url:43>
Sentry | user token | SENTRY_AUTH_TOKEN | sntryu_<h:64>
Shippo | token | SHIPPO_TOKEN | shippo_live_<h:40>
Shopify | admin token | SHOPIFY_ACCESS_TOKEN | shpat_<h:32>
Slack | bot token | SLACK_BOT_TOKEN | xoxb-<d:12>-<d:12>-<an:24>
Slack | user token | SLACK_USER_TOKEN | xoxp-<d:11>-<d:11>-<d:12>-<h:32>
Slack | webhook | SLACK_WEBHOOK_URL | https://hooks.slack.com/services/T<un:9>/B<un:9>/<an:24>
Snyk | token | SNYK_TOKEN | <uuid>
Sonar | token | SONAR_TOKEN | squ_<h:40>
Sourcegraph | token | SRC_ACCESS_TOKEN | sgp_<h:16>_<h:40>
Square | access token | SQUARE_ACCESS_TOKEN | EAAA<url:60>
Stripe | secret key | STRIPE_SECRET_KEY | sk_live_<an:24>
Stripe | long secret key | STRIPE_API_KEY | sk_live_<an:99>
Stripe | webhook secret | STRIPE_WEBHOOK_SECRET | whsec_<an:32>
Supabase | management token | SUPABASE_ACCESS_TOKEN | sbp_<h:40>
Supabase | secret key | SUPABASE_SECRET_KEY | sb_secret_<url:31>
Tailscale | auth key | TS_AUTHKEY | tskey-auth-<an:11>CNTRL-<an:32>
Telegram | bot token | TELEGRAM_BOT_TOKEN | <d:10>:AA<url:33>
Twitch | client secret | TWITCH_CLIENT_SECRET | <ln:30>
Typeform | token | TYPEFORM_TOKEN | tfp_<url:59>
Vercel | token | VERCEL_TOKEN | vcp_<an:56>
WakaTime | api key | WAKATIME_API_KEY | waka_<uuid>
Weights & Biases | api key | WANDB_API_KEY | <h:40>
xAI | api key | XAI_API_KEY | xai-<an:80>
Yandex | api key | YANDEX_API_KEY | AQVN<url:36>
AWS | secret key | AWS_SECRET_ACCESS_KEY | <b64:40> | AWS_ACCESS_KEY_ID | AKIA<b32:16>
AWS | temporary secret | SECRET | <b64:40> | KEY_ID | ASIA<b32:16>
Alibaba Cloud | secret | ALIBABA_CLOUD_ACCESS_KEY_SECRET | <an:30> | ALIBABA_CLOUD_ACCESS_KEY_ID | LTAI<an:20>
Twilio | auth token | TWILIO_AUTH_TOKEN | <h:32> | TWILIO_ACCOUNT_SID | AC<h:32>
DigitalOcean | spaces secret | SPACES_SECRET | <b64:43> | SPACES_KEY | DO00<un:16>
Razorpay | secret | RAZORPAY_SECRET | <an:24> | RAZORPAY_KEY_ID | rzp_live_<an:14>
`;

export const VENDOR_FORMATS: readonly VendorFormat[] = TABLE.trim()
  .split('\n')
  .map((row) => {
    const [vendor = '', kind = '', name = '', notation = '', idName, idNotation] = row.split(' | ');
    const id = idName !== undefined && idNotation !== undefined && { name: idName, notation: idNotation };
    return { vendor, kind, name, notation, ...(id && { id }) };
  });
