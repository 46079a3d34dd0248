// Every rule that ships. A new file adds two lines here: its import and its spread, both in alphabetical order.
import type { SecretRule } from '../rule.ts';
import { datadogRules } from './datadog.ts';
import { githubRules } from './github.ts';
import { stripeRules } from './stripe.ts';

export const ALL_RULES: readonly SecretRule[] = [...datadogRules, ...githubRules, ...stripeRules];
