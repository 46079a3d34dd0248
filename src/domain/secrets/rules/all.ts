// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { adobeRules } from './adobe.ts';
import { ageRules } from './age.ts';
import { aikidoRules } from './aikido.ts';
import { airtableRules } from './airtable.ts';
import { aivenRules } from './aiven.ts';
import { alibabaCloudRules } from './alibaba-cloud.ts';
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
import { contentfulRules } from './contentful.ts';
import { cratesIoRules } from './crates-io.ts';
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
import { dockerRules } from './docker.ts';
import { dopplerRules } from './doppler.ts';
import { dropboxRules } from './dropbox.ts';
import { duffelRules } from './duffel.ts';
import { dynatraceRules } from './dynatrace.ts';
import { easypostRules } from './easypost.ts';
import { genericRules } from './generic.ts';
import { githubRules } from './github.ts';
import { httpAuthRules } from './http-auth.ts';
import { jwkRules } from './jwk.ts';
import { jwtRules } from './jwt.ts';
import { keystoreRules } from './keystore.ts';
import { onepasswordRules } from './onepassword.ts';
import { privateKeyRules } from './private-key.ts';
import { stripeRules } from './stripe.ts';
import { urlPasswordRules } from './url-password.ts';
import { wordpressRules } from './wordpress.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...adobeRules,
  ...ageRules,
  ...aikidoRules,
  ...airtableRules,
  ...aivenRules,
  ...alibabaCloudRules,
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
  ...contentfulRules,
  ...cratesIoRules,
  ...cursorRules,
  ...databricksRules,
  ...datadogRules,
  ...datastaxRules,
  ...deepseekRules,
  ...denoRules,
  ...devcycleRules,
  ...devinRules,
  ...digitaloceanRules,
  ...discordRules,
  ...dockerRules,
  ...dopplerRules,
  ...dropboxRules,
  ...duffelRules,
  ...dynatraceRules,
  ...easypostRules,
  ...genericRules,
  ...githubRules,
  ...httpAuthRules,
  ...jwkRules,
  ...jwtRules,
  ...keystoreRules,
  ...onepasswordRules,
  ...privateKeyRules,
  ...stripeRules,
  ...urlPasswordRules,
  ...wordpressRules,
];
