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
import { datadogRules } from './datadog.ts';
import { genericRules } from './generic.ts';
import { githubRules } from './github.ts';
import { httpAuthRules } from './http-auth.ts';
import { jwkRules } from './jwk.ts';
import { jwtRules } from './jwt.ts';
import { keystoreRules } from './keystore.ts';
import { privateKeyRules } from './private-key.ts';
import { stripeRules } from './stripe.ts';
import { urlPasswordRules } from './url-password.ts';

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
  ...datadogRules,
  ...genericRules,
  ...githubRules,
  ...httpAuthRules,
  ...jwkRules,
  ...jwtRules,
  ...keystoreRules,
  ...privateKeyRules,
  ...stripeRules,
  ...urlPasswordRules,
];
