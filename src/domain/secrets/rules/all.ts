// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { awsRules } from './aws.ts';
import { datadogRules } from './datadog.ts';
import { elasticRules } from './elastic.ts';
import { elevenlabsRules } from './elevenlabs.ts';
import { etsyRules } from './etsy.ts';
import { fastlyRules } from './fastly.ts';
import { figmaRules } from './figma.ts';
import { flutterwaveRules } from './flutterwave.ts';
import { flyRules } from './fly.ts';
import { frameioRules } from './frameio.ts';
import { genericRules } from './generic.ts';
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
import { jwkRules } from './jwk.ts';
import { jwtRules } from './jwt.ts';
import { keystoreRules } from './keystore.ts';
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
import { newrelicRules } from './newrelic.ts';
import { ngrokRules } from './ngrok.ts';
import { notionRules } from './notion.ts';
import { npmRules } from './npm.ts';
import { nugetRules } from './nuget.ts';
import { nvidiaRules } from './nvidia.ts';
import { octopusRules } from './octopus.ts';
import { oktaRules } from './okta.ts';
import { onesignalRules } from './onesignal.ts';
import { privateKeyRules } from './private-key.ts';
import { stripeRules } from './stripe.ts';
import { urlPasswordRules } from './url-password.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...awsRules,
  ...datadogRules,
  ...elasticRules,
  ...elevenlabsRules,
  ...etsyRules,
  ...fastlyRules,
  ...figmaRules,
  ...flutterwaveRules,
  ...flyRules,
  ...frameioRules,
  ...genericRules,
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
  ...jwkRules,
  ...jwtRules,
  ...keystoreRules,
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
  ...newrelicRules,
  ...ngrokRules,
  ...notionRules,
  ...npmRules,
  ...nugetRules,
  ...nvidiaRules,
  ...octopusRules,
  ...oktaRules,
  ...onesignalRules,
  ...privateKeyRules,
  ...stripeRules,
  ...urlPasswordRules,
];
