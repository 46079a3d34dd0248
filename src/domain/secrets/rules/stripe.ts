import { ALNUM, BASE64, PADDING } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Stripe';
const url = 'https://docs.stripe.com/keys';
const remedy = 'Roll the key in the Stripe dashboard, which ends the old one.';

export const stripeRules = [
  prefixed({
    id: 'stripe-live-key',
    vendor,
    title: 'Stripe secret or restricted key (live)',
    severity: 'critical',
    url,
    remedy,
    prefix: ['sk_live_', 'rk_live_'],
    parts: [run(ALNUM, 24, 107)],
  }),
  prefixed({
    id: 'stripe-test-key',
    vendor,
    title: 'Stripe secret or restricted key (test mode)',
    severity: 'low',
    url,
    remedy,
    prefix: ['sk_test_', 'rk_test_'],
    parts: [run(ALNUM, 24, 107)],
  }),
  prefixed({
    id: 'stripe-webhook-secret',
    vendor,
    title: 'Stripe webhook signing secret',
    severity: 'high',
    url: 'https://docs.stripe.com/webhooks/signature',
    remedy: 'Roll the signing secret of the endpoint in the Stripe dashboard.',
    prefix: 'whsec_',
    parts: [run(BASE64, 32, 64), run(PADDING, 0, 2)],
  }),
];
