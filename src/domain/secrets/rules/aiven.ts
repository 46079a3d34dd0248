import { BASE64 } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { mixedOnly } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Aiven';
const url = 'https://aiven.io/docs/platform/concepts/authentication-tokens';
const remedy = 'Revoke the token in the Aiven console under user information and make a new one.';

export const aivenRules = [
  keyed({
    id: 'aiven-auth-token',
    vendor,
    title: 'Aiven authentication token',
    severity: 'high',
    url,
    remedy,
    keywords: ['aiven'],
    parts: [run(BASE64, 372)],
    verify: mixedOnly,
  }),
];
