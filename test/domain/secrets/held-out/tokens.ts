// The formats of vendors' tokens, written down from what the vendors publish, apart from the rules they try.
// `<alnum*30>`: so many of these letters; `<crc62>`: GitHub's checksum of all since the first underscore.
import { crc32 } from 'node:zlib';
import type { Random } from '../support/random.ts';
import { ageKey, gitlabRoutable, jwtOf } from './checked-tokens.ts';
import { isLetters, lettersOf, uuidOf } from './letters.ts';

const FORMATS = {
  airtable: 'pat<alnum*14>.<hex*64>',
  aikido: 'AIK_CI_<alnum*40>',
  alibaba: '<alnum*30>',
  anthropic: 'sk-ant-api03-<url*93>AA',
  'anthropic-admin': 'sk-ant-admin01-<url*93>AA',
  apify: 'apify_api_<alnum*36>',
  artifactory: 'AKCp<alnum*69>',
  asana: '1/<digits*16>:<hex*32>',
  bitbucket: 'ATBB<alnum*32>',
  aws: '<base64*40>',
  azuread: '<alnum*3>8Q~<alnum*34>',
  azurestorage: '<base64*86>==',
  azuredevops: '<base32*52>',
  servicebus: '<base64*43>=',
  brevo: 'xkeysib-<hex*64>-<alnum*16>',
  buildkite: 'bkua_<hex*40>',
  circleci: 'CCIPAT_<alnum*22>_<hex*40>',
  clojars: 'CLOJARS_<lower*60>',
  cloudflare: '<alnum*20>_<alnum*19>',
  'cloudflare-global': '<hex*37>',
  cohere: '<alnum*40>',
  contentful: 'CFPAT-<url*43>',
  crates: 'cio<alnum*32>',
  databricks: 'dapi<hex*32>',
  datadog: '<hex*32>',
  'datadog-app': '<hex*40>',
  deepseek: 'sk-<hex*32>',
  digitalocean: 'dop_v1_<hex*64>',
  'discord-webhook': 'https://discord.com/api/webhooks/<digits*19>/<url*68>',
  dockerhub: 'dckr_pat_<url*27>',
  doppler: 'dp.pt.<alnum*43>',
  duffel: 'duffel_live_<url*43>',
  dynatrace: 'dt0c01.<BASE32*24>.<BASE32*64>',
  easypost: 'EZAK<alnum*54>',
  elevenlabs: 'sk_<hex*48>',
  facebook: 'EAAC<alnum*160>',
  'facebook-secret': '<hex*32>',
  fastly: '<url*32>',
  figma: 'figd_<url*40>',
  flutterwave: 'FLWSECK-<hex*32>-X',
  flyio: 'fo1_<url*43>',
  frameio: 'fio-u-<url*64>',
  github: 'ghp_<alnum*30><crc62>',
  'github-oauth': 'gho_<alnum*30><crc62>',
  'github-server': 'ghs_<alnum*30><crc62>',
  'github-fine': 'github_pat_<alnum*22>_<alnum*59>',
  gitlab: 'glpat-<url*20>',
  'gitlab-deploy': 'gldt-<url*20>',
  'gitlab-runner': 'glrt-<url*20>',
  'gitlab-trigger': 'glptt-<hex*40>',
  google: 'AIza<url*35>',
  'google-secret': 'GOCSPX-<url*28>',
  'google-access': 'ya29.<url*120>',
  'google-refresh': '1//0<url*90>',
  grafana: 'glsa_<alnum*32>_<hex*8>',
  groq: 'gsk_<alnum*52>',
  heroku: '<uuid>',
  hubspot: 'pat-na1-<uuid>',
  huggingface: 'hf_<letters*34>',
  infracost: 'ico-<alnum*32>',
  langsmith: 'lsv2_pt_<hex*32>_<hex*10>',
  launchdarkly: 'sdk-<uuid>',
  linear: 'lin_api_<alnum*40>',
  mailchimp: '<hex*32>-us14',
  mailersend: 'mlsn.<hex*64>',
  mailgun: 'key-<hex*32>',
  msteams: 'https://contoso.webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<hex*32>/<uuid>',
  neon: 'napi_<lower*64>',
  netlify: 'nfp_<alnum*36>',
  newrelic: 'NRAK-<upper*27>',
  'newrelic-licence': '<hex*36>NRAL',
  ngrok: '2<alnum*26>_<alnum*21>',
  notion: 'ntn_<digits*11><alnum*35>',
  'notion-legacy': 'secret_<alnum*43>',
  npm: 'npm_<alnum*30><crc62>',
  nuget: 'oy2<lower*43>',
  nvidia: 'nvapi-<url*64>',
  octopus: 'API-<upper*26>',
  okta: '00<url*40>',
  openai: 'sk-<alnum*20>T3BlbkFJ<alnum*20>',
  'openai-project': 'sk-proj-<url*74>T3BlbkFJ<url*74>',
  openrouter: 'sk-or-v1-<hex*64>',
  openshift: 'sha256~<url*43>',
  perplexity: 'pplx-<alnum*48>',
  pinecone: 'pcsk_<alnum*6>_<alnum*63>',
  plaid: 'access-production-<uuid>',
  planetscale: 'pscale_tkn_<url*43>',
  postman: 'PMAK-<hex*24>-<hex*34>',
  posthog: 'phx_<alnum*43>',
  pulumi: 'pul-<hex*40>',
  pypi: 'pypi-AgEIcHlwaS5vcmc<url*150>',
  rapidapi: '<hex*10>msh<hex*15>p1<hex*6>jsn<hex*12>',
  readme: 'rdme_<lower*70>',
  render: 'rnd_<alnum*28>',
  replicate: 'r8_<alnum*37>',
  razorpay: '<alnum*24>',
  rubygems: 'rubygems_<hex*48>',
  salesforce: '00D<alnum*12>!AQ<alnum*94>',
  scaleway: '<uuid>',
  sendgrid: 'SG.<url*22>.<url*43>',
  sentry: 'sntryu_<hex*64>',
  shippo: 'shippo_live_<hex*40>',
  shopify: 'shpat_<hex*32>',
  'slack-bot': 'xoxb-<digits*12>-<digits*13>-<alnum*24>',
  'slack-user': 'xoxp-<digits*12>-<digits*12>-<digits*13>-<hex*32>',
  'slack-app': 'xapp-1-A<upper*10>-<digits*13>-<hex*64>',
  'slack-webhook': 'https://hooks.slack.com/services/T<upper*10>/B<upper*10>/<alnum*24>',
  snyk: '<uuid>',
  sonar: 'squ_<hex*40>',
  sourcegraph: 'sgp_<hex*16>_<hex*40>',
  square: 'EAAA<url*60>',
  stripe: 'sk_live_<alnum*24>',
  'stripe-long': 'sk_live_51<alnum*97>',
  'stripe-restricted': 'rk_live_<alnum*24>',
  'stripe-webhook': 'whsec_<alnum*32>',
  supabase: 'sbp_<hex*40>',
  'supabase-secret': 'sb_secret_<url*22>_<alnum*8>',
  tailscale: 'tskey-auth-<alnum*12>CNTRL-<alnum*32>',
  telegram: '<digits*10>:AA<url*33>',
  terraform: '<alnum*14>.atlasv1.<url*67>',
  together: 'tgp_v1_<url*43>',
  twilio: '<hex*32>',
  twitch: 'oauth:<lower*30>',
  twitter: 'AAAAAAAAAAAAAAAAAAAAA<alnum*30>%2B<alnum*30>%3D<alnum*22>',
  typeform: 'tfp_<url*59>',
  vault: 'hvs.CAESI<url*90>',
  vercel: 'vcp_<alnum*56>',
  wandb: '<hex*40>',
  workos: 'sk_live_a2V5Xz<alnum*69>',
  xai: 'xai-<alnum*80>',
  yandex: 'AQVN<url*36>',
} as const;

