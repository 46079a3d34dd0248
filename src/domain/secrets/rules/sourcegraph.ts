import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = 'Sourcegraph';
const url = 'https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token';
const remedy = 'Delete the token in the Sourcegraph user settings and make a new one.';

export const sourcegraphRules = [
  prefixed({
    id: 'sourcegraph-access-token',
    vendor,
    title: 'Sourcegraph access token of an instance',
    severity: 'high',
    url,
    remedy,
    prefix: 'sgp_',
    parts: [run(HEX, 16), '_', run(HEX, 40)],
  }),
  prefixed({
    id: 'sourcegraph-plain-token',
    vendor,
    title: 'Sourcegraph access token, local or of the old form',
    severity: 'high',
    url,
    remedy,
    prefix: ['sgp_', 'sgp_local_'],
    parts: [run(HEX, 40)],
  }),
];
