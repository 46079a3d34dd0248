import { HEX } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

const vendor = '42';
const url = 'https://api.intra.42.fr/apidoc/guides/getting_started';
const remedy = 'Replace the secret of the application in the API settings of the intranet.';

export const intra42Rules = [
  prefixed({
    id: 'intra42-client-secret',
    vendor,
    title: '42 intranet client secret',
    severity: 'high',
    url,
    remedy,
    prefix: ['s-s4t2ud-', 's-s4t2af-'],
    parts: [run(HEX, 64)],
  }),
];
