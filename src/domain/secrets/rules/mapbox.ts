import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { holdsJson } from '../build/verify.ts';
import { run } from '../shape.ts';

const vendor = 'Mapbox';
const url = 'https://docs.mapbox.com/accounts/guides/tokens/';
const remedy = 'Delete the token in the Mapbox console and make a new one.';
const parts = ['eyJ', run(URL_SAFE, 30, 400), '.', run(URL_SAFE, 22)];

export const mapboxRules = [
  prefixed({
    id: 'mapbox-secret-token',
    vendor,
    title: 'Mapbox secret access token',
    severity: 'high',
    url,
    remedy,
    prefix: 'sk.',
    parts,
    verify: holdsJson(3, 'u', 'a'),
  }),
  prefixed({
    id: 'mapbox-public-token',
    vendor,
    title: 'Mapbox public access token',
    severity: 'info',
    url,
    remedy,
    prefix: 'pk.',
    parts,
  }),
];
