// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { adobeRules } from './adobe.ts';
import { ageRules } from './age.ts';
import { aikidoRules } from './aikido.ts';
import { airtableRules } from './airtable.ts';
import { aivenRules } from './aiven.ts';
import { alibabaCloudRules } from './alibaba-cloud.ts';
import { ansibleRules } from './ansible.ts';
import { anthropicRules } from './anthropic.ts';
import { apifyRules } from './apify.ts';
import { artifactoryRules } from './artifactory.ts';
import { asaasRules } from './asaas.ts';
import { asanaRules } from './asana.ts';
import { atlassianRules } from './atlassian.ts';
import { authressRules } from './authress.ts';
import { awsRules } from './aws.ts';
import { azureRules } from './azure.ts';
import { azureSasRules } from './azure-sas.ts';
import { beamerRules } from './beamer.ts';
import { bitriseRules } from './bitrise.ts';
import { braveRules } from './brave.ts';
import { brevoRules } from './brevo.ts';
import { buildkiteRules } from './buildkite.ts';
import { callPasswordRules } from './call-password.ts';
import { canvaRules } from './canva.ts';
import { cerebrasRules } from './cerebras.ts';
import { checkoutComRules } from './checkout-com.ts';
import { circleciRules } from './circleci.ts';
import { clerkRules } from './clerk.ts';
import { clickhouseRules } from './clickhouse.ts';
import { clickupRules } from './clickup.ts';
import { clojarsRules } from './clojars.ts';
import { cloudflareRules } from './cloudflare.ts';
import { cloudsmithRules } from './cloudsmith.ts';
import { cockroachdbRules } from './cockroachdb.ts';
import { cohereRules } from './cohere.ts';
import { commandPasswordRules } from './command-password.ts';
import { connectionStringRules } from './connection-string.ts';
import { contentfulRules } from './contentful.ts';
import { cratesIoRules } from './crates-io.ts';
import { curlUserRules } from './curl-user.ts';
import { cursorRules } from './cursor.ts';
import { databricksRules } from './databricks.ts';
import { datadogRules } from './datadog.ts';
import { datastaxRules } from './datastax.ts';
import { deepseekRules } from './deepseek.ts';
import { denoRules } from './deno.ts';
import { devcycleRules } from './devcycle.ts';
import { devinRules } from './devin.ts';
import { digitaloceanRules } from './digitalocean.ts';
import { discordRules } from './discord.ts';
import { djangoRules } from './django.ts';
import { dockerRules } from './docker.ts';
import { dockerConfigRules } from './docker-config.ts';
import { dopplerRules } from './doppler.ts';
import { dropboxRules } from './dropbox.ts';
import { duffelRules } from './duffel.ts';
import { dynatraceRules } from './dynatrace.ts';
import { easypostRules } from './easypost.ts';
import { elasticRules } from './elastic.ts';
import { elevenlabsRules } from './elevenlabs.ts';
import { etsyRules } from './etsy.ts';
import { fastlyRules } from './fastly.ts';
import { figmaRules } from './figma.ts';
import { flutterwaveRules } from './flutterwave.ts';
import { flyRules } from './fly.ts';
import { frameioRules } from './frameio.ts';
import { genericRules } from './generic.ts';
import { gitCredentialsRules } from './git-credentials.ts';
import { githubRules } from './github.ts';
import { gitlabRules } from './gitlab.ts';
import { gocardlessRules } from './gocardless.ts';
import { googleRules } from './google.ts';
import { grafanaRules } from './grafana.ts';
import { groqRules } from './groq.ts';
import { harnessRules } from './harness.ts';
import { hashicorpRules } from './hashicorp.ts';
import { herokuRules } from './heroku.ts';
import { httpAuthRules } from './http-auth.ts';
import { hubspotRules } from './hubspot.ts';
import { huggingfaceRules } from './huggingface.ts';
import { infracostRules } from './infracost.ts';
import { intercomRules } from './intercom.ts';
import { intra42Rules } from './intra42.ts';
import { jdbcRules } from './jdbc.ts';
import { jwkRules } from './jwk.ts';
import { jwtRules } from './jwt.ts';
import { keystoreRules } from './keystore.ts';
import { kubeconfigRules } from './kubeconfig.ts';
import { langsmithRules } from './langsmith.ts';
import { launchdarklyRules } from './launchdarkly.ts';
import { linearRules } from './linear.ts';
import { linkedinRules } from './linkedin.ts';
import { lobRules } from './lob.ts';
import { mailchimpRules } from './mailchimp.ts';
import { mailersendRules } from './mailersend.ts';
import { mailgunRules } from './mailgun.ts';
import { mapboxRules } from './mapbox.ts';
import { maxmindRules } from './maxmind.ts';
import { mergifyRules } from './mergify.ts';
import { metaRules } from './meta.ts';
import { microsoftTeamsRules } from './microsoft-teams.ts';
import { mongodbRules } from './mongodb.ts';
import { neonRules } from './neon.ts';
import { netlifyRules } from './netlify.ts';
import { netrcRules } from './netrc.ts';
import { newrelicRules } from './newrelic.ts';
import { ngrokRules } from './ngrok.ts';
import { notionRules } from './notion.ts';
import { npmRules } from './npm.ts';
import { npmrcRules } from './npmrc.ts';
import { nugetRules } from './nuget.ts';
import { nvidiaRules } from './nvidia.ts';
import { octopusRules } from './octopus.ts';
import { oktaRules } from './okta.ts';
import { onepasswordRules } from './onepassword.ts';
import { onesignalRules } from './onesignal.ts';
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
import { sallyportRules } from './sallyport.ts';
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
import { sqlPasswordRules } from './sql-password.ts';
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

