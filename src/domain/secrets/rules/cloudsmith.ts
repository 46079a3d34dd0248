import { ALNUM, HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Cloudsmith';
const url = 'https://docs.cloudsmith.com/accounts-and-teams/api-key';
const remedy = 'Refresh the API key in Cloudsmith, which ends the old one.';

export const cloudsmithRules = [
  prefixed({
    id: 'cloudsmith-api-key',
    vendor,
    title: 'Cloudsmith API key',
    severity: 'high',
    url,
    remedy,
    prefix: 'csa_',
    parts: [run(HEX, 30), run(ALNUM, 6)],
  }),
];
