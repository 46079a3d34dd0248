// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { awsRules } from './aws.ts';
import { datadogRules } from './datadog.ts';
import { elasticRules } from './elastic.ts';
import { elevenlabsRules } from './elevenlabs.ts';
import { fastlyRules } from './fastly.ts';
import { flyRules } from './fly.ts';
import { genericRules } from './generic.ts';
import { githubRules } from './github.ts';
import { gitlabRules } from './gitlab.ts';
import { googleRules } from './google.ts';
import { grafanaRules } from './grafana.ts';
import { groqRules } from './groq.ts';
import { harnessRules } from './harness.ts';
import { hashicorpRules } from './hashicorp.ts';
import { herokuRules } from './heroku.ts';
import { huggingfaceRules } from './huggingface.ts';
import { infracostRules } from './infracost.ts';
import { langsmithRules } from './langsmith.ts';
import { launchdarklyRules } from './launchdarkly.ts';
import { maxmindRules } from './maxmind.ts';
import { mergifyRules } from './mergify.ts';
import { mongodbRules } from './mongodb.ts';
import { neonRules } from './neon.ts';
import { netlifyRules } from './netlify.ts';
import { newrelicRules } from './newrelic.ts';
import { ngrokRules } from './ngrok.ts';
import { npmRules } from './npm.ts';
import { nugetRules } from './nuget.ts';
import { nvidiaRules } from './nvidia.ts';
import { octopusRules } from './octopus.ts';
import { oktaRules } from './okta.ts';
import { stripeRules } from './stripe.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...awsRules,
  ...datadogRules,
  ...elasticRules,
  ...elevenlabsRules,
  ...fastlyRules,
  ...flyRules,
  ...genericRules,
  ...githubRules,
  ...gitlabRules,
  ...googleRules,
  ...grafanaRules,
  ...groqRules,
  ...harnessRules,
  ...hashicorpRules,
  ...herokuRules,
  ...huggingfaceRules,
  ...infracostRules,
  ...langsmithRules,
  ...launchdarklyRules,
  ...maxmindRules,
  ...mergifyRules,
  ...mongodbRules,
  ...neonRules,
  ...netlifyRules,
  ...newrelicRules,
  ...ngrokRules,
  ...npmRules,
  ...nugetRules,
  ...nvidiaRules,
  ...octopusRules,
  ...oktaRules,
  ...stripeRules,
];
