// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { awsRules } from './aws.ts';
import { datadogRules } from './datadog.ts';
import { genericRules } from './generic.ts';
import { githubRules } from './github.ts';
import { gitlabRules } from './gitlab.ts';
import { stripeRules } from './stripe.ts';

// biome-ignore format: one line a file merges without conflicts
export const ALL_RULES: readonly SecretRule[] = [
  ...awsRules,
  ...datadogRules,
  ...genericRules,
  ...githubRules,
  ...gitlabRules,
  ...stripeRules,
];
