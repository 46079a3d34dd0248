import { ALNUM } from '../alphabet.ts';
import { pair } from '../build/pair.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Razorpay';
const url = 'https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/';
const remedy = 'Regenerate the key in the Razorpay dashboard, which ends the old pair.';
const idHalf = { prefix: 'rzp_live_', parts: [run(ALNUM, 14)] };

export const razorpayRules = [
  prefixed({
    id: 'razorpay-key-id',
    vendor,
    title: 'Razorpay key id (live)',
    severity: 'low',
    url,
    remedy,
    ...idHalf,
  }),
  pair({
    id: 'razorpay-key-secret',
    vendor,
    title: 'Razorpay key secret, beside its id',
    severity: 'critical',
    url,
    remedy,
    idHalf,
    secretHalf: [run(ALNUM, 24)],
    within: 200,
  }),
];
