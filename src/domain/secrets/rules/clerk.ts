// Clerk begins its keys as Stripe does; the length tells them apart. Where both fit, the rule that comes first stays.
import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Clerk';
const url = 'https://clerk.com/docs/guides/development/clerk-environment-variables';
const remedy = 'Delete the secret key in the Clerk dashboard and create a new one.';

export const clerkRules = [
  prefixed({
    id: 'clerk-secret-key',
    vendor,
    title: 'Clerk secret key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'sk_live_',
    parts: [run(ALNUM, 40)],
  }),
  prefixed({
    id: 'clerk-test-key',
    vendor,
    title: 'Clerk secret key (development)',
    severity: 'low',
    url,
    remedy,
    prefix: 'sk_test_',
    parts: [run(ALNUM, 40)],
  }),
];
