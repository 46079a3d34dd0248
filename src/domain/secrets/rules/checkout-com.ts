import { prefixed } from '../build/prefixed.ts';
import { UUID } from '../shape.ts';

const vendor = 'Checkout.com';
const url = 'https://www.checkout.com/docs/developer-resources/api/manage-api-keys';
const remedy = 'Deactivate the key in the Checkout.com dashboard and create a new one.';

export const checkoutComRules = [
  prefixed({
    id: 'checkout-com-secret-key',
    vendor,
    title: 'Checkout.com secret key',
    severity: 'critical',
    url,
    remedy,
    prefix: 'sk_',
    parts: [...UUID],
    near: ['checkout', 'cko'],
  }),
  prefixed({
    id: 'checkout-com-sandbox-key',
    vendor,
    title: 'Checkout.com secret key (sandbox)',
    severity: 'low',
    url,
    remedy,
    prefix: 'sk_test_',
    parts: [...UUID],
    near: ['checkout', 'cko'],
  }),
];
