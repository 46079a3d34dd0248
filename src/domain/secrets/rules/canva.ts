import { URL_SAFE } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Canva';
const url = 'https://www.canva.dev/docs/connect/authentication/';
const remedy = 'Generate a new client secret in the Canva developer portal, which ends the old one.';

export const canvaRules = [
  prefixed({
    id: 'canva-client-secret',
    vendor,
    title: 'Canva client secret',
    severity: 'high',
    url,
    remedy,
    prefix: 'cnvca',
    parts: [run(URL_SAFE, 51)],
  }),
];