export const ALL_RULES: readonly SecretRule[] = [
  ...adobeRules,
  ...ageRules,
  ...aikidoRules,
  ...airtableRules,
  ...aivenRules,
  ...alibabaCloudRules,
  ...ansibleRules,
  ...anthropicRules,
  ...apifyRules,
  ...artifactoryRules,
  ...asaasRules,
  ...asanaRules,
  ...atlassianRules,
  ...authressRules,
  ...awsRules,
  ...azureRules,
  ...azureSasRules,
  ...beamerRules,
  ...bitriseRules,
  ...braveRules,
  ...brevoRules,
  ...buildkiteRules,
  ...callPasswordRules,
  ...canvaRules,
  ...cerebrasRules,
  ...checkoutComRules,
  ...circleciRules,
  ...clerkRules,
  ...clickhouseRules,
  ...clickupRules,
  ...clojarsRules,
  ...cloudflareRules,
  ...cloudsmithRules,
  ...cockroachdbRules,
  ...cohereRules,
  ...commandPasswordRules,
  ...connectionStringRules,
  ...contentfulRules,
  ...cratesIoRules,
  ...cursorRules,
  ...curlUserRules,
  ...databricksRules,
  ...datadogRules,
  ...datastaxRules,
  ...deepseekRules,
  ...denoRules,
  ...devcycleRules,
  ...devinRules,
  ...digitaloceanRules,
  ...discordRules,
  ...djangoRules,
  ...dockerRules,
  ...dockerConfigRules,
  ...dopplerRules,
  ...dropboxRules,
  ...duffelRules,
  ...dynatraceRules,
  ...easypostRules,
  ...elasticRules,
  ...elevenlabsRules,
  ...etsyRules,
  ...fastlyRules,
  ...figmaRules,
  ...flutterwaveRules,
  ...flyRules,
  ...frameioRules,
  ...genericRules,
  ...gitCredentialsRules,
  ...githubRules,
  ...gitlabRules,
  ...gocardlessRules,
  ...googleRules,
  ...grafanaRules,
  ...groqRules,
  ...harnessRules,
  ...hashicorpRules,
  ...herokuRules,
  ...httpAuthRules,
  ...hubspotRules,
  ...huggingfaceRules,
  ...infracostRules,
  ...intercomRules,
  ...intra42Rules,
  ...jdbcRules,
  ...jwkRules,
  ...jwtRules,
  ...keystoreRules,
  ...kubeconfigRules,
  ...langsmithRules,
  ...launchdarklyRules,
  ...linearRules,
  ...linkedinRules,
  ...lobRules,
  ...mailchimpRules,
  ...mailersendRules,
  ...mailgunRules,
  ...mapboxRules,
  ...maxmindRules,
  ...mergifyRules,
  ...metaRules,
  ...microsoftTeamsRules,
  ...mongodbRules,
  ...neonRules,
  ...netlifyRules,
  ...netrcRules,
  ...newrelicRules,
  ...ngrokRules,
  ...notionRules,
  ...npmRules,
  ...npmrcRules,
  ...nugetRules,
  ...nvidiaRules,
  ...octopusRules,
  ...oktaRules,
  ...onepasswordRules,
  ...onesignalRules,
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
  ...sallyportRules,
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
  ...sqlPasswordRules,
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
