import { ALNUM } from '../alphabet.ts';
import { prefixed } from '../build/prefixed.ts';
import { run } from '../shape.ts';

export const prefectRules = [
  prefixed({
    id: 'prefect-api-key',
    vendor: 'Prefect',
    title: 'Prefect Cloud API key',
    severity: 'high',
    url: 'https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys',
    remedy: 'Delete the key in the Prefect Cloud settings and make a new one that expires.',
    prefix: ['pnu_', 'pnb_'],
    parts: [run(ALNUM, 36)],
  }),
];
