import { ALNUM, alphabet, LOWER_ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { variants } from '../build/variants.ts';
import { run } from '../shape.ts';

const vendor = 'Doppler';
const url = 'https://docs.doppler.com/docs/service-tokens';
const remedy = 'Revoke the token in the Doppler dashboard and create a new one.';

const CONFIG = alphabet('lower-alnum-word-dash', `${LOWER_ALNUM.chars}_-`);
const service = {
  id: 'doppler-service-token',
  vendor,
  title: 'Doppler service token',
  severity: 'critical',
  url,
  remedy,
  prefix: 'dp.st.',
} as const;

export const dopplerRules = [
  variants(
    prefixed({ ...service, parts: [run(CONFIG, 0, 35), '.', run(ALNUM, 40, 44)] }),
    prefixed({ ...service, parts: [run(ALNUM, 40, 44)] }),
  ),
  prefixed({
    id: 'doppler-personal-token',
    vendor,
    title: 'Doppler personal token',
    severity: 'critical',
    url: 'https://docs.doppler.com/reference/auth-token-formats',
    remedy,
    prefix: 'dp.pt.',
    parts: [run(ALNUM, 40, 44)],
  }),
  prefixed({
    id: 'doppler-other-token',
    vendor,
    title: 'Doppler CLI, service account, SCIM or audit token',
    severity: 'critical',
    url: 'https://docs.doppler.com/reference/auth-token-formats',
    remedy,
    prefix: ['dp.ct.', 'dp.sa.', 'dp.said.', 'dp.scim.', 'dp.audit.'],
    parts: [run(ALNUM, 40, 44)],
  }),
];
