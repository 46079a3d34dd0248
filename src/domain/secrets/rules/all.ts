// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { awsRules } from './aws.ts';
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
import { wordpressRules } from './wordpress.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...awsRules,
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
  ...wordpressRules,
];
