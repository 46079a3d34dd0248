import { alphabet, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Duffel';
const url = 'https://duffel.com/docs/api/overview/making-requests';
const remedy = 'Delete the token in the Duffel dashboard and create a new one.';
const parts = [run(alphabet('url-safe-equals', `${URL_SAFE.chars}=`), 43)];

export const duffelRules = [
  prefixed({
    id: 'duffel-live-token',
    vendor,
    title: 'Duffel access token (live)',
    severity: 'critical',
    url,
    remedy,
    prefix: 'duffel_live_',
    parts,
  }),
  prefixed({
    id: 'duffel-test-token',
    vendor,
    title: 'Duffel access token (test mode)',
    severity: 'low',
    url,
    remedy,
    prefix: 'duffel_test_',
    parts,
  }),
];
