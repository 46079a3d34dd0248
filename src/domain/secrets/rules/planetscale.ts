import { alphabet, URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'PlanetScale';
const BODY = alphabet('planetscale', `${URL_SAFE.chars}=.`);
const parts = [run(BODY, 32, 64)];

export const planetscaleRules = [
  prefixed({
    id: 'planetscale-password',
    vendor,
    title: 'PlanetScale database password',
    severity: 'critical',
    url: 'https://planetscale.com/docs/vitess/connecting/connection-strings',
    remedy: 'Delete the password of the branch in PlanetScale and make a new one.',
    prefix: 'pscale_pw_',
    parts,
  }),
  prefixed({
    id: 'planetscale-token',
    vendor,
    title: 'PlanetScale service or OAuth token',
    severity: 'high',
    url: 'https://planetscale.com/docs/api/reference/service-tokens',
    remedy: 'Delete the token in the PlanetScale settings and make a new one with fewer permissions.',
    prefix: ['pscale_tkn_', 'pscale_oauth_', 'pscale_app_secret_'],
    parts,
  }),
];
