// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { ansibleRules } from './ansible.ts';
import { awsRules } from './aws.ts';
import { connectionStringRules } from './connection-string.ts';
import { datadogRules } from './datadog.ts';
import { dockerConfigRules } from './docker-config.ts';
import { genericRules } from './generic.ts';
import { gitCredentialsRules } from './git-credentials.ts';
import { githubRules } from './github.ts';
import { httpAuthRules } from './http-auth.ts';
import { jdbcRules } from './jdbc.ts';
import { jwkRules } from './jwk.ts';
import { jwtRules } from './jwt.ts';
import { keystoreRules } from './keystore.ts';
import { kubeconfigRules } from './kubeconfig.ts';
import { netrcRules } from './netrc.ts';
import { npmrcRules } from './npmrc.ts';
import { openaiRules } from './openai.ts';
import { openrouterRules } from './openrouter.ts';
import { openshiftRules } from './openshift.ts';
import { paddleRules } from './paddle.ts';
import { passwordHashRules } from './password-hash.ts';
import { paypalRules } from './paypal.ts';
import { perplexityRules } from './perplexity.ts';
import { pgpassRules } from './pgpass.ts';
import { pineconeRules } from './pinecone.ts';
import { plaidRules } from './plaid.ts';
import { planetscaleRules } from './planetscale.ts';
import { posthogRules } from './posthog.ts';
import { postmanRules } from './postman.ts';
import { prefectRules } from './prefect.ts';
import { privateKeyRules } from './private-key.ts';
import { pulumiRules } from './pulumi.ts';
import { pypiRules } from './pypi.ts';
import { railsRules } from './rails.ts';
import { rapidapiRules } from './rapidapi.ts';
import { razorpayRules } from './razorpay.ts';
import { readmeRules } from './readme.ts';
import { redisConfigRules } from './redis-config.ts';
import { renderRules } from './render.ts';
import { replicateRules } from './replicate.ts';
import { rubygemsRules } from './rubygems.ts';
import { runpodRules } from './runpod.ts';
import { salesforceRules } from './salesforce.ts';
import { samsaraRules } from './samsara.ts';
import { scalewayRules } from './scaleway.ts';
import { scalingoRules } from './scalingo.ts';
import { sendgridRules } from './sendgrid.ts';
import { sentryRules } from './sentry.ts';
import { shippoRules } from './shippo.ts';
import { shopifyRules } from './shopify.ts';
import { slackRules } from './slack.ts';
import { snykRules } from './snyk.ts';
import { sonarRules } from './sonar.ts';
import { sourcegraphRules } from './sourcegraph.ts';
import { squareRules } from './square.ts';
import { stripeRules } from './stripe.ts';
import { supabaseRules } from './supabase.ts';
import { tailscaleRules } from './tailscale.ts';
import { telegramRules } from './telegram.ts';
import { terraformStateRules } from './terraform-state.ts';
import { togetherRules } from './together.ts';
import { twilioRules } from './twilio.ts';
import { twitchRules } from './twitch.ts';
import { twitterRules } from './twitter.ts';
import { typeformRules } from './typeform.ts';
import { unkeyRules } from './unkey.ts';
import { urlPasswordRules } from './url-password.ts';
import { vercelRules } from './vercel.ts';
import { wakatimeRules } from './wakatime.ts';
import { wandbRules } from './wandb.ts';
import { wireguardRules } from './wireguard.ts';
import { wordpressRules } from './wordpress.ts';
import { workosRules } from './workos.ts';
import { xaiRules } from './xai.ts';
import { yandexRules } from './yandex.ts';
import { zuploRules } from './zuplo.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...ansibleRules,
  ...awsRules,
  ...connectionStringRules,
  ...datadogRules,
  ...dockerConfigRules,
  ...genericRules,
  ...gitCredentialsRules,
  ...githubRules,
  ...httpAuthRules,
  ...jdbcRules,
  ...jwkRules,
  ...jwtRules,
  ...keystoreRules,
  ...kubeconfigRules,
  ...netrcRules,
  ...npmrcRules,
  ...openaiRules,
  ...openrouterRules,
  ...openshiftRules,
  ...paddleRules,
  ...passwordHashRules,
  ...paypalRules,
  ...perplexityRules,
  ...pgpassRules,
  ...pineconeRules,
  ...plaidRules,
  ...planetscaleRules,
  ...posthogRules,
  ...postmanRules,
  ...prefectRules,
  ...privateKeyRules,
  ...pulumiRules,
  ...pypiRules,
  ...railsRules,
  ...rapidapiRules,
  ...razorpayRules,
  ...readmeRules,
  ...redisConfigRules,
  ...renderRules,
  ...replicateRules,
  ...rubygemsRules,
  ...runpodRules,
  ...salesforceRules,
  ...samsaraRules,
  ...scalewayRules,
  ...scalingoRules,
  ...sendgridRules,
  ...sentryRules,
  ...shippoRules,
  ...shopifyRules,
  ...slackRules,
  ...snykRules,
  ...sonarRules,
  ...sourcegraphRules,
  ...squareRules,
  ...stripeRules,
  ...supabaseRules,
  ...tailscaleRules,
  ...telegramRules,
  ...terraformStateRules,
  ...togetherRules,
  ...twilioRules,
  ...twitchRules,
  ...twitterRules,
  ...typeformRules,
  ...unkeyRules,
  ...urlPasswordRules,
  ...vercelRules,
  ...wakatimeRules,
  ...wandbRules,
  ...wireguardRules,
  ...wordpressRules,
  ...workosRules,
  ...xaiRules,
  ...yandexRules,
  ...zuploRules,
];