const MADE = {
  age: ageKey,
  atlassian: (random: Random) => withCrc(`ATATT3${lettersOf('url', 177, random)}`),
  'gitlab-routable': gitlabRoutable,
  jwt: jwtOf,
  'discord-bot': (random: Random) => {
    const id = Buffer.from(`8${lettersOf('digits', 17, random)}`)
      .toString('base64')
      .replace(/=+$/, '');
    return `${id}.G${lettersOf('url', 5, random)}.${lettersOf('url', 38, random)}`;
  },
};

export type TokenName = keyof typeof FORMATS | keyof typeof MADE;

export function tokenOf(name: TokenName, random: Random): string {
  if (name in MADE) return MADE[name as keyof typeof MADE](random);
  const token = FORMATS[name as keyof typeof FORMATS].replace(/<([\w]+)\*(\d+)>|<uuid>/g, (all, of: string, length) =>
    all === '<uuid>' || !isLetters(of) ? uuidOf(random) : lettersOf(of, Number(length), random),
  );
  return token.endsWith('<crc62>') ? withBase62(token.slice(0, -'<crc62>'.length)) : token;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function withBase62(token: string): string {
  let rest = crc32(token.slice(token.indexOf('_') + 1));
  let sum = '';
  for (let at = 0; at < 6; at++, rest = Math.floor(rest / 62)) sum = BASE62[rest % 62] + sum;
  return token + sum;
}

function withCrc(token: string): string {
  return `${token}=${crc32(token).toString(16).toUpperCase().padStart(8, '0')}`;
}
